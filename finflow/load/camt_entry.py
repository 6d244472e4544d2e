"""Many camt entries (Ntry) as the parts of records, with the payments they bundle."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

import numpy as np
import polars as pl

from finflow.load.camt_leaves import Cutter, Wanted, currency_of, decimal
from finflow.load.camt_payment import AMOUNTS, CHARGES, CODES, OWN_CODE, PAYMENT, iso_code, read_payments, spoken
from finflow.load.clock import Clock
from finflow.load.records import DETAIL_PARTS

ENTRY_PARTS = (
    "locator", "statement", "account", "bank", "holder", "currency", "amount", "side", "booking_date", "booked_at",
    "value_date", "reversal", "counterparty_account", "counterparty_name", "counterparty_bank", "code", "other_code",
    "default_kind", "purpose_code", "end_to_end_id", "uetr", "instructed_amount", "instructed_currency",
    "ultimate_name", "bank_reference", "narrative", "additional", "details", "rule", "fault",
)  # fmt: skip

STATUS_RULES = {"PDNG": "pending entry", "INFO": "information entry", "FUTR": "future entry"}

KINDS = {  # ISO 20022 bank transaction codes: family and sub-family; the longest that fits decides
    "CNTR/CDPT": "cash_deposit", "CNTR/CWDL": "cash_withdrawal", "CCRD/CWDL": "cash_withdrawal",
    "CCRD/XBCW": "cash_withdrawal", "CCRD/CDPT": "cash_deposit", "CCRD": "card_payment", "MCRD": "card_receipts",
    "IDDT": "direct_debit", "RDDT": "direct_debit", "ICDT": "transfer", "RCDT": "transfer", "IRCT": "transfer",
    "RRCT": "transfer",
}  # fmt: skip
KINDS_BY_SUBFAMILY = {"CHRG": "fee", "FEES": "fee", "COMM": "fee", "INTR": "interest"}

_BUNDLED = ("NtryDtls/Btch/NbOfTxs", "Btch/NbOfTxs")
_PAYMENTS = ("NtryDtls/TxDtls", "TxDtls")  # the second in the first version
_TEXTS = (
    "CdtDbtInd", "Sts", "Sts/Cd", "RvslInd", "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm", "AcctSvcrRef",
    "AddtlNtryInf", *CODES, OWN_CODE, *_BUNDLED,
)  # fmt: skip
_ENTRY = Wanted(_TEXTS, ("Amt",), CHARGES)


@dataclass(frozen=True)
class Read:
    """Entries as records (ENTRY_PARTS), payments they bundle (DETAIL_PARTS), and what a person should know of them."""

    entries: pl.DataFrame
    details: pl.DataFrame
    notes: list[str]


@dataclass(frozen=True)
class _Bundle:
    """What each payment of the entry in `row` moved; nothing when they do not add up to it."""

    row: int
    moved: list[Decimal]


class Entries:
    """Reads entries, many at a time."""

    def __init__(self, clock: Clock) -> None:
        self._cutter = Cutter(_ENTRY, PAYMENT, _PAYMENTS)
        self._clock = clock

    def read(self, entries: Sequence[bytes], places: pl.DataFrame) -> Read:
        """Entries as lxml writes them in UTF-8; `places`: their `locator`, `statement`, `account`, `bank`, `holder`.

        A single payment goes onto its entry; several become details when they add up to its amount.
        """
        own, paid, counts = self._cutter.cut(entries)
        found = own.first().with_columns(charges=own.charges(), payments=pl.Series(counts))
        found = pl.concat([places, self._parts(found)], how="horizontal").with_row_index("row")
        given = found.select("row", "locator", "account", "side", "reversal", "payments")
        given = given[np.repeat(np.arange(len(entries)), counts)]
        payments = pl.concat([given.select("row", "locator", "payments"), read_payments(paid, given)], how="horizontal")
        bundles = list(_bundles(found.filter(pl.col("payments") > 1), payments.filter(pl.col("payments") > 1)))
        return Read(_records(found, payments, bundles), _details(payments, bundles), _notes(found, bundles))

    def _parts(self, found: pl.DataFrame) -> pl.DataFrame:
        booked, due = self._times(found, "BookgDt"), self._times(found, "ValDt")
        status = pl.coalesce("Sts/Cd", "Sts")
        rule = status.replace_strict(STATUS_RULES, default=None, return_dtype=pl.String)
        wrong = rule.is_null() & status.ne_missing("BOOK")
        return found.select(
            "payments",
            pl.col("Amt").alias("amount"),
            pl.col(currency_of("Amt")).alias("currency"),
            pl.col("CdtDbtInd").alias("side"),
            # a booked entry without BookgDt counts on its value date
            _texts("booking_date", [day or other for (day, _), (other, _) in zip(booked, due, strict=True)]),
            _texts("booked_at", [moment for _, moment in booked]),
            _texts("value_date", [day for day, _ in due]),
            pl.col("RvslInd").alias("reversal"),
            iso_code().alias("code"),
            pl.col(OWN_CODE).alias("other_code"),
            pl.col("AcctSvcrRef").alias("bank_reference"),
            spoken("AddtlNtryInf", "charges").alias("additional"),
            pl.coalesce(_BUNDLED).alias("bundled"),
            rule.alias("rule"),
            pl.when(wrong).then(pl.lit("Sts is not BOOK, PDNG, INFO or FUTR")).alias("fault"),
        )

    def _times(self, found: pl.DataFrame, path: str) -> list[tuple[str | None, str | None]]:
        return list(map(self._clock.read, found[f"{path}/Dt"].to_list(), found[f"{path}/DtTm"].to_list()))


def _texts(name: str, values: Sequence[str | None]) -> pl.Series:
    return pl.Series(name, values, pl.String)


def _bundles(entries: pl.DataFrame, payments: pl.DataFrame) -> Iterator[_Bundle]:
    """Batch entries: each payment moved money in its currency, on its side, and all add up; or they are one entry."""
    listed = payments.select("side", *(name for path in AMOUNTS for name in (path, currency_of(path)))).iter_rows()
    for row, count, amount, currency, side in entries.select(
        "row", "payments", "amount", "currency", "side"
    ).iter_rows():
        own = list(islice(listed, count))
        moved = [value for _, *printed in own if (value := _paid_in(printed, currency)) is not None]
        whole = len(moved) == count and {its_side for its_side, *_ in own} == {side} and sum(moved) == decimal(amount)
        yield _Bundle(row, moved if whole else [])


def _paid_in(printed: Sequence[str | None], currency: str | None) -> Decimal | None:
    """What a payment moved in the currency of its entry; None when it does not say so, or no more than zero."""
    for amount, its_currency in zip(printed[::2], printed[1::2], strict=True):
        value = decimal(amount)
        if value is not None and its_currency == currency:
            return value if value > 0 else None
    return None


def _records(found: pl.DataFrame, payments: pl.DataFrame, bundles: list[_Bundle]) -> pl.DataFrame:
    """Entries with what their only payment says, or with the number of their details."""
    details = {bundle.row: str(len(bundle.moved)) for bundle in bundles if bundle.moved}
    single = payments.filter(pl.col("payments") == 1).drop("locator", "payments", "side")
    both = found.join(single, on="row", how="left", maintain_order="left").with_columns(
        pl.coalesce("code", "paid_code").alias("code"),
        pl.coalesce("other_code", "paid_own_code").alias("other_code"),
        pl.coalesce("bank_reference", "paid_reference").alias("bank_reference"),
        spoken("additional", "paid_additional").alias("additional"),
        pl.col("row").replace_strict(details, default=None, return_dtype=pl.String).alias("details"),
    )
    kinds = {code: _kind(code) for code in both["code"].unique().drop_nulls()}
    kind = pl.col("code").replace_strict(kinds, default=None, return_dtype=pl.String)
    return both.with_columns(default_kind=kind).select(ENTRY_PARTS)


def _kind(code: str) -> str | None:
    _, _, family = code.partition("/")
    by_subfamily = KINDS_BY_SUBFAMILY.get(code.rsplit("/", 1)[-1])
    return by_subfamily or KINDS.get(family) or KINDS.get(family.split("/")[0])


def _details(payments: pl.DataFrame, bundles: list[_Bundle]) -> pl.DataFrame:
    whole = payments.filter(pl.col("row").is_in([bundle.row for bundle in bundles if bundle.moved]))
    numbered = [(str(number), str(value)) for bundle in bundles for number, value in enumerate(bundle.moved, 1)]
    return whole.with_columns(
        _texts("detail_no", [number for number, _ in numbered]), _texts("amount", [value for _, value in numbered])
    ).select(DETAIL_PARTS)


def _notes(found: pl.DataFrame, bundles: list[_Bundle]) -> list[str]:
    """What to say of entries whose payments do not add up, and of those that stand for more than the file lists."""
    apart = {bundle.row for bundle in bundles if not bundle.moved}
    told = found.filter(pl.col("row").is_in(apart) | (pl.col("bundled").is_not_null() & (pl.col("payments") < 2)))
    notes = []
    for row, locator, count, printed in told.select("row", "locator", "payments", "bundled").iter_rows():
        bundled = decimal(printed)
        if row in apart:
            notes.append(f"{locator}: its payments ({count}) do not add up to it, so it is kept as one entry")
        elif bundled is not None and bundled > 1:
            notes.append(
                f"{locator}: it stands for {bundled:f} payments, of which the file lists {count}: ask for the others"
            )
    return notes
