"""Which bank lines an invented investigator marked as proceeds or linked, and why; a person's marks, not the truth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from finflow.sample.bank_files import Delivered
from finflow.sample.case import Story
from finflow.sample.ledger import Entry

INVESTIGATOR = "Financial investigator A. Verhulsdonk"
_MARKED_ON, _LINKED_ON = "2026-05-07", "2026-05-08"


@dataclass(frozen=True)
class Mark:
    """Why entries of one kind are marked; in `origin` {who} is the person whose work was paid for."""

    origin: str
    why: str
    evidence: str


MARKS = {
    "payment": Mark(
        "payments for {who}'s work",
        "paid by a stranger on the account of a person possibly exploited, at work that day",
        "adverts and messages, report AH-022",
    ),
    "night card": Mark(
        "terminal at night",
        "card payment on the firm's terminal between 23:00 and 03:00, in round sums",
        "terminal log, report AH-027",
    ),
    "wallet payment": Mark(
        "wallet", "small payment at night on the wallet run from a suspect's device", "device report D-02"
    ),
    "wallet emptied": Mark(
        "wallet", "wallet emptied in a month for which its own lines are not held", "device report D-02"
    ),
    "collectors' cash": Mark(
        "collected cash", "cash paid in by a collector on a collecting day", "messages M-101 to M-214, machine pictures"
    ),
    "firm's cash": Mark(
        "cash through the firm",
        "like sums each Tuesday evening, also while the firm was closed",
        "till rolls, report AH-028",
    ),
    "loan-back cash": Mark(
        "cash lent back",
        "notes carried to Hungary in August 2025 and paid in within three days",
        "messages M-260 to M-271",
    ),
}

Rows = Iterable[Sequence[object]]


def marked(story: Story, delivered: Delivered) -> list[tuple[Entry, str]]:
    """The credits marked as proceeds, with their origin, account by account."""
    held = {entry.number for entries in story.books.values() for entry in entries if _held_debit(entry, delivered)}
    return [
        (entry, MARKS[entry.movement.tag].origin.format(who=entry.movement.origin))
        for entries in story.books.values()
        for entry in entries
        if entry.movement.tag in MARKS and entry.side == "CRDT" and delivered.place(entry) and entry.number not in held
    ]


def _held_debit(entry: Entry, delivered: Delivered) -> bool:
    """A movement whose debit was delivered is followed from its own sources, not marked again where it arrives."""
    return entry.side == "DBIT" and delivered.place(entry) is not None


def cash_linked(story: Story) -> list[Entry]:
    """The four counter deposits on HU-31."""
    return [entry for entry in story.books["HU-31"] if entry.movement.tag == "cash of unknown origin"]


def golden_credits(story: Story) -> list[Entry]:
    """The transfers from suspects' accounts on the nine credit days of HU-31."""
    return [entry for entry in story.books["HU-31"] if entry.movement.tag == "to HU-31"]


def proceeds_rows(story: Story, delivered: Delivered) -> Rows:
    """proceeds.csv: file, locator, detail_no, amount, origin and why."""
    for entry, origin in marked(story, delivered):
        mark = MARKS[entry.movement.tag]
        yield *_place(entry, delivered), "", "", origin, INVESTIGATOR, _MARKED_ON, mark.why, mark.evidence


def cash_link_rows(story: Story, delivered: Delivered) -> Rows:
    """cash_links.csv: cash that no bank paid out before."""
    why = "a suspect carried the notes: flight the day before and a message with the sum"
    for number, entry in enumerate(cash_linked(story), 1):
        evidence = f"passenger list and message M-{400 + number}"
        yield *_place(entry, delivered), "", "", "", "", "cash carried to HU", INVESTIGATOR, _LINKED_ON, why, evidence


def golden_rows(story: Story, delivered: Delivered) -> Rows:
    """golden/proceeds_hu31.csv: the nine days marked directly and whole."""
    why = "transfer from a suspect's account, marked directly and whole"
    for entry in golden_credits(story):
        yield *_place(entry, delivered), "", "", "suspects' accounts", INVESTIGATOR, _MARKED_ON, why, "report AH-050"


def _place(entry: Entry, delivered: Delivered) -> tuple[str, str]:
    place = delivered.place(entry)
    if place is None:
        raise ValueError(f"{entry.label}: a line that was not delivered cannot be cited")
    return place
