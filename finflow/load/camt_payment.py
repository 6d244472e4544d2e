"""Payments of camt entries (TxDtls): the other side of each, and what was said about it."""

from collections.abc import Mapping, Sequence

import polars as pl

from finflow.load.camt_leaves import Leaves, Wanted, currency_of

NUMBERS = ("IBAN", "Othr/Id", "BBAN", "PrtryAcct/Id", "UPIC")
BANKS = ("BICFI", "BIC", "CmbndId/BIC", "Nm", "NmAndAdr/Nm", "CmbndId/Nm")
CODES = ("BkTxCd/Domn/Cd", "BkTxCd/Domn/Fmly/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd")
OWN_CODE = "BkTxCd/Prtry/Cd"
CHARGES = ("Chrgs/TtlChrgsAndTaxAmt", "Chrgs/Rcrd/Amt", "Chrgs/Amt")
AMOUNTS = ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/CntrValAmt/Amt", "AmtDtls/InstdAmt/Amt")

_ENDS = ("Dbtr", "Cdtr")
_PARTY = ("Nm", "Pty/Nm", "Agt/FinInstnId/Nm")
_ACCOUNT = {end: tuple(f"RltdPties/{end}Acct/Id/{number}" for number in NUMBERS) for end in _ENDS}
_ULTIMATE = {end: tuple(f"RltdPties/Ultmt{end}/{path}" for path in ("Nm", "Pty/Nm")) for end in _ENDS}
_NAME = {end: (*(f"RltdPties/{end}/{path}" for path in _PARTY), *_ULTIMATE[end]) for end in _ENDS}
_BANK = {end: tuple(f"RltdAgts/{end}Agt/FinInstnId/{path}" for path in BANKS) for end in _ENDS}
_SAID = ("RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/CdtrRefInf/CdtrRef", "RmtInf/Strd/AddtlRmtInf")
_RETURNED = ("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry", "RtrInf/RtrRsn/Cd", "RtrInf/RtrRsn/Prtry", "RtrInf/AddtlInf",
             "RtrInf/AddtlRtrRsnInf")  # fmt: skip
_TEXTS = (
    "CdtDbtInd", "Refs/EndToEndId", "Refs/UETR", "Refs/AcctSvcrRef", "Purp/Cd", "Purp/Prtry", "AddtlTxInf",
    *CODES, OWN_CODE, *(path for kind in (_ACCOUNT, _NAME, _BANK) for end in _ENDS for path in kind[end]),
    *_SAID, *_RETURNED,
)  # fmt: skip

PAYMENT = Wanted(_TEXTS, AMOUNTS, CHARGES)
"""What is read of a payment."""


def read_payments(leaves: Leaves, entries: pl.DataFrame) -> pl.DataFrame:
    """A row for each payment: the parts of a record that it gives, with what its entry needs to know of it.

    `entries`: of the entry of each payment: `side`, `reversal`, `account` (that of the statement).
    """
    found = leaves.first().with_columns(entries.select("side", "account", reversing("reversal")))
    found = found.with_columns(
        pl.coalesce("CdtDbtInd", "side").alias("side"),
        said=leaves.joined(_SAID),
        more=spoken(pl.format("return reason {}", leaves.joined(_RETURNED)), leaves.charges()),
    )
    found = found.with_columns(from_debtor=_from_debtor(pl.col("side").eq_missing("CRDT") ^ pl.col("reversal")))
    return found.select(
        *(currency for path in AMOUNTS for currency in (path, currency_of(path))),
        "side",
        _end(_ACCOUNT).alias("counterparty_account"),
        _end(_NAME).alias("counterparty_name"),
        _end(_BANK).alias("counterparty_bank"),
        pl.coalesce("Purp/Cd", "Purp/Prtry").alias("purpose_code"),
        pl.col("Refs/EndToEndId").alias("end_to_end_id"),
        pl.col("Refs/UETR").alias("uetr"),
        _end(_ULTIMATE).alias("ultimate_name"),
        pl.col("AmtDtls/InstdAmt/Amt").alias("instructed_amount"),
        pl.col(currency_of("AmtDtls/InstdAmt/Amt")).alias("instructed_currency"),
        pl.when(pl.col("said").is_not_null()).then(spoken("said", "more")).alias("narrative"),
        spoken("AddtlTxInf", pl.when(pl.col("said").is_null()).then("more")).alias("paid_additional"),
        pl.col("Refs/AcctSvcrRef").alias("paid_reference"),
        iso_code().alias("paid_code"),
        pl.col(OWN_CODE).alias("paid_own_code"),
    )


def spoken(*texts: pl.Expr | pl.Series | str) -> pl.Expr:
    """Texts that are there with a space between them; NULL when there is none."""
    return _filled(pl.concat_str(texts, separator=" ", ignore_nulls=True))


def iso_code() -> pl.Expr:
    """The ISO code, as far as it is printed."""
    return _filled(pl.concat_str(CODES, separator="/", ignore_nulls=True))


def reversing(printed: str) -> pl.Expr:
    """Whether an entry says that it reverses another."""
    return pl.col(printed).is_in(["true", "1"]).fill_null(value=False)


def _filled(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)


def _from_debtor(incoming: pl.Expr) -> pl.Expr:
    """Whether the other side is Dbtr, else Cdtr: where incoming money came from, where outgoing money went; never the
    account of the statement.
    """
    debtor, creditor = (pl.coalesce(_ACCOUNT[end]) for end in _ENDS)
    likely, other = (
        pl.when(incoming).then(one).otherwise(two) for one, two in [(debtor, creditor), (creditor, debtor)]
    )
    own = pl.col("account")
    return incoming ^ (likely.eq_missing(own) & other.is_not_null() & other.ne_missing(own))


def _end(paths: Mapping[str, Sequence[str]]) -> pl.Expr:
    debtor, creditor = (pl.coalesce(paths[end]) for end in _ENDS)
    return pl.when("from_debtor").then(debtor).otherwise(creditor)
