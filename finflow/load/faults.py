"""Why a record cannot become an entry, as SQL: each reason names the column and never its value."""

from typing import TYPE_CHECKING

from finflow.load import cells
from finflow.money import PLACES

if TYPE_CHECKING:
    from finflow.load.judgement import Query

EMPTY = "{} is empty"
TOO_FINE = f"{{}} has more than {PLACES} decimals, which cannot be kept exactly; it is never rounded"


def faults(query: "Query") -> str:
    """SQL: the reason of the reader, else every other one, joined by semicolons; NULL when there is none."""
    found = ", ".join([*_amount(query), *_currency(query), *_times(query), *_owner(query)])
    return f"coalesce(fault, CASE WHEN coalesce({found}) IS NOT NULL THEN concat_ws('; ', {found}) END)"


def _when(query: "Query", condition: str, reason: str, *parts: str) -> str:
    """SQL: the reason, with the source's own names for the parts, when the condition holds."""
    names = [query.reading.printed.get(part, part) for part in parts]
    return f"CASE WHEN {condition} THEN {query.bind(reason.format(*names))} END"


def _amount(query: "Query") -> list[str]:
    if query.has("debit", "credit"):
        return _apart(query)
    found = [_when(query, "amount IS NULL", EMPTY, "amount"), _unreadable(query, "amount")]
    if query.has("side"):
        found += [
            _when(query, "side IS NULL OR side NOT IN ('CRDT', 'DBIT')", "{} says neither credit nor debit", "side"),
            _when(query, "amount_value < 0", "{} is negative although {} says the side", "amount", "side"),
        ]
    if query.two_sided and query.two_sided.whole:
        found.append(_when(query, "signed < 0", "{} is negative on a row that stands for both sides", "amount"))
    return found + _balance(query)


def _apart(query: "Query") -> list[str]:
    """Debit and credit in columns of their own: one of them holds the amount, the other nothing or zero."""
    minus = (
        "debit_value > 0 OR credit_value < 0"
        if query.reading.negative_debits
        else "debit_value < 0 OR credit_value < 0"
    )
    two = "debit_value <> 0 AND credit_value <> 0"
    return [
        _when(query, "debit IS NULL AND credit IS NULL", "{} and {} are both empty", "debit", "credit"),
        _when(query, two, "{} and {} both hold an amount", "debit", "credit"),
        _when(query, minus, "{} or {} has a sign the mapping does not expect", "debit", "credit"),
        _unreadable(query, "debit"),
        _unreadable(query, "credit"),
        *_balance(query),
    ]


def _balance(query: "Query") -> list[str]:
    return [_unreadable(query, "balance")] if query.has("balance") else []


def _unreadable(query: "Query", part: str) -> str:
    money = query.reading.money
    form = f"decimal sign {money.decimal!r}, thousands sign {money.thousands!r}"
    fine = _when(query, f"regexp_full_match({part}::VARCHAR, {query.bind(money.too_fine())})", TOO_FINE, part)
    other = _when(query, "TRUE", f"{{}} is not an amount ({form})", part)
    return f"CASE WHEN {part} IS NOT NULL AND {part}_value IS NULL THEN coalesce({fine}, {other}) END"


def _currency(query: "Query") -> list[str]:
    return [
        _when(query, "currency IS NULL", EMPTY, "currency"),
        _when(query, "currency IS NOT NULL AND unit IS NULL", "{} is not an ISO 4217 code", "currency"),
        _when(query, "finer(signed, unit)", "{} has more decimals than its currency", "amount"),
    ]


def _times(query: "Query") -> list[str]:
    reading = query.reading
    form = f"{{}} is not a date of the form {reading.dates}"
    found = [
        _when(query, "booking_date IS NULL", EMPTY, "booking_date"),
        _when(query, f"booking_date IS NOT NULL AND ({_impossible('day')})", form, "booking_date"),
    ]
    if query.has("value_date"):
        found.append(_when(query, f"value_date IS NOT NULL AND ({_impossible('value_day')})", form, "value_date"))
    if reading.moments is not None:
        moment = f"{{}} is not a time of the form {reading.moments}"
        found.append(_when(query, "booked_at IS NOT NULL AND day IS NOT NULL AND moment IS NULL", moment, "booked_at"))
    return found


def _impossible(day: str) -> str:
    return f"{day} IS NULL OR {day} NOT BETWEEN DATE '{cells.FIRST_DAY}' AND DATE '{cells.LAST_DAY}'"


def _owner(query: "Query") -> list[str]:
    if query.two_sided is None:
        return [_when(query, "account_id IS NULL", EMPTY, "account")]
    return [
        _when(query, "signed <> 0 AND NOT own_inside", "the side the row is written from is not one of those inside"),
        _when(query, "signed <> 0 AND account_id IS NULL", "the account of the side inside is empty"),
    ]
