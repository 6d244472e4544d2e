"""The whole case in one ledger, from one seed."""

from dataclasses import dataclass

from finflow.sample.collectors import add_de24, add_deposits, add_nl23, add_nl25
from finflow.sample.earnings import Earned, earnings
from finflow.sample.firm import add_firm
from finflow.sample.household import add_nl20, add_nl22
from finflow.sample.hungary import add_hu31, add_hu32
from finflow.sample.ledger import Entry, Ledger
from finflow.sample.look_alikes import add_look_alikes
from finflow.sample.moldova import add_moldova
from finflow.sample.persons import add_persons
from finflow.sample.wallet import add_wallet


@dataclass(frozen=True)
class Story:
    """What happened: who earned what on which day, every movement, and every account's entries in order."""

    earned: Earned
    ledger: Ledger
    books: dict[str, list[Entry]]


def tell(seed: int) -> Story:
    """Make the case. Money that comes in is written before money that goes out can be placed."""
    earned = earnings(seed)
    ledger = Ledger()
    add_persons(ledger, seed, earned)
    add_wallet(ledger, seed, earned)
    for add in (
        add_hu31,
        add_hu32,
        add_deposits,
        add_firm,
        add_nl23,
        add_de24,
        add_nl25,
        add_nl20,
        add_nl22,
        add_moldova,
        add_look_alikes,
    ):
        add(ledger, seed)
    return Story(earned, ledger, ledger.entries())
