"""The register of assets, as an investigator keeps it, with the bank lines that paid for them."""

import csv
import io
from dataclasses import dataclass

from finflow.sample.accounts import ACCOUNTS
from finflow.sample.bank_files import Delivered
from finflow.sample.case import Story


@dataclass(frozen=True)
class Asset:
    """One asset; `paid_by` is the tag of the movements that bought it, `account` the label for a balance."""

    id: str
    kind: str
    description: str
    state: str
    holder: str
    owner: str
    amount: str
    currency: str
    valued_on: str
    value_source: str
    encumbrance: str = ""
    encumbrance_holder: str = ""
    account: str = ""
    question: str = ""
    use: str = ""
    paid_by: str = ""


ASSETS = (
    Asset("flat-hu", "real_estate", "Flat, Szeged, Tisza sor 8, register 10417/3", "HU", "N1", "C1", "48000000.00", "HUF",
          "2025-05-19", "purchase contract", paid_by="flat",
          question="N1 has an own pension and an inheritance of 18 million forint: her lawful share is to be stated"),
    Asset("flat-es", "real_estate", "Flat, Almedra 14, register 5512", "ES", "X1", "C2", "189000.00", "EUR", "2025-12-08",
          "purchase contract", "127000.00", "bank of X1 (mortgage)", paid_by="flat in Spain",
          question="what X1 knew is open; the mortgagee is in good faith"),
    Asset("suv", "vehicle", "SUV, plate XX-441-Q", "NL", "B1", "C1", "47000.00", "EUR", "2026-04-30", "dealer's estimate",
          paid_by="SUV", use="used to move persons between towns: pictures and telephone cells of 2025-09 to 2026-03"),
    Asset("flat-b", "real_estate", "Flat B, Lange Spoorlaan 40-B, Tilburg, let to C2", "NL", "L1", "", "298000.00", "EUR",
          "2026-01-01", "municipal valuation", question="landlord has no link to a suspect and took the usual rent",
          use="persons were lodged there"),
    Asset("crypto", "crypto", "Bought at Koralex; 38,000 moved on 2026-04-11 to a wallet nobody hosts, 6,000 to another exchange",
          "LT", "N2", "", "44000.00", "EUR", "2026-04-11", "exchange records", paid_by="exchange",
          question="who holds the key is not known"),
    Asset("gold-watches", "valuables", "Watches and gold", "NL", "C1", "C1", "50600.00", "EUR", "2026-04-30", "bills",
          paid_by="watches and gold"),
    Asset("safe", "cash", "Notes in a safe, found at the search", "NL", "C1", "C1", "47500.00", "EUR", "2026-05-19", "count"),
    *(
        Asset(f"balance-{label}", "bank_balance", f"Balance of {label}", state, ACCOUNTS[label].holder, owner, f"{euros}.00",
              "EUR", day, "statement", account=label, question=question)
        for label, state, owner, euros, day, question in (
            ("NL-20", "NL", "C2", 11_280, "2026-05-04", ""), ("NL-21", "NL", "C1", 6_430, "2026-05-04", ""),
            ("NL-22", "NL", "C1", 940, "2026-05-04", ""), ("NL-23", "NL", "K1", 1_960, "2026-05-04", ""),
            ("NL-25", "NL", "", 85, "2026-05-04", "N2 may himself be exploited"),
            ("DE-24", "DE", "", 2_310, "2026-05-04", "role of K2 is disputed"),
            ("E1", "LT", "C2", 4_870, "2026-03-31", "stands in the name of a person possibly exploited"),
        )
    ),
)  # fmt: skip
_COLUMNS = (
    "asset_id", "kind", "description", "state", "holder_party_id", "beneficial_owner_party_id", "amount", "currency",
    "valued_on", "value_source", "encumbrance", "encumbrance_holder", "account_id", "good_faith_question", "use_note",
    "payments",
)  # fmt: skip


def payments(story: Story, delivered: Delivered, asset: Asset) -> list[str]:
    """The bank lines that paid for an asset, as file#locator."""
    places = [
        delivered.place(entry)
        for entries in story.books.values()
        for entry in entries
        if asset.paid_by and entry.movement.tag == asset.paid_by and entry.side == "DBIT"
    ]
    return [f"{place[0]}#{place[1]}" for place in places if place]


def register(story: Story, delivered: Delivered) -> bytes:
    """assets.csv."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for asset in ASSETS:
        writer.writerow((
            asset.id, asset.kind, asset.description, asset.state, asset.holder, asset.owner, asset.amount, asset.currency,
            asset.valued_on, asset.value_source, asset.encumbrance, asset.encumbrance_holder,
            ACCOUNTS[asset.account].iban if asset.account else "", asset.question, asset.use,
            " ".join(payments(story, delivered, asset)),
        ))  # fmt: skip
    return text.getvalue().encode()
