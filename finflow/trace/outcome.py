"""From what a replay says to frames in the words of the case: amounts as decimals, legs as bank lines."""

import numpy as np
import polars as pl

from finflow.trace.engine import Replayed
from finflow.trace.exact import Integers
from finflow.trace.ledger import Ledger
from finflow.trace.plan import Cited
from finflow.trace.state import (
    ALREADY_LINKED,
    ARRIVED,
    BACK,
    CUT_OFF,
    EARNED,
    ENTERED,
    EXCHANGED_IN,
    EXCHANGED_OUT,
    EXTINGUISHED,
    FEE,
    NONE,
    OTHER_LABELS,
    OUT,
    SHORTFALL,
)

ENDS = ("held", "in transit", "cash", "left the case", "asset", "fee", "extinguished", "returned", "already linked",
        "cut off")  # fmt: skip
"""Where marked money is in the end. *returned*: taken back by whoever had paid it in. *in transit*: sent to an account
inside the case on which no line shows it arriving. *already linked*: marked, but it carried an origin before.
*cut off*: less than the policy dust lets follow."""

KINDS = {
    OUT: "out", ARRIVED: "arrived", BACK: "back", EXTINGUISHED: "extinguished", FEE: "fee",
    EXCHANGED_OUT: "exchanged out", EXCHANGED_IN: "exchanged in", ENTERED: "entered",
    ALREADY_LINKED: "already linked", SHORTFALL: "reversal shortfall",
    EARNED: "interest", CUT_OFF: "cut off",
}  # fmt: skip


def frames(cited: Cited, replayed: Replayed, payments: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Everything a trail holds, as frames that can be stored. payments: asset_id, leg_id of a debit."""
    ledger = cited.ledger
    rows = said(cited, replayed, payments)
    lying = _lying(cited, replayed)
    marked = rows.filter(pl.col("marked"))
    ends = _ends(marked, lying)
    return {
        "transfers": _decimals(ledger, _transfers(marked), "traced", "arrived"),
        "held": _decimals(ledger, _held(lying), "traced"),
        "ends": _decimals(ledger, ends, "amount"),
        "proof": _decimals(ledger, _proof(marked, ends), *PROOF[2:]),
        "other": _decimals(ledger, _other(rows), "amount"),
        "remarks": _decimals(ledger, _remarks(cited, marked), "amount"),
        "steps": _steps(marked),
        "lying": lying,
    }


def said(cited: Cited, replayed: Replayed, payments: pl.DataFrame) -> pl.DataFrame:
    """The rows of a replay, each with its leg: row, kind, label, units, source, marked, and the columns of the leg."""
    labels = pl.Series([*cited.origins, *OTHER_LABELS], dtype=pl.String)
    names = ("kind", "event", "label_no", "units", "source")
    rows = pl.DataFrame({name: replayed.rows[:, i] for i, name in enumerate(names)}).with_row_index("row")
    legs = _legs(cited, np.unique(replayed.rows[:, 1]), payments)
    return rows.with_columns(
        pl.col("row").cast(pl.Int64),
        pl.col("kind").replace_strict(KINDS, return_dtype=pl.String),
        labels.gather(rows["label_no"]).alias("label"),
        marked=pl.col("label_no") < len(cited.origins),
    ).join(legs, on="event", maintain_order="left")


def _legs(cited: Cited, events: Integers, payments: pl.DataFrame) -> pl.DataFrame:
    """One row for each of these events: its bank line, where its money ends when it leaves the case, and the event it
    reverses."""
    ledger = cited.ledger
    paid_for = payments.group_by("leg_id").agg(pl.col("asset_id").sort().first())
    legs = ledger.described(cited.legs[events]).join(paid_for, on="leg_id", how="left", maintain_order="left")
    undone = pl.DataFrame(cited.undo, schema={"event": pl.Int64, "original": pl.Int64})
    legs = legs.with_columns(event=pl.Series(events)).join(undone, on="event", how="left", maintain_order="left")
    end = (
        pl.when(pl.col("side") == "CRDT").then(None)
        .when(pl.col("pair") != NONE).then(None)
        .when(pl.col("asset_id").is_not_null()).then(pl.lit("asset"))
        .when((pl.col("kind") == "cash_withdrawal") | pl.col("is_link")).then(pl.lit("cash"))
        .when(pl.col("kind") == "fee").then(pl.lit("fee"))
        .when(pl.col("is_reversal")).then(pl.lit("returned"))
        .when(pl.col("counterparty_inside")).then(pl.lit("in transit"))
        .otherwise(pl.lit("left the case"))
    )  # fmt: skip
    pair_currency = ledger.pockets["currency"].gather(ledger.calendar.pocket[legs["pair"].clip(0).to_numpy()])
    return legs.select(
        "event", "leg_id", "side", "transfer_id", "account_id", "booking_date", "asset_id", "currency", "is_link",
        pair_currency=pair_currency, end=end, original=pl.col("original").fill_null(NONE),
    )  # fmt: skip


def _decimals(ledger: Ledger, frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    for name in names:
        frame = ledger.decimals(frame, name, "arrived_currency" if name == "arrived" else "currency")
    return frame


def _sums(rows: pl.DataFrame, *by: str) -> pl.DataFrame:
    return rows.group_by(by, maintain_order=True).agg(pl.col("units").sum())


def _transfers(marked: pl.DataFrame) -> pl.DataFrame:
    """What of each transfer is traced, on the leg where it left and on the leg where it arrived."""
    by = ("transfer_id", "label")
    out = marked.filter(pl.col("kind") == "out").group_by(by).agg(
        pl.col("units").sum().alias("left"), pl.col("currency").first().alias("left_currency"),
        pl.col("end").first(), pl.col("asset_id").first(), pl.col("event").min().alias("left_at"),
    )  # fmt: skip
    arrived = marked.filter(pl.col("kind") == "arrived").group_by(by).agg(
        pl.col("units").sum().alias("arrived"), pl.col("currency").first().alias("arrived_currency"),
        pl.col("event").min().alias("arrived_at"), pl.col("label_no").first(),
    )  # fmt: skip
    cut = marked.filter(pl.col("kind") == "cut off").select(*by, pl.lit("cut off").alias("cut")).unique()
    both = out.join(arrived, on=by, how="full", coalesce=True).join(cut, on=by, how="left")
    both = both.filter((pl.col("left").fill_null(0) > 0) | (pl.col("arrived").fill_null(0) > 0))
    return both.sort(pl.coalesce("left_at", "arrived_at"), "transfer_id", "label").select(
        "transfer_id", origin="label", traced=pl.coalesce("left", "arrived"),
        currency=pl.coalesce("left_currency", "arrived_currency"), arrived="arrived",
        arrived_currency="arrived_currency", end=pl.coalesce("end", "cut"), asset_id="asset_id",
    )  # fmt: skip


def _lying(cited: Cited, replayed: Replayed) -> pl.DataFrame:
    """Marked money that lies on the accounts in the end: account_id, origin, units, currency, source."""
    held = replayed.held[replayed.held[:, 1] < len(cited.origins)]
    pockets = cited.ledger.pockets[cited.pockets[held[:, 0]]]
    origins = pl.Series(cited.origins, dtype=pl.String)
    return pockets.select("account_id", "currency").with_columns(
        origin=origins.gather(pl.Series(held[:, 1])), units=pl.Series(held[:, 2]), source=pl.Series(held[:, 3])
    )


def _held(lying: pl.DataFrame) -> pl.DataFrame:
    sums = lying.group_by("account_id", "origin", "currency").agg(pl.col("units").sum().alias("traced"))
    return sums.sort("account_id", "currency", "origin").select("account_id", "origin", "traced", "currency")


def _ends(marked: pl.DataFrame, lying: pl.DataFrame) -> pl.DataFrame:
    """Where the marked money is: origin, end, amount (minor units), currency."""
    gone = marked.filter((pl.col("kind") == "out") & pl.col("end").is_not_null())
    ends_by_event = gone.select("event", "end").unique()
    back = marked.filter(pl.col("kind") == "back").drop("end").join(
        ends_by_event, left_on="original", right_on="event", how="left"
    )  # fmt: skip
    named = marked.filter(pl.col("kind").is_in(["extinguished", "fee", "already linked", "cut off"])).with_columns(
        end=pl.when((pl.col("kind") == "fee") & pl.col("is_link")).then(pl.lit("cash")).otherwise("kind"),
        currency=pl.when(pl.col("kind") == "fee").then("pair_currency").otherwise("currency"),
    )
    columns = ("label", "end", "units", "currency")
    held = lying.select(pl.col("origin").alias("label"), pl.lit("held").alias("end"), "units", "currency")
    parts = [
        gone.select(columns),
        back.with_columns(units=-pl.col("units")).select(columns),
        named.select(columns),
        held,
    ]
    sums = _sums(pl.concat(parts), "label", "end", "currency").filter(pl.col("units") != 0)
    order = pl.col("end").replace_strict({end: i for i, end in enumerate(ENDS)}, return_dtype=pl.Int64)
    return sums.sort("label", "currency", order).select(origin="label", end="end", amount="units", currency="currency")


PROOF = (
    "origin",
    "currency",
    "marked",
    "interest",
    "exchanged_in",
    *(end.replace(" ", "_") for end in ENDS),
    "exchanged_out",
    "residue",
)


def _proof(marked: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """Per origin and currency: what was marked, earned and exchanged in, where it is, and the residue: must be 0."""
    entered = marked.filter(pl.col("kind").is_in(["entered", "already linked"])).with_columns(kind=pl.lit("marked"))
    exchanged = marked.filter(pl.col("kind").str.starts_with("exchanged")).with_columns(
        kind=pl.col("kind").str.replace(" ", "_"),
        currency=pl.when(pl.col("kind") == "exchanged out").then("pair_currency").otherwise("currency"),
    )
    earned = marked.filter(pl.col("kind") == "interest")
    columns = ("label", "currency", "kind", "units")
    where = ends.select(
        label="origin", currency="currency", kind=pl.col("end").str.replace_all(" ", "_"), units="amount"
    )
    every = pl.concat([*(rows.select(columns) for rows in (entered, exchanged, earned)), where])
    names = PROOF[2:-1]
    wide = every.group_by("label", "currency").agg(
        pl.col("units").filter(pl.col("kind") == name).sum().alias(name) for name in names
    )
    came = pl.sum_horizontal(PROOF[2:5])
    went = pl.sum_horizontal(names[3:])
    proof = wide.with_columns(residue=came - went).rename({"label": "origin"}).select(PROOF)
    return proof.filter(pl.any_horizontal(pl.col(names) != 0)).sort("origin", "currency")


def _other(rows: pl.DataFrame) -> pl.DataFrame:
    """Other money in the same transfers as traced money, by its kind: reported apart, never traced."""
    other = rows.filter(~pl.col("marked") & pl.col("kind").is_in(["out", "arrived"]))
    left = other.filter(pl.col("kind") == "out")
    only_arrived = other.filter(pl.col("kind") == "arrived").join(left, on="transfer_id", how="anti")
    sums = _sums(pl.concat([left, only_arrived]), "transfer_id", "label", "currency").filter(pl.col("units") > 0)
    return sums.rename({"units": "amount"})


def _remarks(cited: Cited, marked: pl.DataFrame) -> pl.DataFrame:
    """What a reader must know: overlaps of marks, reversals that took other money, rings of one day."""
    columns = ("what", "transfer_id", "account_id", "booking_date", "origin", "amount", "currency")
    special = marked.filter(pl.col("kind").is_in(["already linked", "reversal shortfall"]) & (pl.col("units") > 0))
    noted = special.with_columns(what="kind", origin="label", amount="units").select(columns)
    rings = cited.ledger.described(cited.rings).with_columns(
        what=pl.lit("accounts wait for each other: replayed in the order of the ledger"),
        origin=pl.lit(None, pl.String), amount=pl.col("units"),
    ).select(columns).sort("booking_date", "account_id", "transfer_id")  # fmt: skip
    return pl.concat([noted, rings])


def _steps(marked: pl.DataFrame) -> pl.DataFrame:
    """Marked money on its way, leg by leg: what left which lot, what arrived from where. Units are minor units."""
    steps = marked.filter(pl.col("kind").is_in(["out", "arrived"]))
    gone = marked.filter(pl.col("kind") == "extinguished").group_by("source").agg(pl.col("units").sum().alias("gone"))
    first_out = (
        steps.filter(pl.col("kind") == "out").group_by("event", "label").agg(pl.col("row").min().alias("origin_row"))
    )
    steps = steps.join(gone, left_on="row", right_on="source", how="left", maintain_order="left").join(
        first_out, left_on=["original", "label"], right_on=["event", "label"], how="left", maintain_order="left"
    )
    came_back = (pl.col("kind") == "arrived") & (pl.col("source") == NONE)
    return steps.select(
        "row", "kind", "leg_id", "transfer_id", "account_id", "booking_date", "asset_id", "currency", "units",
        origin="label",
        source=pl.when(came_back).then(pl.col("origin_row").fill_null(NONE)).otherwise("source"),
        gone=pl.col("gone").fill_null(0), restores=pl.col("origin_row").fill_null(NONE),
    )  # fmt: skip
