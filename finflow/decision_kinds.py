"""The kinds of decision: what subject, object and value of each mean, and what must be there before it can be decided.

The one place of it: the checks of `people` and `decision_ids`, `finflow decide --help` and docs/decisions.md read it.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

ROLES = ("suspect", "convicted", "possible victim", "victim", "child", "witness", "third party", "other")
PARTY_KINDS = ("natural", "legal", "unknown")
FUNCTIONS = (
    "prosecutor", "public prosecutor", "lead prosecutor", "chief prosecutor", "investigating judge",
    "lead investigator",
)  # fmt: skip
"""Who may override a protection, by function."""
LISTS = ("adult_adverts", "lodging", "exchange", "money_service", "agency", "prepaid", "shelter", "privileged")

ELECTIONS = ("linked_first",)


@dataclass(frozen=True)
class Kind:
    """One kind of decision: `subject`, `object` and `value` in words, an empty one is not given.

    `subject_is`, `object_is`: which of decision_ids.KNOWN they must be among; empty = anything, or checked by the verb.
    `choices`: what `chosen_in` (object or label) must be one of. `object_needed`: it cannot be left out.
    """

    subject: str
    object: str = ""
    value: str = ""
    subject_is: str = ""
    object_is: str = ""
    object_needed: bool = False
    choices: tuple[str, ...] = ()
    chosen_in: str = ""


_PART = "amount = the part, when it is not the whole"

KINDS = {
    "party": Kind("an id you give a person or firm", "the name", "label = natural, legal or unknown",
                  choices=PARTY_KINDS, chosen_in="label"),
    "holder": Kind("an account", "the party that holds it",
                   subject_is="account", object_is="party", object_needed=True),
    "same_as": Kind("a party", "the party it is the same as",
                    subject_is="party", object_is="party", object_needed=True),
    "role": Kind("a party", f"the role: {', '.join(ROLES)}", subject_is="party", choices=ROLES, chosen_in="object"),
    "listed": Kind("a name or an account, as it is printed", f"the list: {', '.join(LISTS)}",
                   choices=LISTS, chosen_in="object"),
    "proceeds": Kind("a leg", "", f"label = the origin (offence, victim or payment); {_PART}", subject_is="leg"),
    "cash_link": Kind("the leg of a cash deposit", "the leg of the withdrawal, or none",
                      "evidence = what shows that the cash is the same, when a withdrawal is named; label = the "
                      f"origin, when none is; {_PART}", subject_is="leg", object_is="leg"),
    "gap_acknowledged": Kind("an account", "the month, for example 2025-08", "label = its state, else as it is now",
                             object_needed=True),
    "mirror": Kind("a leg", "the leg on the other side of the same transfer",
                   subject_is="leg", object_is="leg", object_needed=True),
    "not_mirror": Kind("a leg", "a leg that is never to be joined to it",
                       subject_is="leg", object_is="leg", object_needed=True),
    "asset_payment": Kind("an asset, registered now or later", "the leg that paid for it", _PART,
                          object_is="leg", object_needed=True),
    "repaid": Kind("a leg that paid a claimant back, as a whole", "",
                   "label = the origin that his money was marked with", subject_is="leg"),
    "earlier_debit": Kind("a credit", "the debit before it on the same account that it was to pay for",
                          f"evidence = what shows that they were one plan; {_PART}",
                          subject_is="leg", object_is="leg", object_needed=True),
    "election": Kind("an asset, registered now or later", "",
                     "label = linked_first: under libr its payments take linked money first",
                     choices=ELECTIONS, chosen_in="label"),
    "withdrawn": Kind("a source file, by its name or SHA-256: kept as it is, left out of everything"),
    "privileged": Kind("an entry or a leg whose content nobody may use: day and amount stay", subject_is="leg"),
    "sharing_permitted": Kind("a source file, by its name or SHA-256", "the partner it may go to",
                              "evidence = the provider's consent"),
    "policy": Kind("a policy of tracing, for example method; recorded before results are seen", "the value chosen",
                   object_needed=True),
    "protection_overridden": Kind("a party or an asset", "", f"label = function of who decided: {', '.join(FUNCTIONS)}",
                                  subject_is="party or asset", choices=FUNCTIONS, chosen_in="label"),
}  # fmt: skip


def explained() -> Iterator[str]:
    """Each kind in lines of a terminal."""
    for name, kind in KINDS.items():
        given = [f"subject = {kind.subject}", f"object = {kind.object}" * bool(kind.object), kind.value]
        yield from textwrap.wrap(f"{name}: {'; '.join(filter(None, given))}", 76, subsequent_indent="    ")


def tabled() -> Iterator[str]:
    """The same as a table of Markdown."""
    yield "| kind | subject | object | value |"
    yield "|---|---|---|---|"
    for name, kind in KINDS.items():
        yield f"| {name} | {kind.subject} | {kind.object} | {kind.value} |"
