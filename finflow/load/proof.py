"""Figures that prove a reading: what was read from paper counts only when balances or totals agree with it."""

import re
from decimal import Decimal

from finflow.errors import FinflowError
from finflow.load.cells import THOUSANDS, Money

ASK = "Mend what was read there, or ask for the statement as CSV, camt.053 or MT940."


def exact(text: str, money: Money) -> Decimal | None:
    """The signed amount a text of that form stands for; None when it is none."""
    plain = text.strip().replace("\u2212", "-")
    if not re.fullmatch(money.pattern(), plain):
        return None
    marks = THOUSANDS.get(money.thousands, money.thousands)
    digits = "".join(letter for letter in plain if letter not in marks).replace(money.decimal, ".")
    minus = "-" in digits or digits.startswith("(")
    value = Decimal(digits.strip("+-() "))
    return -value if minus else value


class Chain:
    """The running balance of one statement, taken line by line."""

    def __init__(self, name: str, opening: Decimal | None) -> None:
        self._name, self._balance = name, opening
        self._open_since: str | None = None  # first line that no balance has proved yet
        self._lines = 0

    def take(self, locator: str, signed: Decimal, printed: Decimal | None) -> None:
        """One line. Raises FinflowError where its printed balance does not follow from the one before."""
        self._lines += 1
        if self._balance is None and printed is None:
            raise FinflowError(
                f"{self._name} {locator}: no balance before this line is known, so nothing proves that it was read "
                "right. Name `opening` in the layout."
            )
        expected = None if self._balance is None else self._balance + signed
        if printed is not None and expected is not None and printed != expected:
            raise FinflowError(
                f"{self._name} {locator}: the balance printed here does not follow from the line before. {ASK}"
            )
        self._balance = printed if printed is not None else expected
        self._open_since = None if printed is not None else self._open_since or locator

    def close(self, locator: str, closing: Decimal | None) -> None:
        """The end of the statement. Raises FinflowError when it does not agree, or leaves lines that nothing proves."""
        if closing is not None and self._balance is not None and closing != self._balance:
            raise FinflowError(
                f"{self._name} {locator}: the closing balance does not agree with the lines before it. {ASK}"
            )
        if closing is None and self._open_since is not None:
            raise FinflowError(
                f"{self._name} {self._open_since}: no balance is printed at or after this line, so nothing proves that "
                "it was read right. Name `closing` in the layout."
            )

    @property
    def balance(self) -> Decimal | None:
        """The balance so far; None before the first that is known."""
        return self._balance
