"""One goAML transaction as records: one for each account of the reporting entity's own in it.

An amount is booked in the local currency of the report, unless the account states another currency of its own: then the
foreign amount in that currency is what was booked, and without one the record is rejected.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from finflow.load.days import day_and_moment
from finflow.load.mapping import Mapping

Element = Any  # lxml ships no types
Parts = dict[str, str | None]

TRANSACTION_PARTS = (
    "locator", "account", "bank", "holder", "currency", "amount", "side", "booking_date", "booked_at", "value_date",
    "counterparty_account", "counterparty_name", "counterparty_bank", "code", "other_code", "instructed_amount",
    "instructed_currency", "bank_reference", "narrative", "rule", "fault",
)  # fmt: skip

NEVER_KEPT = {  # who reported, and why: nothing a reader of the case may learn from it
    "rentity_id", "rentity_branch", "submission_code", "report_code", "entity_reference", "fiu_ref_number",
    "reporting_person", "reporting_user_code", "location", "reason", "action", "report_indicators", "report_indicator",
    "teller", "authorized", "agent_name", "comments", "transaction_is_suspicious", "conductor_is_suspected",
    "is_suspected", "significance",
}  # fmt: skip

SIDES = {"t_from_my_client": "from", "t_from": "from", "t_to_my_client": "to", "t_to": "to"}
PERSON = ("first_name", "middle_name", "prefix", "last_name")
NO_ROLE = "the role of a party does not say who pays and who receives: list the roles under [sides] of a mapping"
SEVERAL = "several pay or several receive, and what each paid or received is not stated"
NO_AMOUNT = "the account states a currency of its own, and no amount in it is stated"


@dataclass(frozen=True)
class _End:
    """One side of a transaction. `subject`: its account, person or entity; `prefix`: of its elements."""

    place: str
    mine: bool
    pays: bool
    node: Element
    subject: Element
    prefix: str

    @property
    def is_account(self) -> bool:
        return "account" in local(self.subject)

    def stated(self, name: str) -> str | None:
        """Text of an element of this side, such as funds_code."""
        return text(self.node, f"{self.prefix}{name}")


def local(element: Element) -> str:
    """Name of an element without its namespace."""
    name: str = etree.QName(element).localname
    return name


def text(element: Element, path: str) -> str | None:
    """Text at a path without the spaces around it, in any namespace; None when there is none."""
    found = element.findtext("/".join(f"{{*}}{step}" for step in path.split("/")))
    return (found.strip() or None) if found else None


def read_transaction(
    element: Element, locator: str, currency: str | None, mapping: Mapping | None, zone: str
) -> list[Parts]:
    """The records of one transaction; `currency`: the local one of the report; `zone`: where printed times are."""
    try:
        ends = list(_ends(element, mapping))
        if len({end.pays for end in ends}) < len(ends):
            raise ValueError(SEVERAL)
    except ValueError as why:
        return [{"locator": locator, "fault": str(why)}]
    own = [end for end in ends if end.mine and end.is_account]
    if not own:
        return [{"locator": locator, "rule": "no side inside"}]
    common, default = _common(element, zone), mapping.bank if mapping else None
    return [
        common
        | {"locator": f"{locator}/{end.place}"}
        | _booked(end, text(element, "amount_local"), currency)
        | _others(end, next((other for other in ends if other is not end), None), default)
        for end in own
    ]


def _ends(element: Element, mapping: Mapping | None) -> Iterator[_End]:
    """The sides of a transaction. Raises ValueError for a party of a role that is not known."""
    for place, side in SIDES.items():
        for node in element.findall(f"{{*}}{place}"):
            names = (f"{side}_account", f"{side}_person", f"{side}_entity")
            yield _End(place, place.endswith("my_client"), side == "from", node, _subject(node, names), f"{side}_")
    for number, node in enumerate(element.findall("{*}involved_parties/{*}party"), 1):
        subject = _subject(node, ("account", "person", "entity"))
        mine = local(subject).endswith("my_client")
        yield _End(f"party[{number}]", mine, _pays(text(node, "role"), mapping), node, subject, "")


def _subject(node: Element, names: tuple[str, ...]) -> Element:
    """The account, person or entity of a side."""
    for part in node:
        if local(part).removesuffix("_my_client") in names:
            return part
    raise ValueError("a side names no account, no person and no entity")


def _pays(role: str | None, mapping: Mapping | None) -> bool:
    """Whether a party of this role pays, by the [sides] of the mapping."""
    sides = mapping.sides if mapping else None
    for pays, roles in ((True, sides.debit), (False, sides.credit)) if sides else ():
        if role and role.lower() in [known.strip().lower() for known in roles]:
            return pays
    raise ValueError(NO_ROLE)


def _common(element: Element, zone: str) -> Parts:
    done, moment = day_and_moment(text(element, "date_transaction"), zone)
    posted, _ = day_and_moment(text(element, "date_posting"), zone)
    due, _ = day_and_moment(text(element, "value_date"), zone)
    return {
        "booking_date": posted or done,
        "booked_at": moment if posted in (None, done) else None,
        "value_date": due,
        "code": text(element, "transmode_code"),
        "bank_reference": text(element, "transactionnumber"),
        "narrative": text(element, "transaction_description"),
    }


def _booked(end: _End, amount: str | None, currency: str | None) -> Parts:
    """What the account of a side was booked, and the other amount stated."""
    foreign = [end.stated(f"foreign_currency/{name}") for name in ("foreign_amount", "foreign_currency_code")]
    stated = [amount, currency]
    kept_in = text(end.subject, "currency_code")
    other = kept_in not in (None, currency)
    if other and kept_in == foreign[1]:
        stated, foreign = foreign, stated
    return {
        "side": "DBIT" if end.pays else "CRDT",
        "amount": stated[0],
        "currency": stated[1],
        "instructed_amount": foreign[0],
        "instructed_currency": foreign[1],
        "fault": NO_AMOUNT if other and kept_in != stated[1] else None,
    }


def _others(end: _End, other: _End | None, default: str | None) -> Parts:
    """Who holds the account of a side, and who is on the other one. `default`: the bank where the report names none."""
    account, bank, holder = _named(end)
    found = _named(other) if other else (None, None, None)
    funds = other.stated("funds_code") if other else None
    return {
        "account": account,
        "bank": bank or default,
        "holder": holder,
        "counterparty_account": found[0],
        "counterparty_bank": found[1],
        "counterparty_name": found[2],
        "other_code": f"{'to' if end.pays else 'from'}/{funds}" if funds else None,
    }


def _named(end: _End) -> tuple[str | None, str | None, str | None]:
    """Account, bank and name of a side."""
    subject = end.subject
    if not end.is_account:
        name = text(subject, "name") or " ".join(filter(None, (text(subject, part) for part in PERSON)))
        return None, None, name or None
    banks = (text(subject, name) for name in ("swift", "institution_code", "institution_name"))
    return (
        text(subject, "iban") or text(subject, "account"),
        next(filter(None, banks), None),
        text(subject, "account_name") or text(subject, "t_entity/name"),
    )
