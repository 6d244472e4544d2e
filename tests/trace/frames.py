"""Random ledgers as the frames that a case hands out, rows in any order."""

import random
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from finflow.trace.ledger import Ledger, ledger_of
from finflow.trace.marks import marks_on
from finflow.trace.plan import Marks, Plan, plan
from finflow.trace.rows import LEG_COLUMNS
from finflow.trace.state import ARRIVED, OUT
from tests.trace.build import WORDS, merged, summed
from tests.trace.ledgers import Maker

CENT = {"EUR": Decimal("0.01"), "HUF": Decimal("0.01")}
START = date(2025, 1, 1)


def leg_id(number: int) -> str:
    return f"leg{number:05d}"


def rows_of(made: Maker, legs_a_day: int = 3) -> list[dict]:
    rows = []
    for i, leg in enumerate(made.legs):
        pair = leg.get("pair")
        account, currency = leg["pocket"]
        reverses = leg.get("reverses")
        rows.append(
            {
                "leg_id": leg_id(i), "side": leg["side"], "transfer_id": transfer_of(made, i), "account_id": account,
                "currency": currency, "position": i + 1, "amount": leg["amount"] * CENT[currency],
                "booking_date": START + timedelta(days=i // legs_a_day), "booked_at": None, "chained": False,
                "kind": kind_of(leg),
                "is_reversal": reverses is not None, "counterparty_inside": pair is not None,
                "rule": "cash link" if is_link(made, i) else "one leg held",
                "reverses": None if reverses is None else transfer_of(made, reverses),
                "linked": None if leg.get("cash_link") is None else leg["cash_link"] * CENT[currency],
            }
        )  # fmt: skip
    return rows


def kind_of(leg: dict) -> str:
    if leg.get("interest"):
        return "interest"
    return "cash_deposit" if leg.get("brings") == "cash" else "transfer"


def days_moved(rows: list[dict], chance: random.Random) -> list[dict]:
    """Some lines booked days earlier or later than they came, and some days proved by the balances printed on them."""
    for row in rows:
        row["booking_date"] += timedelta(days=chance.choice([0, 0, 0, 0, -1, 1, 2]))
        row["chained"] = chance.random() < 0.3
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
    return pl.DataFrame(rows, schema=LEG_COLUMNS)


def openings_of(made: Maker) -> pl.DataFrame:
    rows = [(account, currency, x * CENT[currency]) for (account, currency), x in made.opening.items()]
    schema = {"account_id": pl.String, "currency": pl.String, "opening": pl.Decimal(28, 8)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def marks_of(made: Maker, ledger: Ledger) -> Marks | None:
    rows = [
        (leg_id(i), origin, None if part is None else part * CENT[leg["pocket"][1]])
        for i, leg in enumerate(made.legs)
        for origin, part in leg.get("marks", [])
    ]
    schema = {"leg_id": pl.String, "origin": pl.String, "amount": pl.Decimal(28, 8)}
    return marks_on(ledger, pl.DataFrame(rows, schema=schema, orient="row")) if rows else None


def ledger_from(made: Maker, shuffle: int | None = None, legs_a_day: int = 3) -> Ledger:
    return ledger_of(frame_of(rows_of(made, legs_a_day), shuffle), openings_of(made))


def words_by_leg(
    ledger: Ledger, marks: Marks, method: str, same_day: str = "printed", everywhere: bool = False
) -> dict:
    """What a replay says, by the number of the leg in the random ledger: marked money only."""
    return words_of_plan(plan(ledger, marks, same_day, everywhere=everywhere), method)


def words_of_plan(planned: Plan, method: str) -> dict:
    ledger, marks = planned.ledger, planned.marks
    replayed = planned.replay(method)
    ids = ledger.legs["leg_id"].to_list()
    number = [int(ids[leg][3:]) if ids[leg] else -1 for leg in planned.legs]
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
