"""Reference rates: what an amount is worth in the currency of the case, by which rate, of which day, from where.

The rates of the European Central Bank are shipped with a library and read offline. On a day without one (weekend,
holiday) the last rate published counts, and the row says of which day it is. For currencies the bank does not publish,
a person supplies a rates file, which the case keeps like any other evidence: `case.rates`. No rate is ever invented.

    from_date,currency,units_for_one_euro
    2024-04-01,MDL,19.12

A rate of a file holds from its day until the next one of that currency; the last one for FILE_DAYS.
"""

import csv
import getpass
import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import polars as pl
from currency_converter import CurrencyConverter, RateNotFoundError  # type: ignore[import-untyped]

from finflow import store
from finflow.errors import FinflowError
from finflow.files import refuse_expunged
from finflow.load.sources import right_for
from finflow.money import PLACES, minor_units
from finflow.places import shipped
from finflow.results import Result

if TYPE_CHECKING:
    from finflow.case import Case

EURO = "EUR"
BANK = "European Central Bank, euro foreign exchange reference rates"
BANK_DAYS = 7  # longest run of days without a published rate is five (Easter, Christmas)
FILE_DAYS = 92  # a quarter; judgement
COLUMNS = ["from_date", "currency", "units_for_one_euro"]


@dataclass(frozen=True)
class Rate:
    """Units of a currency for one euro, the day the rate is of, and who published it."""

    per_euro: Decimal
    on: date | None
    source: str


@dataclass(frozen=True)
class RatesKept(Result):
    """One row per currency of a rates file: currency, rates, first_on, last_on."""

    element: ClassVar[str] = "finflow-rates"
    caption: ClassVar[str] = "Rates kept; they count where the European Central Bank publishes none"


class Rates:
    """The rates a case can draw on: those of the European Central Bank, then those of its rates files."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._files: dict[str, list[tuple[date, Decimal, str]]] = {}
        for currency, *given in con.execute(_FILES).fetchall():
            self._files.setdefault(currency, []).append((given[0], given[1], given[2]))

    def of(self, currency: str, day: date) -> Rate | None:
        """The rate of a currency that counts on a day; None when there is none."""
        if currency == EURO:
            return Rate(Decimal(1), None, "")
        return _published(currency, day) or self._supplied(currency, day)

    def _supplied(self, currency: str, day: date) -> Rate | None:
        given = self._files.get(currency, [])
        at = bisect_right(given, day, key=lambda row: row[0])
        if at == 0 or (at == len(given) and (day - given[-1][0]).days >= FILE_DAYS):
            return None
        return Rate(given[at - 1][1], given[at - 1][0], given[at - 1][2])


def transfer_values(con: duckdb.DuckDBPyConnection, currency: str) -> pl.DataFrame:
    """Every transfer's value in `currency`: transfer_id, value, currency, rate, rate_on, rate_source, missing.

    `rate` is units of `currency` for one unit as booked, `rate_on` the day it is of (of two, the earlier). Values are
    rounded once, to the smallest unit. Without a rate, value is NULL and `missing` says which rate is missing.
    """
    booked = con.execute("SELECT DISTINCT currency, booking_date FROM transfer ORDER BY ALL").fetchall()
    known = Rates(con)
    found = [_pair(known, given, currency, day) for given, day in booked if given != currency]
    con.register("rate_found", pl.DataFrame(found, schema=_PAIR, orient="row"))
    query = (shipped("queries") / "resolve" / "transfer_value.sql").read_text(encoding="utf-8")
    values = {"currency": currency, "unit": 10 ** (PLACES - minor_units(currency))}
    frame = store.frame(con, query, values)
    con.unregister("rate_found")
    return frame


def rates(case: "Case", csv_path: str | Path) -> RatesKept:
    """Keep a file of rates that a person supplies; the right to use it comes from `sources.toml` beside it.

    Columns: from_date, currency, units_for_one_euro. Bytes that were kept before change nothing; the whole file is kept
    or nothing of it. Raises FinflowError naming file, line and column. Resolve the case again afterwards.
    """
    path = Path(csv_path)
    data = _bytes(path)
    rows = _rows(path.name, data)
    file_id = hashlib.sha256(data).hexdigest()
    with case.logged("rates", file=file_id, rates=len(rows)), case.writing("rates") as con:
        refuse_expunged(con, path.name, file_id)
        if not con.execute("SELECT 1 FROM evidence.source_file WHERE file_id = $id", {"id": file_id}).fetchall():
            _keep(con, path, file_id, data, rows)
            _original(case.folder / "originals" / file_id, data)
    frame = pl.DataFrame([row[1:] for row in rows], schema=_FILE, orient="row")
    day = pl.col("from_date")
    by_currency = frame.group_by("currency").agg(rates=pl.len(), first_on=day.min(), last_on=day.max())
    return RatesKept(by_currency.sort("currency"))


@cache
def _bank() -> CurrencyConverter:
    return CurrencyConverter(decimal=True)


@cache
def _published(currency: str, day: date) -> Rate | None:
    bank = _bank()
    if currency not in bank.currencies:
        return None
    first, last = bank.bounds[currency]
    for on in (day - timedelta(days=n) for n in range(BANK_DAYS)):
        if first <= on <= last:
            try:
                return Rate(bank.convert(1, EURO, currency, on), on, BANK)
            except RateNotFoundError:
                continue
    return None


def _pair(known: Rates, given: str, currency: str, day: date) -> tuple[Any, ...]:
    """A row of rate_found: units of `currency` (numerator) for units of the booked currency (denominator)."""
    booked, wanted = known.of(given, day), known.of(currency, day)
    if booked is None or wanted is None:
        which = given if booked is None else currency
        return given, day, None, None, None, None, None, f"no reference rate for {which} on this day or shortly before"
    sources = "; ".join(dict.fromkeys(source for source in (booked.source, wanted.source) if source))
    on = min(day for day in (booked.on, wanted.on) if day)
    units = [int(rate.per_euro.scaleb(PLACES)) for rate in (wanted, booked)]
    rate = (wanted.per_euro / booked.per_euro).quantize(Decimal("1e-12"))
    return given, day, *units, rate, on, sources, None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FinflowError(f"{path.name} cannot be read ({error.strerror}). Check its path and permissions.") from None


def _rows(name: str, data: bytes) -> list[tuple[str, date, str, Decimal]]:
    """Locator, from_date, currency and units for one euro of each line."""
    try:
        lines = list(csv.reader(data.decode("utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error):
        raise FinflowError(f"{name} is no CSV text in UTF-8. Save it as CSV UTF-8.") from None
    if not lines or lines[0] != COLUMNS or len(lines) == 1:
        raise FinflowError(f"{name}: a rates file begins with the line {','.join(COLUMNS)} and holds a rate.")
    rows = [_row(f"{name}, line {n}", n, line) for n, line in enumerate(lines[1:], start=2) if line]
    if len({row[1:3] for row in rows}) != len(rows):
        raise FinflowError(f"{name} gives two rates for one day and currency. Leave one out.")
    return rows


def _row(where: str, number: int, line: list[str]) -> tuple[str, date, str, Decimal]:
    if len(line) != len(COLUMNS):
        raise FinflowError(f"{where}: write {len(COLUMNS)} columns: {','.join(COLUMNS)}.")
    try:
        day, units = date.fromisoformat(line[0]), Decimal(line[2])
    except (ValueError, InvalidOperation):
        raise FinflowError(f"{where}: write it like 2024-04-01,MDL,19.12.") from None
    try:
        minor_units(line[1])
    except FinflowError:
        raise FinflowError(f"{where}: currency is no code of ISO 4217. Write it like MDL.") from None
    if not units.is_finite() or not Decimal("1e-8") <= units < Decimal(10) ** 9 or units != round(units, PLACES):
        raise FinflowError(f"{where}: units_for_one_euro is no rate: a positive number of at most eight decimals.")
    return f"L{number}", day, line[1], units


def _keep(con: duckdb.DuckDBPyConnection, path: Path, file_id: str, data: bytes, rows: list[Any]) -> None:
    right = right_for(path)
    row = {
        "file_id": file_id, "name": path.name, "size_bytes": len(data), "format": "rates",
        "records": 0, "entries": 0, "rejected": 0, "skipped": 0,
        "loaded_by": getpass.getuser(), "loaded_at": datetime.now(UTC).replace(tzinfo=None),
        **(right.model_dump(exclude={"files"}) if right else {}),
    }  # fmt: skip
    columns = ", ".join(f"${name} AS {name}" for name in row)
    con.execute(f"INSERT INTO evidence.source_file BY NAME SELECT {columns}", row)
    con.register("supplied", pl.DataFrame(rows, schema={"locator": pl.String, **_FILE}, orient="row"))
    con.execute("INSERT INTO evidence.rate BY NAME SELECT $id AS file_id, * FROM supplied", {"id": file_id})
    con.unregister("supplied")


def _original(place: Path, data: bytes) -> None:
    if not place.exists():
        place.write_bytes(data)
        place.chmod(0o400)


_FILE: dict[str, Any] = {"from_date": pl.Date, "currency": pl.String, "per_euro": pl.Decimal(28, 8)}
_PAIR: dict[str, Any] = {
    "given": pl.String, "day": pl.Date, "numerator": pl.Int64, "denominator": pl.Int64, "rate": pl.Decimal(28, 12),
    "rate_on": pl.Date, "rate_source": pl.String, "missing": pl.String,
}  # fmt: skip
_FILES = """
    SELECT rate.currency, rate.from_date, rate.per_euro, 'exhibit ' || exhibit
    FROM rate JOIN exhibit USING (file_id) ORDER BY rate.currency, rate.from_date, rate.file_id
"""
