"""One statement, report or notification of a camt message without its entries: account, balances and period."""

from dataclasses import dataclass

from finflow.load.camt_paths import Element, Found, Paths
from finflow.load.camt_payment import BANKS, NUMBERS
from finflow.load.clock import Clock
from finflow.load.days import day_after, is_day
from finflow.load.records import StatementText

_PAGE, _LAST = "StmtPgntn/PgNb", "StmtPgntn/LastPgInd"  # a report has the interim balance of its moment instead
_ACCOUNT = tuple(f"Acct/Id/{number}" for number in NUMBERS)
_BANK = tuple(f"Acct/Svcr/FinInstnId/{bank}" for bank in BANKS)
_OWNER = ("Acct/Ownr/Nm", "Acct/Ownr/Pty/Nm", "Acct/Nm")
_CODE = ("Tp/CdOrPrtry/Cd", "Tp/Cd")  # the second in the first version
_NUMBER = ("ElctrncSeqNb", "LglSeqNb", "Id")
_PERIOD = ("FrToDt/FrDt", "FrToDt/FrDtTm", "FrToDt/ToDt", "FrToDt/ToDtTm")


@dataclass(frozen=True)
class _Balance:
    code: str | None
    signed: str
    currency: str | None
    day: str | None


class Headers:
    """Reads what stands around the entries of a document, all in one namespace."""

    def __init__(self, uri: str, clock: Clock, bank: str | None) -> None:
        self._header = Paths(uri, ("Acct/Ccy", *_ACCOUNT, *_BANK, *_OWNER, *_NUMBER, *_PERIOD, _PAGE, _LAST), ["Bal"])
        self._balance = Paths(uri, ("CdtDbtInd", "Dt/Dt", "Dt/DtTm", *_CODE), ["Amt"])
        self._clock, self._bank = clock, bank

    def read(self, element: Element, locator: str, currency: str | None, days: tuple[str, ...]) -> StatementText:
        """A statement; `currency` is that of its first entry, `days` are its first and last day of booking."""
        found = self._header.below(element)
        balances = [self._read_balance(bal) for bal in found.listed.get("Bal", ())]
        opening, closing = _ends(balances, *_page(found))
        first, last = self._period(found, opening, closing, days)
        currencies = [found.text("Acct/Ccy"), *(end.currency for end in (opening, closing) if end), currency]
        currencies += [balance.currency for balance in balances[:1]]
        return StatementText(
            locator=locator,
            account=found.text(*_ACCOUNT),
            bank=found.text(*_BANK) or self._bank,
            holder=found.text(*_OWNER),
            currency=next(filter(None, currencies), None),
            from_date=first,
            until_date=last,
            opening=opening.signed if opening else None,
            closing=closing.signed if closing else None,
            bank_statement_id=_number(found),
        )

    def _read_balance(self, element: Element) -> _Balance:
        found = self._balance.below(element)
        printed, currency = found.amount("Amt")
        sign = "-" if found.text("CdtDbtInd") == "DBIT" else ""
        day, _ = self._clock.read(found.text("Dt/Dt"), found.text("Dt/DtTm"))
        return _Balance(found.text(*_CODE), f"{sign}{printed}", currency, day)

    def _period(
        self, found: Found, opening: _Balance | None, closing: _Balance | None, days: tuple[str, ...]
    ) -> tuple[str | None, str | None]:
        """First day covered and the day after the last: as stated, else by the balances; every booking lies inside."""
        first, _ = self._clock.read(found.text("FrToDt/FrDt"), found.text("FrToDt/FrDtTm"))
        last, _ = self._clock.read(found.text("FrToDt/ToDt"), found.text("FrToDt/ToDtTm"))
        firsts = [day for day in (first or (opening and opening.day), *days[:1]) if day and is_day(day)]
        lasts = [day for day in (last or (closing and closing.day), *days[-1:]) if day and is_day(day)]
        return min(firsts, default=None), day_after(max(lasts, default=None))


def _number(found: Found) -> str | None:
    """The bank's number of the statement; with the page, as 12/2, where it was sent by page."""
    number = found.text(*_NUMBER)
    return number if number is None or all(_page(found)) else f"{number}/{found.text(_PAGE)}"


def _page(found: Found) -> tuple[bool, bool]:
    """Whether it is the first and whether it is the last page of a statement sent by page."""
    number, last = found.text(_PAGE), found.text(_LAST)
    return number is None or number.lstrip("0") == "1", last not in ("false", "0")


def _ends(balances: list[_Balance], first: bool, last: bool) -> tuple[_Balance | None, _Balance | None]:
    """Booked balance before and after the entries. Between pages the interim booked balance is carried over, once at
    the top and once at the foot: one alone on a middle page could be either and is left out.
    """
    carried = [balance for balance in balances if balance.code == "ITBD"]
    opening = next((balance for code in ("OPBD", "PRCD") for balance in balances if balance.code == code), None)
    closing = next((balance for balance in balances if balance.code == "CLBD"), None)
    if not first and not last and len(carried) < 2:
        return opening, closing
    top = None if first else next(iter(carried), None)
    foot = None if last else next(reversed(carried), None)
    return opening or top, closing or foot
