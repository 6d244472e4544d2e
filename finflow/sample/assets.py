"""The register of assets, as an investigator keeps it, with the bank lines that paid for them."""

import csv
import io

from finflow.sample.accounts import ACCOUNTS
from finflow.sample.bank_files import Delivered
from finflow.sample.case import Story
from finflow.sample.texts import table

_COLUMNS = (
    "asset_id", "kind", "description", "state", "holder_party_id", "beneficial_owner_party_id", "amount", "currency",
    "valued_on", "value_source", "encumbrance", "encumbrance_holder", "account_id", "good_faith_question", "use_note",
    "payments", "decided_by", "decided_on", "why", "evidence",
)  # fmt: skip


def assets(story: Story, delivered: Delivered) -> list[dict[str, str]]:
    """The rows of texts/assets.csv with account numbers for labels, and bank lines for what paid."""
    rows = table("assets.csv")
    for row in rows:
        row["account_id"] = ACCOUNTS[row["account"]].iban if row["account"] else ""
        row["payments"] = " ".join(_payments(story, delivered, row["paid_by"]))
    return rows


def register(story: Story, delivered: Delivered) -> bytes:
    """assets.csv as the case ships it: without the truth."""
    lines = io.StringIO()
    writer = csv.DictWriter(lines, _COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(assets(story, delivered))
    return lines.getvalue().encode()


def _payments(story: Story, delivered: Delivered, tag: str) -> list[str]:
    """Bank lines of every movement with that tag, as file#locator."""
    return [
        "#".join(place)
        for entries in story.books.values()
        for entry in entries
        if tag and entry.movement.tag == tag and entry.side == "DBIT" and (place := delivered.place(entry))
    ]
