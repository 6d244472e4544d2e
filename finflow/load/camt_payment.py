"""One payment of a camt entry (TxDtls): the other side of it, and what was said about it."""

from decimal import Decimal, InvalidOperation

from finflow.load.camt_paths import Found

NUMBERS = ("IBAN", "Othr/Id", "BBAN", "PrtryAcct/Id", "UPIC")
BANKS = ("BICFI", "BIC", "CmbndId/BIC", "Nm", "NmAndAdr/Nm", "CmbndId/Nm")
CODES = ("BkTxCd/Domn/Cd", "BkTxCd/Domn/Fmly/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd")
OWN_CODE = "BkTxCd/Prtry/Cd"
CHARGES = ("Chrgs/TtlChrgsAndTaxAmt", "Chrgs/Rcrd/Amt", "Chrgs/Amt")

_ENDS = ("Dbtr", "Cdtr")
_PARTY = ("Nm", "Pty/Nm", "Agt/FinInstnId/Nm")
_ACCOUNT = {end: tuple(f"RltdPties/{end}Acct/Id/{number}" for number in NUMBERS) for end in _ENDS}
_ULTIMATE = {end: tuple(f"RltdPties/Ultmt{end}/{path}" for path in ("Nm", "Pty/Nm")) for end in _ENDS}
_NAME = {end: (*(f"RltdPties/{end}/{path}" for path in _PARTY), *_ULTIMATE[end]) for end in _ENDS}
_BANK = {end: tuple(f"RltdAgts/{end}Agt/FinInstnId/{path}" for path in BANKS) for end in _ENDS}
_AMOUNTS = ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/CntrValAmt/Amt", "AmtDtls/InstdAmt/Amt")
_SAID = ("RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/CdtrRefInf/CdtrRef", "RmtInf/Strd/AddtlRmtInf")
_RETURNED = ("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry", "RtrInf/RtrRsn/Cd", "RtrInf/RtrRsn/Prtry", "RtrInf/AddtlInf",
             "RtrInf/AddtlRtrRsnInf")  # fmt: skip

PAYMENT_TEXTS = (
    "CdtDbtInd", "Refs/EndToEndId", "Refs/UETR", "Refs/AcctSvcrRef", "Purp/Cd", "Purp/Prtry", "AddtlTxInf",
    *CODES, OWN_CODE, *(path for kind in (_ACCOUNT, _NAME, _BANK) for end in _ENDS for path in kind[end]),
)  # fmt: skip
PAYMENT_LISTED = (*_AMOUNTS, *_SAID, *_RETURNED, *CHARGES)


def read_payment(paid: Found, *, side: str | None, reversal: bool, own_account: str | None) -> dict[str, str | None]:
    """The parts of a record that one payment gives; `side` and `reversal` are those of its entry."""
    side = paid.text("CdtDbtInd") or side
    end = _other_end(paid, incoming=(side == "CRDT") != reversal, own_account=own_account)
    instructed, currency = paid.amount("AmtDtls/InstdAmt/Amt")
    said, more = paid.all(*_SAID), [*_returned(paid), *charges(paid)]
    additional = [paid.text("AddtlTxInf") or "", *([] if said else more)]
    return {
        "counterparty_account": paid.text(*_ACCOUNT[end]),
        "counterparty_name": paid.text(*_NAME[end]),
        "counterparty_bank": paid.text(*_BANK[end]),
        "purpose_code": paid.text("Purp/Cd", "Purp/Prtry"),
        "end_to_end_id": paid.text("Refs/EndToEndId"),
        "uetr": paid.text("Refs/UETR"),
        "ultimate_name": paid.text(*_ULTIMATE[end]),
        "instructed_amount": instructed,
        "instructed_currency": currency,
        "narrative": " ".join([*said, *more]) if said else None,
        "additional": " ".join(additional).strip() or None,
    }


def paid_in(paid: Found, currency: str | None) -> Decimal | None:
    """What a payment moved in the currency of its entry; None when it does not say so, or no more than zero."""
    for path in _AMOUNTS:
        printed, its_currency = paid.amount(path)
        value = decimal(printed)
        if value is not None and its_currency == currency:
            return value if value > 0 else None
    return None


def charges(found: Found) -> list[str]:
    """Charges of an entry or a payment, in words; those of nothing are left out."""
    elements = next((found.listed[path] for path in CHARGES if path in found.listed), [])
    return [f"charges {element.get('Ccy')} {element.text.strip()}" for element in elements if decimal(element.text)]


def decimal(printed: str | None) -> Decimal | None:
    """A number as printed; None when it is none."""
    try:
        value = Decimal((printed or "").strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < 10**20 else None


def _returned(paid: Found) -> list[str]:
    reason = paid.all(*_RETURNED)
    return [f"return reason {' '.join(reason)}"] if reason else []


def _other_end(paid: Found, *, incoming: bool, own_account: str | None) -> str:
    """Dbtr or Cdtr: where incoming money came from, where outgoing money went; never the account of the statement."""
    likely, other = _ENDS if incoming else reversed(_ENDS)
    if paid.text(*_ACCOUNT[likely]) == own_account and paid.text(*_ACCOUNT[other]) not in (None, own_account):
        return other
    return likely
