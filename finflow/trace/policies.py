"""What a trace decides where law or records leave a choice: parameters with names, printed with every result.

A value may be followed by exceptions, `printed, ACCOUNT_ID=credits_first`: for same_day by account, for dust by
currency (`EUR=0.50, HUF=200`). No policy links an opening balance: that takes the earlier statements, and a person who
marks the line on which the money came.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches

from finflow.errors import FinflowError
from finflow.money import minor_units

ALLOWED: dict[str, tuple[str, ...]] = {
    "method": ("fifo", "lifo", "pro_rata", "libr", "tainted_first"),
    "same_day": ("printed", "ledger", "credits_first", "debits_first"),
    "sub_rule": ("pro_rata", "fifo"),
    "opening": ("other_money", "own_money"),
    "overdraft": ("extinguishes",),
    "reversal": ("restores_lots", "new_deposit"),
    "fee": ("in_proportion", "other_money_first", "linked_money_first"),
    "interest": ("other_money", "in_proportion"),
    "exchange": ("actual_amounts",),
    "transit": ("kept",),
    "outside": ("left_the_case",),
    "cash": ("stops_unless_linked", "stops"),
    "dust": ("none",),
}
"""Every policy with what it may be; the first is the default."""

MEANING = {
    "method": "which money leaves a mixed account first",
    "same_day": "the order of a day for which the records show none",
    "sub_rule": "lowest balance and linked money first: how several origins share what is taken from them",
    "opening": "what the balance before the first line counts as; no amount depends on it",
    "overdraft": "what becomes of money that repays the bank",
    "reversal": "where a payment that comes back lies: where it had lain, or behind all other money",
    "fee": "from which money a fee between two banks is taken",
    "interest": "what interest credited by the bank counts as",
    "exchange": "at which rate money changes currency",
    "transit": "what becomes of money between the day it leaves one account and the day it comes to the next",
    "outside": "what becomes of money that goes to an account whose records are not held",
    "cash": "whether a trail goes on through cash that a person joined",
    "dust": "below which amount an origin is not followed into a further account",
}


SAID = {
    "method": {
        "": "accounting rule", "fifo": "first in first out", "lifo": "last in first out", "pro_rata": "pro rata",
        "libr": "lowest balance", "tainted_first": "linked money first",
    },
    "same_day": {
        "": "order within a day", "printed": "as printed", "ledger": "as listed, whatever times are printed",
        "credits_first": "credits first", "debits_first": "debits first",
    },
    "sub_rule": {
        "": "several origins in one payment", "pro_rata": "in proportion", "fifo": "first in first out among them",
    },
    "opening": {
        "": "balance before the first line", "other_money": "other money", "own_money": "the holder's own money",
    },
    "overdraft": {"": "money that repays the bank", "extinguishes": "no longer followed"},
    "reversal": {
        "": "payment that comes back", "restores_lots": "restores exactly what had left",
        "new_deposit": "what had left, as the newest money",
    },
    "fee": {
        "": "fee between two banks", "in_proportion": "in proportion", "other_money_first": "from other money first",
        "linked_money_first": "from linked money first",
    },
    "interest": {"": "interest", "other_money": "other money", "in_proportion": "as the money it was paid on"},
    "exchange": {"": "exchange", "actual_amounts": "the two amounts booked"},
    "transit": {"": "money under way", "kept": "kept together, in its order, until it arrives"},
    "outside": {
        "": "accounts outside the case",
        "left_the_case": "no longer followed, and what comes from there is other money unless a payment comes back",
    },
    "cash": {
        "": "cash", "stops_unless_linked": "the trail stops unless a person linked it",
        "stops": "the trail stops, whatever a person linked",
    },
    "dust": {"": "small amounts", "none": "all followed"},
}  # fmt: skip
"""Policies and their values as a judge reads them; the name of the policy itself stands under the empty key."""

BY_KEY = {"same_day": "ACCOUNT_ID=credits_first", "dust": "EUR=0.50"}
"""Policies that take exceptions, each with what one looks like."""


def policies(**chosen: str) -> dict[str, str]:
    """Every policy with its value, the defaults filled in and exceptions in order.

    Raises FinflowError for a policy or a value that does not exist, with those that do.
    """
    for name, value in chosen.items():
        if name not in ALLOWED:
            near = get_close_matches(name, ALLOWED, n=1)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise FinflowError(f"There is no policy of that name. {hint}Policies: {', '.join(ALLOWED)}.")
        if not isinstance(value, str) or not is_value(name, value):
            more = f", with exceptions as in {ALLOWED[name][0]}, {BY_KEY[name]}" if name in BY_KEY else ""
            raise FinflowError(f"{name} takes one of: {', '.join(ALLOWED[name])}{more}.")
    return {name: _in_order(name, chosen.get(name, values[0])) for name, values in ALLOWED.items()}


def is_value(name: str, text: str) -> bool:
    """Whether a policy may be this."""
    if name not in BY_KEY:
        return text in ALLOWED[name]
    value, exceptions = parted(name, text)
    fits = _is_amount if name == "dust" else ALLOWED[name].__contains__
    known = _is_currency if name == "dust" else bool
    return value in ALLOWED[name] and all(known(key) and fits(one) for key, one in exceptions.items())


def is_same(name: str, one: str, other: str) -> bool:
    """Whether two texts of a policy say the same; one that an earlier version knew, as it is written."""
    return one == other or (
        is_value(name, one) and is_value(name, other) and _in_order(name, one) == _in_order(name, other)
    )


def parted(name: str, text: str) -> tuple[str, dict[str, str]]:
    """The value of a policy (the default when only exceptions are given), and its exceptions by key."""
    parts = [part.strip() for part in text.split(",")]
    plain = [part for part in parts if "=" not in part]
    pairs = [part.rpartition("=") for part in parts if "=" in part]
    return ", ".join(plain) if plain else ALLOWED[name][0], {key.strip(): one.strip() for key, _, one in pairs}


def with_value(name: str, text: str, value: str) -> str:
    """The text of a policy with another value before its exceptions."""
    return _joined(value, parted(name, text)[1])


def said(name: str, text: str) -> str:
    """A value as a judge reads it. Accounts are counted, not named: a page may be shared."""
    if name not in BY_KEY:
        return SAID[name][text]
    value, exceptions = parted(name, text)
    if name == "dust":
        below = " and ".join(f"{amount} {currency}" for currency, amount in exceptions.items())
        return f"below {below} no longer followed" if below else SAID[name][value]
    given = list(exceptions.values())
    counted = [f", {SAID[name][one]} on accounts named: {given.count(one)}" for one in ALLOWED[name] if one in given]
    return SAID[name][value] + "".join(counted)


def unnamed(values: Mapping[str, str]) -> dict[str, str]:
    """The values as the log keeps them: accounts with an order of their own are numbered, never named."""
    value, by_account = parted("same_day", values["same_day"])
    numbered = {f"account {n}": order for n, order in enumerate(sorted(by_account.values()), 1)}
    return {**values, "same_day": _joined(value, numbered)}


def rule_of(values: Mapping[str, str]) -> str:
    """What a kernel replays for these policies: the method, and its sub-rule where that changes what it does."""
    one_by_one = values["method"] in ("libr", "tainted_first") and values["sub_rule"] == "fifo"
    return f"{values['method']} fifo" if one_by_one else values["method"]


def _in_order(name: str, text: str) -> str:
    return _joined(*parted(name, text)) if name in BY_KEY else text


def _joined(value: str, exceptions: Mapping[str, str]) -> str:
    return ", ".join([value, *(f"{key}={exceptions[key]}" for key in sorted(exceptions))])


def _is_currency(code: str) -> bool:
    try:
        minor_units(code)
    except FinflowError:
        return False
    return True


def _is_amount(text: str) -> bool:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return False
    return amount.is_finite() and amount > 0
