"""Random ledgers as the frames that a case hands out, rows in any order."""

import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import ClassVar

import polars as pl

from finflow.trace.ledger import Ledger, ledger_of
from finflow.trace.marks import marks_on
from finflow.trace.plan import Marks, Plan, plan
from finflow.trace.rows import BREAK_COLUMNS, LEG_COLUMNS, OPENING_COLUMNS, Rows
from finflow.trace.state import ARRIVED, OUT
from tests.trace.build import WORDS, merged, summed
from tests.trace.ledgers import Maker

CENT = {"EUR": Decimal("0.01"), "HUF": Decimal("0.01")}
START = date(2025, 1, 1)


def leg_id(number: int) -> str:
    return f"leg{number:05d}"


def rows_of(made: Maker, legs_a_day: int = 3) -> list[dict]:
    """Each leg with what a kernel reads and what the records say of it; its number is its place in the ledger as made."""
    rows = []
    accounts, currencies = account_numbers(made), list(CENT)
    for i, leg in enumerate(made.legs):
        pair = leg.get("pair")
        account, currency = leg["pocket"]
        reverses = leg.get("reverses")
        again = reverses is not None and made.legs[reverses].get("reverses") is not None
        rows.append(
            {
                "number": i, "pair_number": pair, "reverses_number": None if again else reverses,
                "account_no": accounts[account],
                "other_no": None if pair is None else accounts[made.legs[pair]["pocket"][0]],
                "currency_no": currencies.index(currency), "position": i + 1, "is_debit": leg["side"] == "DBIT",
                "amount": leg["amount"] * CENT[currency], "booking_date": START + timedelta(days=i // legs_a_day),
                "booked_at": None, "chained": False, "is_cash": kind_of(leg) == "cash_deposit",
                "is_interest": kind_of(leg) == "interest", "opens_ring": False,
                "leg_id": leg_id(i), "transfer_id": transfer_of(made, i), "account_id": account, "kind": kind_of(leg),
                "is_reversal": reverses is not None, "counterparty_inside": pair is not None,
                "is_link": is_link(made, i),
                "linked": None if leg.get("cash_link") is None else leg["cash_link"] * CENT[currency],
            }
        )  # fmt: skip
    return rows


def account_numbers(made: Maker) -> dict[str, int]:
    return {account: i for i, account in enumerate(sorted({leg["pocket"][0] for leg in made.legs}))}


TEXTS = {"leg_id": pl.String, "transfer_id": pl.String, "account_id": pl.String, "kind": pl.String,
         "is_reversal": pl.Boolean, "counterparty_inside": pl.Boolean, "is_link": pl.Boolean,
         "linked": pl.Decimal(28, 8)}  # fmt: skip


class FrameRecords:
    """The records of a random ledger."""

    units: ClassVar[dict[str, int]] = {"EUR": 2, "HUF": 2}

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self.links = frame.filter("is_link").select("number", amount="linked")

    def accounts(self, numbers: pl.Series) -> pl.DataFrame:
        return self.frame.select("account_no", "account_id").unique()

    def find(self, leg_ids: pl.Series) -> pl.DataFrame:
        found = self.frame.filter(pl.col("leg_id").is_in(leg_ids.implode()))
        return found.select("leg_id", "number", "account_no")

    def describe(self, numbers: pl.Series) -> pl.DataFrame:
        found = self.frame.filter(pl.col("number").is_in(numbers.implode()))
        return found.select("number", "leg_id", "transfer_id", "kind", "is_reversal", "counterparty_inside")


def kind_of(leg: dict) -> str:
    if leg.get("interest"):
        return "interest"
    return "cash_deposit" if leg.get("brings") == "cash" else "transfer"


def days_moved(rows: list[dict], chance: random.Random) -> list[dict]:
    """Some lines booked days earlier or later than they came; some days proved by balances, on some times printed."""
    for row in rows:
        row["booking_date"] += timedelta(days=chance.choice([0, 0, 0, 0, -1, 1, 2]))
        row["chained"] = chance.random() < 0.3
        if chance.random() < 0.6:
            row["booked_at"] = datetime.combine(row["booking_date"], time(chance.randint(0, 23)))
    return rows


def transfer_of(made: Maker, number: int) -> str:
    pair = made.legs[number].get("pair")
    return f"t{number if pair is None else min(number, pair):05d}"


def is_link(made: Maker, number: int) -> bool:
    pair = made.legs[number].get("pair")
    return any(made.legs[i].get("cash_link") is not None for i in (number, pair) if i is not None)


def frame_of(rows: list[dict], shuffle: int | None = None) -> pl.DataFrame:
    if shuffle is not None:
        random.Random(shuffle).shuffle(rows)
    return pl.DataFrame(rows, schema=LEG_COLUMNS | TEXTS)


def openings_of(made: Maker) -> pl.DataFrame:
    accounts = account_numbers(made)
    rows = [
        (accounts[account], currency, x * CENT[currency])
        for (account, currency), x in made.opening.items()
        if account in accounts
    ]
    return pl.DataFrame(rows, schema=OPENING_COLUMNS, orient="row")


def marks_of(made: Maker, ledger: Ledger) -> Marks | None:
    rows = [
        (leg_id(i), origin, None if part is None else part * CENT[leg["pocket"][1]])
        for i, leg in enumerate(made.legs)
        for origin, part in leg.get("marks", [])
    ]
    schema = {"leg_id": pl.String, "origin": pl.String, "amount": pl.Decimal(28, 8)}
    return marks_on(ledger, pl.DataFrame(rows, schema=schema, orient="row")) if rows else None


def ledger_from(made: Maker, shuffle: int | None = None, legs_a_day: int = 3) -> Ledger:
    return ledger_of_rows(made, rows_of(made, legs_a_day), shuffle=shuffle)


def ledger_of_rows(
    made: Maker, rows: list[dict], breaks: pl.DataFrame | None = None, shuffle: int | None = None
) -> Ledger:
    """The ledger of some rows, whose order nobody has found yet."""
    legs = frame_of(rows, shuffle)
    no_breaks = pl.DataFrame(schema=BREAK_COLUMNS)
    return ledger_of(
        Rows(legs, openings_of(made), no_breaks if breaks is None else breaks, in_order=False), FrameRecords(legs)
    )


def words_by_leg(
    ledger: Ledger, marks: Marks, method: str, same_day: str = "printed", everywhere: bool = False
) -> dict:
    """What a replay says, by the number of the leg in the random ledger: marked money only."""
    return words_of_plan(plan(ledger, marks, same_day, everywhere=everywhere), method)


def words_of_plan(planned: Plan, method: str) -> dict:
    ledger, marks = planned.ledger, planned.marks
    replayed = planned.replay(method)
    number = [int(name[3:]) if name else -1 for name in ledger.described(planned.legs)["leg_id"]]
    count = len(marks.origins)
    rows = [(int(k), number[e], marks.origins[x], int(a)) for k, e, x, a, _ in replayed.rows if x < count]
    out = {word: summed([r[1:] for r in rows if r[0] == kind]) for word, kind in WORDS.items()}
    for word, kind in (("out", OUT), ("arrived", ARRIVED)):
        out[word] = summed([r[1:] for r in rows if r[0] == kind])
    out["held"] = {}
    names = list(zip(*ledger.pockets.select("account_id", "currency").get_columns(), strict=True))
    for pocket, label, amount, _ in replayed.held:
        if label < count:
            key = (names[planned.pockets[pocket]], marks.origins[label])
            out["held"][key] = out["held"].get(key, 0) + int(amount)
    return out


def marked_words_of_oracle(words: dict, origins: list[str]) -> dict:
    """The oracle's words cut down to marked money, by leg and origin."""
    out = {word: {k: v for k, v in words[word].items() if k[1] in origins} for word in WORDS}
    for word in ("out", "arrived"):
        out[word] = summed(
            [(leg, label, x) for leg, pairs in words[word].items() for label, x in pairs if label in origins]
        )
    out["held"] = {}
    for pocket, lots in words["lots"].items():
        for label, amount in merged(lots):
            if label in origins:
                out["held"][pocket, label] = out["held"].get((pocket, label), 0) + amount
    return out
