"""What an invented investigator decided, as CSV that cites bank lines by file and locator."""

import csv
import io
from collections.abc import Sequence

from finflow.sample import figures as f
from finflow.sample import outsiders as o
from finflow.sample.accounts import ACCOUNTS
from finflow.sample.bank_files import Delivered
from finflow.sample.case import Story
from finflow.sample.days import months
from finflow.sample.marks import INVESTIGATOR, Rows, cash_link_rows, golden_rows, proceeds_rows
from finflow.sample.people import CAST
from finflow.sample.texts import text

_COMMON = ("decided_by", "decided_on", "why", "evidence")
_CITED = ("file", "locator", "detail_no", "amount", "origin")
_LINKED = ("file", "locator", "detail_no", "withdrawal_file", "withdrawal_locator", "amount", "origin")
_OUTSIDE_ACCOUNTS = {"X1": o.SPANISH_BANK, "LAW": o.LAWYER, "L1": o.LANDLORD_B}
_UNNAMED = {"F", "Q", "G", "S"}
"""First letters of those whom no investigator recorded: families and look-alikes, not assessed."""


def decision_files(story: Story, delivered: Delivered) -> dict[str, bytes]:
    """The files of decisions/ and golden/, by path."""
    return {
        "decisions/parties.csv": _csv(("party_id", "name", "kind", "accounts"), _parties()),
        "decisions/roles.csv": text("roles.csv").encode(),
        "decisions/lists.csv": text("lists.csv").encode(),
        "decisions/proceeds.csv": _csv(_CITED, proceeds_rows(story, delivered)),
        "decisions/cash_links.csv": _csv(_LINKED, cash_link_rows(story, delivered)),
        "decisions/gaps.csv": _csv(("account_id", "month", "state"), [*_wallet_gaps(), *_flat_gaps()]),
        "golden/proceeds_hu31.csv": _csv(_CITED, golden_rows(story, delivered)),
    }


def _csv(columns: Sequence[str], rows: Rows) -> bytes:
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow((*columns, *_COMMON))
    writer.writerows(rows)
    return lines.getvalue().encode()


def _parties() -> Rows:
    for party, person in CAST.items():
        if party[0] not in _UNNAMED:
            held = [account.iban for account in ACCOUNTS.values() if account.holder == party]
            outside = _OUTSIDE_ACCOUNTS.get(party)
            held += [outside.iban] if outside and outside.iban else []
            why = "identified from account opening papers" if held else "identified from the file"
            yield party, person.name, person.kind, " ".join(held), INVESTIGATOR, "2026-02-02", why, "report AH-004"


def _wallet_gaps() -> Rows:
    """The month of E1 that was not delivered, and those before and after what the order reached."""
    for year, month in months(f.WALLET_OPENED, f.CUT_OFF):
        day = f.WALLET_MISSING[0].replace(year=year, month=month)
        if day == f.WALLET_MISSING[0]:
            yield _gap(
                "E1", day, "not delivered; asked for again by EIO-2026-0244", "letter of the provider, 2026-04-20"
            )
        elif not f.WALLET_HELD[0] <= day < f.WALLET_HELD[1]:
            why = "not held; what another account received from it is marked there instead"
            yield _gap("E1", day, why, "letter of the provider, 2026-04-20")


def _flat_gaps() -> Rows:
    for year, month in months(f.HU_TO.replace(month=7), f.CUT_OFF):
        day = f.HU_TO.replace(year=year, month=month, day=1)
        yield _gap("HU-31", day, "ordered only until 2025-06-15; nothing rests on later months", "order AU-B-88-2026")


def _gap(label: str, day: f.Day, why: str, evidence: str) -> Sequence[object]:
    account = ACCOUNTS[label]
    return account.iban, f"{day:%Y-%m}", f"{account.currency} missing", INVESTIGATOR, "2026-05-07", why, evidence
