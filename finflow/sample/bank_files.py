"""Which bank delivered which file, and where every entry stands in it."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from finflow.sample import figures as f
from finflow.sample.accounts import ACCOUNTS, CODRUBANCA, DUNAPARTI, ELBUFER, NOORDKADE, VEKTAPAY, Account
from finflow.sample.chance import stream
from finflow.sample.days import month_end
from finflow.sample.ledger import Entry, Ledger
from finflow.sample.write_camt import Statement, camt
from finflow.sample.write_csv import LAYOUTS, csv_file
from finflow.sample.write_mt940 import mt940

Place = tuple[str, str]
"""File name and locator."""

REEXPORT = ("NL-22", dt.date(2025, 10, 1), dt.date(2025, 11, 16))
"""The statement the bank delivered twice: account, first day, day after the last."""
_FAULTY = {"HU-31": 5, "HU-32": 7, "MD-40": 3, "MD-41": 5, "MD-43": 3, "MD-48": 1, "E1_1": 7, "E1_2": 6}


@dataclass
class Delivered:
    """What the banks handed over: the files, and where things stand in them."""

    files: dict[str, bytes] = field(default_factory=dict)
    accounts: dict[str, list[str]] = field(default_factory=dict)
    places: dict[tuple[str, int], Place] = field(default_factory=dict)
    repeated: list[tuple[Place, Place]] = field(default_factory=list)
    faults: list[tuple[Place, str]] = field(default_factory=list)

    def place(self, entry: Entry) -> Place | None:
        """Where an entry stands; None when the bank did not deliver it."""
        return self.places.get((entry.label, entry.position))


def deliver(ledger: Ledger, books: dict[str, list[Entry]], seed: int) -> Delivered:
    """Write all bank files of the case."""
    delivered = Delivered()
    for label, account in ACCOUNTS.items():
        opening = ledger.openings.get(label, 0)
        if account.bank in (NOORDKADE, ELBUFER):
            _deliver_years(delivered, account, books[label], opening)
        else:
            _deliver_csv(delivered, account, books[label], seed)
    _deliver_again(delivered, books, ledger)
    return delivered


def _periods(account: Account) -> Iterator[tuple[dt.date, dt.date]]:
    """[first, until) of each monthly statement held."""
    first = account.held_from
    while first < account.held_until:
        until = min(month_end(first.year, first.month) + dt.timedelta(days=1), account.held_until)
        yield first, until
        first = until


def statement(account: Account, entries: list[Entry], opening: int, first: dt.date, until: dt.date) -> Statement:
    """The statement of one period, its balances taken from the account's whole history."""
    before = [e for e in entries if e.when.date() < first]
    inside = [e for e in entries if first <= e.when.date() < until]
    start = before[-1].balance if before else opening
    return Statement(account, first, until, start, inside[-1].balance if inside else start, inside)


def _deliver_years(delivered: Delivered, account: Account, entries: list[Entry], opening: int) -> None:
    statements = [statement(account, entries, opening, first, until) for first, until in _periods(account)]
    for year in sorted({each.first.year for each in statements}):
        of_year = [each for each in statements if each.first.year == year]
        if account.bank is NOORDKADE:
            _deliver_camt(delivered, f"noordkade_{account.label}_{year}.xml", of_year)
        else:
            name = f"elbufer_{account.label}_{year}.sta"
            text, places = mt940(of_year)
            _keep(delivered, name, text.encode("ascii"), account.label, places)


def _deliver_camt(delivered: Delivered, name: str, statements: list[Statement]) -> None:
    places = [
        (entry, f"Stmt[{s}]/Ntry[{n}]")
        for s, each in enumerate(statements, 1)
        for n, entry in enumerate(each.entries, 1)
    ]
    message = name.removesuffix(".xml").replace("noordkade_", "NOKD-")
    _keep(delivered, name, camt(statements, message).encode(), statements[0].account.label, places)


def _keep(delivered: Delivered, name: str, content: bytes, label: str, places: list[tuple[Entry, str]]) -> None:
    delivered.files[name] = content
    delivered.accounts.setdefault(label, []).append(name)
    for entry, locator in places:
        here, there = (name, locator), delivered.places.get((entry.label, entry.position))
        if there:
            delivered.repeated.append((here, there))
        else:
            delivered.places[entry.label, entry.position] = here


def _deliver_again(delivered: Delivered, books: dict[str, list[Entry]], ledger: Ledger) -> None:
    label, first, until = REEXPORT
    again = statement(ACCOUNTS[label], books[label], ledger.openings.get(label, 0), first, until)
    _deliver_camt(delivered, f"noordkade_{label}_2025_reexport.xml", [again])


def _deliver_csv(delivered: Delivered, account: Account, entries: list[Entry], seed: int) -> None:
    prefix = {DUNAPARTI: "dunaparti", CODRUBANCA: "codrubanca", VEKTAPAY: "vektapay"}[account.bank]
    for part, held in _csv_parts(account, entries):
        name = f"{prefix}_{account.label}{part}.csv"
        faulty = _FAULTY[account.label + part]
        rng = stream(seed, f"faults/{name}")
        content, places, faults = csv_file(held, LAYOUTS[account.bank.name], rng, faulty)
        _keep(delivered, name, content, account.label, places)
        delivered.faults += [((name, locator), fault) for locator, fault in faults]


def _csv_parts(account: Account, entries: list[Entry]) -> list[tuple[str, list[Entry]]]:
    """E1 comes in two exports, with the missing month between them."""
    held = [e for e in entries if account.held_from <= e.when.date() < account.held_until]
    if account.bank is not VEKTAPAY:
        return [("", held)]
    gap_from, gap_until = f.WALLET_MISSING
    return [
        ("_1", [e for e in held if e.when.date() < gap_from]),
        ("_2", [e for e in held if e.when.date() >= gap_until]),
    ]
