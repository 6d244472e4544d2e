"""What a trace decides where law or records leave a choice: parameters with names, printed with every result."""

from difflib import get_close_matches

from finflow.errors import FinflowError

ALLOWED: dict[str, tuple[str, ...]] = {
    "method": ("fifo", "lifo", "pro_rata", "libr", "tainted_first"),
    "same_day": ("printed", "credits_first", "debits_first"),
    "sub_rule": ("pro_rata",),
    "opening": ("other_money",),
    "overdraft": ("extinguishes",),
    "reversal": ("restores_lots",),
    "fee": ("in_proportion",),
    "interest": ("other_money",),
    "exchange": ("actual_amounts",),
    "cash": ("stops_unless_linked",),
}
"""Every policy with what it may be; the first is the default."""

MEANING = {
    "method": "which money leaves a mixed account first",
    "same_day": "the order of a day for which the records show none",
    "sub_rule": "libr and tainted_first: how several origins share what is taken from them",
    "opening": "what the balance before the first line counts as",
    "overdraft": "what becomes of money that repays the bank",
    "reversal": "what a payment that comes back restores",
    "fee": "from which money a fee between two banks is taken",
    "interest": "what interest credited by the bank counts as",
    "exchange": "at which rate money changes currency",
    "cash": "whether a trail goes on through cash",
}


SAID = {
    "method": {
        "": "accounting rule", "fifo": "first in first out", "lifo": "last in first out", "pro_rata": "pro rata",
        "libr": "lowest balance", "tainted_first": "linked money first",
    },
    "same_day": {
        "": "order within a day", "printed": "as printed",
        "credits_first": "credits first", "debits_first": "debits first",
    },
    "sub_rule": {"": "several origins in one payment", "pro_rata": "in proportion"},
    "opening": {"": "balance before the first line", "other_money": "other money"},
    "overdraft": {"": "money that repays the bank", "extinguishes": "no longer followed"},
    "reversal": {"": "payment that comes back", "restores_lots": "restores exactly what had left"},
    "fee": {"": "fee between two banks", "in_proportion": "in proportion"},
    "interest": {"": "interest", "other_money": "other money"},
    "exchange": {"": "exchange", "actual_amounts": "the two amounts booked"},
    "cash": {"": "cash", "stops_unless_linked": "the trail stops unless a person linked it"},
}  # fmt: skip
"""Policies and their values as a judge reads them; the name of the policy itself stands under the empty key."""


def policies(**chosen: str) -> dict[str, str]:
    """Every policy with its value, the defaults filled in.

    Raises FinflowError for a policy or a value that does not exist, with those that do.
    """
    for name, value in chosen.items():
        if name not in ALLOWED:
            near = get_close_matches(name, ALLOWED, n=1)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise FinflowError(f"There is no policy {name!r}. {hint}Policies: {', '.join(ALLOWED)}.")
        if value not in ALLOWED[name]:
            raise FinflowError(f"{name} {value!r} is not known. Use one of: {', '.join(ALLOWED[name])}.")
    return {name: chosen.get(name, values[0]) for name, values in ALLOWED.items()}
