"""Side evidence: what banks and a site produced beside the statements, some of it of people who only look alike."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence

from finflow.sample.accounts import ACCOUNTS, NOORDKADE, Account
from finflow.sample.case import Story
from finflow.sample.ledger import Entry
from finflow.sample.people import CAST

GUARDIAN = "Hendrika Vosmeer"
_GUARDIAN_PHONE = "+44-7700900431"
_C2_PHONE = "+44-7700900420"
_WARDS = ("NL-71", "NL-72", "NL-73", "NL-74")
_DEVICE = {"C2": "device 7F31-0C2", "guardian": "device 22AD-0G1"}
_KYC = ("Rekening", "Houder", "Geopend", "Kantoor", "Telefoon", "E-mail", "Straat", "Postcode", "Plaats")
_MANDATES = (
    "account", "person", "person_reference", "role", "valid_from", "valid_until", "basis", "birth_date", "citizenship",
)  # fmt: skip
_DEVICES = ("account", "logged_in_at", "device", "ip_address", "phone", "action")
_ADVERTS = (
    "site", "advert_id", "posted_on", "posted_at", "online_until", "contact_phone", "contact_email", "place", "price",
    "payer_account", "payer_reference", "amount", "currency",
)  # fmt: skip

Rows = Iterable[Sequence[object]]


def side_files(story: Story) -> dict[str, bytes]:
    """The files by name."""
    return {
        "noordkade_kyc.csv": _csv(_KYC, _kyc(), ";"),
        "mandates.csv": _csv(_MANDATES, _mandates()),
        "devices.csv": _csv(_DEVICES, sorted(_log_ins(story), key=lambda row: (row[1], row[0]))),
        "adverts.csv": _csv(_ADVERTS, _adverts(story)),
    }


def _csv(header: Sequence[str], rows: Rows, delimiter: str = ",") -> bytes:
    lines = io.StringIO()
    csv.writer(lines, delimiter=delimiter, lineterminator="\n").writerows([header, *rows])
    return lines.getvalue().encode()


def _at_noordkade() -> list[Account]:
    return [account for account in ACCOUNTS.values() if account.bank == NOORDKADE]


def _kyc() -> Rows:
    """The details given when an account was opened: five persons gave one telephone; wards gave their guardian's."""
    for account in _at_noordkade():
        phone = _GUARDIAN_PHONE if account.label in _WARDS else account.phone
        opened = f"{account.opened:%d-%m-%Y}" if account.opened else ""
        yield account.iban, CAST[account.holder].name, opened, account.branch, phone, account.email, *account.address


def _mandates() -> Rows:
    for account in _at_noordkade():
        name = CAST[account.holder].name
        yield account.iban, name, account.holder, "holder", account.opened or "", "", "opening form", "", ""
    for label in _WARDS:
        for role, basis in (("guardian", "court order"), ("proxy", "court order")):
            yield ACCOUNTS[label].iban, GUARDIAN, "W1", role, dt.date(2023, 3, 1), "", basis, "", ""


def _log_ins(story: Story) -> Iterable[tuple[object, dt.datetime, object, object, object, object]]:
    """C2's telephone sends on what came to E1 and to NL-03, and pays for adverts; a guardian looks in once a month."""
    own = (_DEVICE["C2"], "203.0.113.17", _C2_PHONE, "payment")
    chosen = [
        *(entry for entry in story.books["E1"] if entry.other == "NL-20"),
        *[entry for entry in story.books["NL-03"] if entry.other == "NL-20"][::7],
        *_first_of_each_day(entry for entry in story.books["NL-20"] if entry.movement.tag == "advert"),
    ]
    for entry in chosen:
        yield ACCOUNTS[entry.label].iban, entry.movement.when - dt.timedelta(seconds=95), *own
    for month in range(1, 13):
        for minute, label in enumerate(_WARDS):
            moment = dt.datetime.combine(dt.date(2025, month, 2), dt.time(10, minute, 30))
            yield ACCOUNTS[label].iban, moment, _DEVICE["guardian"], "203.0.113.90", _GUARDIAN_PHONE, "log-in"


def _first_of_each_day(entries: Iterable[Entry]) -> list[Entry]:
    found: dict[dt.date, Entry] = {}
    for entry in entries:
        found.setdefault(entry.movement.when.date(), entry)
    return list(found.values())


def _adverts(story: Story) -> Rows:
    """Each posting NL-20 paid for, by the number it showed; and those of one who advertises for herself alone."""
    paid = [entry for entry in story.books["NL-20"] if entry.movement.tag == "advert"]
    own = [entry for entry in story.books["NL-62"] if entry.movement.tag == "own advert"]
    for number, entry in enumerate(sorted([*paid, *own], key=lambda entry: entry.movement.when), 1):
        movement = entry.movement
        contact = movement.text.partition("contact ")[2] or "07700 900462"
        cents = f"{entry.amount // 100}.{entry.amount % 100:02d}"
        yield (
            "NocturnAds", f"NA-{number:05d}", movement.when.date(), movement.when, "", contact, "", "", "",
            ACCOUNTS[entry.label].iban, "", cents, "EUR",
        )  # fmt: skip
