"""What an invented investigator decided, as CSV that cites bank lines by file and locator."""

import csv
import io
from collections.abc import Iterable, Sequence

from finflow.sample import figures as f
from finflow.sample import outsiders as o
from finflow.sample.accounts import ACCOUNTS
from finflow.sample.bank_files import Delivered
from finflow.sample.case import Story
from finflow.sample.days import months
from finflow.sample.ledger import Entry
from finflow.sample.people import CAST

INVESTIGATOR = "Financial investigator A. Verhulsdonk"
PROSECUTOR = "Prosecutor H. Terwindt"
_COMMON = ("decided_by", "decided_on", "why", "evidence")
_Rows = Iterable[Sequence[object]]


def decision_files(story: Story, delivered: Delivered) -> dict[str, bytes]:
    """The files of decisions/ and golden/, by path."""
    return {
        "decisions/parties.csv": _csv(("party_id", "name", "kind", "accounts"), _parties()),
        "decisions/roles.csv": _csv(("party_id", "role", "valid_from", "valid_until"), _roles()),
        "decisions/lists.csv": _csv(("value", "list"), _lists()),
        "decisions/proceeds.csv": _csv(_CITED, _proceeds(story, delivered)),
        "decisions/cash_links.csv": _csv(_LINKED, _cash_links(story, delivered)),
        "decisions/gaps.csv": _csv(("account_id", "month"), _gaps()),
        "golden/proceeds_hu31.csv": _csv(_CITED, _golden(story, delivered)),
    }


_CITED = ("file", "locator", "detail_no", "amount", "origin")
_LINKED = ("file", "locator", "detail_no", "withdrawal_file", "withdrawal_locator", "amount", "origin")


def _csv(columns: Sequence[str], rows: _Rows) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*columns, *_COMMON))
    writer.writerows(rows)
    return text.getvalue().encode()


_RECORDED = ("C1", "C2", "R1", "K1", "K2", "N1", "N2", "X1", "V1", "V2", "V3", "V4", "V5", "V6", "V7", "V8", "B1", "B2", "LAW", "L1")  # fmt: skip
_OUTSIDE_ACCOUNTS = {"X1": o.SPANISH_BANK, "LAW": o.LAWYER, "L1": o.LANDLORD_B}


def _parties() -> _Rows:
    for party in _RECORDED:
        person = CAST[party]
        held = [account.iban for account in ACCOUNTS.values() if account.holder == party]
        outside = _OUTSIDE_ACCOUNTS.get(party)
        held += [outside.iban] if outside and outside.iban else []
        why = "identified from account opening papers" if held else "identified from the file"
        yield party, person.name, person.kind, " ".join(held), INVESTIGATOR, "2026-02-02", why, "report AH-004"


def _roles() -> _Rows:
    suspicion = "prosecutor's decision to investigate as a suspect"
    for party in ("C1", "C2"):
        yield party, "suspect", "2026-01-14", "", PROSECUTOR, "2026-01-14", suspicion, "decision OM-2026-014"
    yield (
        "R1",
        "suspect",
        "2026-02-20",
        "",
        PROSECUTOR,
        "2026-02-20",
        suspicion,
        "letter of Procuratura Codru, 2026-02-19",
    )
    yield "K1", "suspect", "2026-02-11", "", PROSECUTOR, "2026-02-11", suspicion, "decision OM-2026-031"
    yield (
        "K2",
        "other",
        "2026-02-11",
        "",
        PROSECUTOR,
        "2026-02-11",
        "role disputed: says she knew nothing; not a suspect",
        "hearing V-07",
    )
    yield (
        "N1",
        "other",
        "2026-02-16",
        "",
        PROSECUTOR,
        "2026-02-16",
        "holder of the flat in Hungary, with own pension and inheritance",
        "land register extract",
    )
    yield (
        "N2",
        "possible victim",
        "2026-03-04",
        "",
        PROSECUTOR,
        "2026-03-04",
        "homeless until 2024, director on paper: may himself be exploited",
        "report AH-041",
    )
    yield (
        "X1",
        "third party",
        "2026-03-02",
        "",
        PROSECUTOR,
        "2026-03-02",
        "holder of the flat in Spain; what she knew is an open question",
        "hearing V-12",
    )
    yield (
        "L1",
        "third party",
        "2026-03-02",
        "",
        PROSECUTOR,
        "2026-03-02",
        "landlord of flat B; no link to a suspect",
        "lease, report AH-019",
    )
    yield (
        "LAW",
        "other",
        "2026-02-02",
        "",
        PROSECUTOR,
        "2026-02-02",
        "lawyer of C1: payments and letters are privileged and stay out",
        "notice 2026-01-30",
    )
    yield (
        "B1",
        "other",
        "2026-02-11",
        "",
        PROSECUTOR,
        "2026-02-11",
        "firm with two employees and some real sales",
        "trade register extract",
    )
    yield (
        "B2",
        "other",
        "2026-02-16",
        "",
        PROSECUTOR,
        "2026-02-16",
        "builder with real trade; lent 50,000 to B1",
        "trade register extract",
    )
    yield from _persons_exploited()


def _persons_exploited() -> _Rows:
    seen = "adverts, payments and messages point to exploitation"
    for earner in f.EARNERS:
        start = earner.from_day
        if earner.id in ("V2", "V6"):
            yield earner.id, "victim", start, "", PROSECUTOR, "2026-02-25", "formally identified", "sealed annex F"
        else:
            yield earner.id, "possible victim", start, "", PROSECUTOR, "2026-02-25", seen, "sealed annex F"
    yield "V6", "child", "", "2025-06-09", PROSECUTOR, "2026-02-25", "under 18 until that day", "sealed annex F"
    yield (
        "V1",
        "victim",
        f.EARNERS[0].from_day,
        "",
        PROSECUTOR,
        "2026-03-10",
        "exploited herself; stands beside the suspicion",
        "sealed annex F",
    )
    yield (
        "V1",
        "suspect",
        "2026-03-10",
        "",
        PROSECUTOR,
        "2026-03-10",
        "collected from V7 and V8 from 2025-06 for a tenth; to be weighed against her own exploitation",
        "messages M-311 to M-340",
    )


def _lists() -> _Rows:
    entries = {
        "NocturnAds": "adult_adverts", "StayLodge": "lodging", "Koralex": "exchange", "Rapidsend": "money_service",
        "RAPIDSEND MOLDOVA SRL": "money_service", "Kaartkiosk": "prepaid", "Stichting Vast Anker": "shelter",
    }  # fmt: skip
    for name, which in entries.items():
        yield (
            name,
            which,
            INVESTIGATOR,
            "2026-02-03",
            "known by its own public description",
            "open sources, report AH-006",
        )


_MARKS = {
    "payment": ("payments for V's work", "payment by a stranger on the account of a person possibly exploited, at work that day", "adverts and messages, report AH-022"),
    "night card": ("terminal at night", "card payment on the firm's terminal between 23:00 and 03:00, in round sums", "terminal log, report AH-027"),
    "wallet payment": ("wallet", "small payment at night on the wallet run from the device of C2", "device report D-02"),
    "wallet emptied": ("wallet", "wallet emptied in a month for which the wallet's own lines are not held", "device report D-02"),
    "collectors' cash": ("collected cash", "cash paid in by a collector on a collecting day", "messages M-101 to M-214, machine pictures"),
    "firm's cash": ("cash through the firm", "same sum each Tuesday, also while the firm was closed", "till rolls, report AH-028"),
    "loan-back cash": ("cash lent back", "notes carried to Hungary in August 2025 and paid in within three days", "messages M-260 to M-271"),
}  # fmt: skip


def marked(story: Story, delivered: Delivered) -> list[tuple[Entry, str]]:
    """The credits a person marked as proceeds, with their origin, in the order of files."""
    found = []
    for entries in story.books.values():
        for entry in entries:
            tag = entry.movement.tag
            if (
                tag in _MARKS
                and entry.side == "CRDT"
                and delivered.place(entry)
                and not _held_upstream(story, delivered, entry)
            ):
                origin = f"payments for {entry.movement.origin}'s work" if tag == "payment" else _MARKS[tag][0]
                found.append((entry, origin))
    return found


def _held_upstream(story: Story, delivered: Delivered, entry: Entry) -> bool:
    """Whether the debit of the same movement was delivered too: then its own sources are marked, not this."""
    debtor = entry.movement.debtor
    if not isinstance(debtor, str):
        return False
    return any(e.number == entry.number and delivered.place(e) is not None for e in story.books[debtor])


def _proceeds(story: Story, delivered: Delivered) -> _Rows:
    for entry, origin in marked(story, delivered):
        _, why, evidence = _MARKS[entry.movement.tag]
        yield *(delivered.place(entry) or ()), "", "", origin, INVESTIGATOR, "2026-05-07", why, evidence


def cash_linked(story: Story) -> list[Entry]:
    """The four counter deposits on HU-31."""
    return [e for e in story.books["HU-31"] if e.movement.tag == "cash of unknown origin"]


def _cash_links(story: Story, delivered: Delivered) -> _Rows:
    why = "C1 carried the notes: flight the day before and a message with the sum"
    for number, entry in enumerate(cash_linked(story), 1):
        evidence = f"passenger list and message M-{400 + number}"
        yield (
            *(delivered.place(entry) or ()),
            "",
            "",
            "",
            "",
            "cash carried to HU",
            INVESTIGATOR,
            "2026-05-07",
            why,
            evidence,
        )


def golden_credits(story: Story) -> list[Entry]:
    """The transfers from suspects' accounts on the nine credit days of HU-31."""
    return [e for e in story.books["HU-31"] if e.movement.tag == "to HU-31"]


def _golden(story: Story, delivered: Delivered) -> _Rows:
    for entry in golden_credits(story):
        why = "transfer from a suspect's account, marked directly and whole"
        yield (
            *(delivered.place(entry) or ()),
            "",
            "",
            "suspects' accounts",
            INVESTIGATOR,
            "2026-05-07",
            why,
            "report AH-050",
        )


def _gaps() -> _Rows:
    wallet, flat = ACCOUNTS["E1"].iban, ACCOUNTS["HU-31"].iban
    for year, month in months(f.WALLET_OPENED, f.CUT_OFF):
        missing = (year, month) == (f.WALLET_MISSING[0].year, f.WALLET_MISSING[0].month)
        held = f.WALLET_HELD[0] <= f.WALLET_MISSING[0].replace(year=year, month=month) < f.WALLET_HELD[1]
        if missing or not held:
            why = (
                "asked for again by EIO-2026-0244"
                if missing
                else "not held; wallet receipts on NL-20 are marked instead"
            )
            yield wallet, f"{year}-{month:02d}", INVESTIGATOR, "2026-05-07", why, "letter of the provider, 2026-04-20"
    for year, month in months(f.HU_TO.replace(month=7), f.CUT_OFF):
        yield (
            flat,
            f"{year}-{month:02d}",
            INVESTIGATOR,
            "2026-05-07",
            "ordered only until 2025-06-15; nothing rests on later months",
            "order AU-B-88-2026",
        )
