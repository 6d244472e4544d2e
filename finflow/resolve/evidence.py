"""What speaks for and against two legs being one movement: accounts, names, references, text, days and amounts."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from finflow.rates import Rate, Rates
from finflow.resolve.days import business_days
from finflow.resolve.names import AGREES, DIFFERS, NOT_PRINTED, UNCLEAR, compare

DAYS = 3  # business days of both States that a payment may take; judgement
FEE_MOST = Decimal(50)  # an intermediary's fee, in euro; judgement
RATE_APART = Decimal("0.10")  # how far a bank's exchange may lie from the reference rate of the day; judgement

EQUAL, INSTRUCTED, FEE, EXCHANGE = "amount", "instructed amount", "amount net of a fee", "amount after exchange"
FAR = "the implied rate is far from the reference rate of the day"
NO_RATE = "no reference rate to compare the amounts by; keep a rates file: finflow rates CASE FILE"
APART = "the amounts differ by more than a fee"


@dataclass(frozen=True)
class Evidence:
    """Two legs and what they say of each other."""

    legs: tuple[tuple[str, str], tuple[str, str]]  # side and leg id, debit first
    debit_place: tuple[Any, ...]  # account, day, amount, currency: who is alike in these is one for another
    credit_place: tuple[Any, ...]
    order: tuple[Any, ...]
    days: int
    calendar_days: int
    same_uetr: bool
    reference: str
    words: str
    only_here: bool
    debtor_printed: bool
    creditor_printed: bool
    debtor_name: str
    creditor_name: str
    covered: bool
    exchanged: bool
    amount: str
    rate: str

    @property
    def accounts(self) -> int:
        """How many of the two accounts the other side prints."""
        return self.debtor_printed + self.creditor_printed

    @property
    def open_name(self) -> str:
        """What the names say about the sides whose account is not printed; one that differs decides."""
        names = [
            name
            for name, printed in ((self.debtor_name, self.debtor_printed), (self.creditor_name, self.creditor_printed))
            if not printed
        ]
        return next((verdict for verdict in (DIFFERS, UNCLEAR, AGREES) if verdict in names), NOT_PRINTED)

    @property
    def amount_agrees(self) -> bool:
        """Whether both sides speak of the same amount."""
        return self.amount in (EQUAL, INSTRUCTED)

    @property
    def amount_fits(self) -> bool:
        """Whether the amounts can be those of one payment: the same, net of a fee, or after exchange."""
        return self.amount in (EQUAL, INSTRUCTED, FEE, EXCHANGE)

    @property
    def rate_missing(self) -> bool:
        """Whether amounts of two currencies could not be compared."""
        return self.amount == NO_RATE

    def agreed(self) -> list[str]:
        """What agrees, in words without any value of the lines."""
        found = {
            "UETR": self.same_uetr, "reference": self.reference == AGREES, "debtor's account": self.debtor_printed,
            "creditor's account": self.creditor_printed, "debtor's name": self.debtor_name == AGREES,
            "creditor's name": self.creditor_name == AGREES, "text": self.words == AGREES,
            self.amount + self.rate: self.amount_fits,
        }  # fmt: skip
        near = "same business day" if self.calendar_days else "same day"
        days = near if self.days == 0 else f"{self.days} business day{'s' if self.days > 1 else ''}"
        return [what for what, agrees in found.items() if agrees] + [days]

    def differed(self) -> list[str]:
        """What differs or cannot be compared, in words without any value of the lines."""
        verdicts = {
            "reference": self.reference, "debtor's name": self.debtor_name, "creditor's name": self.creditor_name,
            "text": self.words,
        }  # fmt: skip
        found = [
            f"{what} {'differs' if verdict == DIFFERS else 'is unclear'}"
            for what, verdict in verdicts.items()
            if verdict in (DIFFERS, UNCLEAR)
        ]
        return found if self.amount_fits else [*found, self.amount + self.rate]


def weigh(row: dict[str, Any], holders: dict[str, list[str]], rates: Rates) -> Evidence:
    """The evidence of one row of `mirror.sql`. `holders`: account -> names of its holder."""
    amount, rate = _amount(row, rates)
    return Evidence(
        legs=(("DBIT", row["debit_leg"]), ("CRDT", row["credit_leg"])),
        debit_place=tuple(row[f"debit_{part}"] for part in ("account", "day", "amount", "currency")),
        credit_place=tuple(row[f"credit_{part}"] for part in ("account", "day", "amount", "currency")),
        order=tuple(row[name] for name in ("debit_order", "debit_leg", "credit_order", "credit_leg")),
        days=business_days(row["debit_day"], row["credit_day"], row["debit_account"], row["credit_account"]),
        calendar_days=(row["credit_day"] - row["debit_day"]).days,
        reference=_verdict(row["same_reference"]),
        words=_verdict(row["same_words"]),
        debtor_name=compare((row["debtor_name"], row["ultimate_debtor"]), holders.get(row["debit_account"], [])),
        creditor_name=compare((row["creditor_name"], row["ultimate_creditor"]), holders.get(row["credit_account"], [])),
        exchanged=row["debit_currency"] != row["credit_currency"],
        amount=amount,
        rate=rate,
        **{name: row[name] for name in ("same_uetr", "only_here", "debtor_printed", "creditor_printed", "covered")},
    )


def _verdict(same: bool | None) -> str:
    return NOT_PRINTED if same is None else AGREES if same else DIFFERS


def _amount(row: dict[str, Any], rates: Rates) -> tuple[str, str]:
    """What the two amounts say, and for an exchange by which rates."""
    sent, came, day = row["debit_amount"], row["credit_amount"], row["debit_day"]
    sold, bought = rates.of(row["debit_currency"], day), rates.of(row["credit_currency"], day)
    fee = FEE_MOST * (sold.per_euro if sold else 1)
    if row["debit_currency"] == row["credit_currency"]:
        if sent == came:
            return EQUAL, ""
        if row["instructed"]:
            return INSTRUCTED, ""
        return (FEE if 0 <= sent - came <= min(fee, sent / 2) else APART), ""
    if row["instructed"]:
        return INSTRUCTED, ""
    if sold is None or bought is None:
        return NO_RATE, ""
    return _exchange(sent, came, fee, sold, bought)


def _exchange(sent: Decimal, came: Decimal, fee: Decimal, sold: Rate, bought: Rate) -> tuple[str, str]:
    """Whether what came is what was sent at about the reference rate, less a fee."""
    rate = bought.per_euro / sold.per_euro
    least = max(sent - fee, sent / 2) * rate * (1 - RATE_APART)
    fits = least <= came <= sent * rate * (1 + RATE_APART)
    sources = "; ".join(dict.fromkeys(of.source for of in (sold, bought) if of.source))
    of_day = min(found.on for found in (sold, bought) if found.on)
    said = f" (implied rate {came / sent:.6g}, reference rate {rate:.6g} of {of_day}, {sources})"
    return (EXCHANGE if fits else FAR), said
