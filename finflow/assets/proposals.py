"""What was proposed, and whether the sum exceeds what is known to be there: `case.proposals`, `case.over_freezing`."""

from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from finflow import store
from finflow.assets.facts import Asset, gather
from finflow.assets.words import say
from finflow.law import basis
from finflow.results import Result, money

if TYPE_CHECKING:
    from finflow.case import Case

_ALL = """
    SELECT * EXCLUDE (recorded_at), measure <> 'release' AND proposal_no > coalesce(max(
        CASE WHEN measure = 'release' THEN proposal_no END) OVER (PARTITION BY asset_id), 0)
        AND proposal_no = max(proposal_no) OVER (PARTITION BY asset_id, measure) AS stands
    FROM proposal ORDER BY proposal_no
"""
NOT_KNOWN = "not recorded"


@dataclass(frozen=True)
class Proposals(Result):
    """Every proposal, in the order of recording. Columns: those of table proposal, then stands (the last for its asset
    and measure, not released since), asset (what a page calls it), state (ISO 3166)."""

    element: ClassVar[str] = "finflow-proposals"
    caption: ClassVar[str] = "Proposals, each for review by a person"

    def shown(self) -> pl.DataFrame:
        """What a page has room for: the override beside the proposal it made possible."""
        return self.frame.select(
            "proposal_no", "asset", "state", "measure", "basis", "currency", "amount_low", "amount_high", "why",
            "proposed_by", "proposed_on", "override_by", "override_why", "stands",
        )  # fmt: skip


@dataclass(frozen=True)
class Proposal(Proposals):
    """One proposal: a frame of one row, and the sentences a page prints."""

    element: ClassVar[str] = "finflow-proposal"
    caption: ClassVar[str] = "Proposal for review by a person"

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is proposed, on which basis and its mark, for what reason, on which trail, and what was overridden."""
        return _sentences(self.frame.to_dicts()[0])

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences)
        return f'<section class="finflow" id="{self.element}">{lines}</section>'

    def __str__(self) -> str:
        """The sentences, a line each."""
        return "\n".join(self.sentences)


@dataclass(frozen=True)
class OverFreezing(Result):
    """What is proposed to be frozen beside the value known, by suspect, State and currency, and over all States.

    Columns: suspect, state, currency, assets, low, high (sums of the proposals that stand, an asset or account counted
    once), value_known (what remains of the assets known), above_value. Currencies are never added.
    """

    element: ClassVar[str] = "finflow-over-freezing"
    caption: ClassVar[str] = f"Proposed freezing beside the value known. {say('proposal', 'benefit')}"


def proposals(case: "Case") -> Proposals:
    """Every proposal recorded, and whether it stands."""
    with case.logged("proposals"):
        frame, _ = _read(case)
    return Proposals(frame)


def one(case: "Case", number: int) -> Proposal:
    """The proposal of this number."""
    return Proposal(_read(case)[0].filter(pl.col("proposal_no") == number))


def over_freezing(case: "Case") -> OverFreezing:
    """Sum the freezes that stand, by suspect and State, beside the value known."""
    with case.logged("over_freezing"):
        frame, known = _read(case)
    frozen = {row["asset_id"]: row for row in frame.to_dicts() if row["stands"] and row["measure"] == "freeze"}
    rows = [_counted(asset, frozen.get(asset.asset_id)) for asset in known]
    rows += [_vanished(row) for asset_id, row in frozen.items() if asset_id not in {a.asset_id for a in known}]
    return OverFreezing(_sums(_once(pl.DataFrame(rows, schema=_ROW))))


_MONEY = pl.Decimal(28, 8)
_ROW: dict[str, Any] = {
    "suspect": pl.String, "state": pl.String, "currency": pl.String, "counted_as": pl.String, "assets": pl.Int64,
    "low": _MONEY, "high": _MONEY, "value_known": _MONEY,
}  # fmt: skip


def _counted(asset: Asset, frozen: dict[str, Any] | None) -> dict[str, Any]:
    nothing = Decimal(0)
    suspects = [person.called for person in (asset.holder, asset.owner) if person and person.suspect]
    return {
        "suspect": suspects[0] if suspects else NOT_KNOWN, "state": asset.state or NOT_KNOWN,
        "currency": asset.currency, "counted_as": asset.account_id or asset.asset_id, "assets": int(frozen is not None),
        "low": frozen["amount_low"] if frozen else nothing, "high": frozen["amount_high"] if frozen else nothing,
        "value_known": asset.remains,
    }  # fmt: skip


def _vanished(row: dict[str, Any]) -> dict[str, Any]:
    """A freeze of a balance the case no longer finds still counts."""
    return {
        "suspect": NOT_KNOWN, "state": NOT_KNOWN, "currency": row["currency"], "counted_as": row["asset_id"],
        "assets": 1, "low": row["amount_low"], "high": row["amount_high"], "value_known": Decimal(0),
    }  # fmt: skip


def _once(rows: pl.DataFrame) -> pl.DataFrame:
    """One row for what is registered twice, by its account: the larger one."""
    return rows.sort("high", "value_known", descending=True).unique(["counted_as", "currency"], keep="first")


def _sums(rows: pl.DataFrame) -> pl.DataFrame:
    values = [pl.col(name).sum() for name in ("assets", "low", "high", "value_known")]
    by_state = rows.group_by("suspect", "state", "currency").agg(values)
    together = rows.group_by("suspect", "currency").agg(values).with_columns(pl.lit("all States").alias("state"))
    frame = pl.concat([by_state, together.select(by_state.columns)]).filter(pl.col("assets") > 0)
    last = pl.col("state") == "all States"
    return frame.with_columns((pl.col("high") > pl.col("value_known")).alias("above_value")).sort(
        "suspect", last, "state", "currency"
    )


def _read(case: "Case") -> tuple[pl.DataFrame, list[Asset]]:
    with case.reading("proposals") as con:
        known = gather(con).assets
        frame = store.frame(con, _ALL)
    called = {asset.asset_id: asset.called for asset in known}
    states = {asset.asset_id: asset.state for asset in known}
    asset = pl.col("asset_id")
    return frame.with_columns(
        asset.replace_strict(called, default=pl.lit("an asset no longer found"), return_dtype=pl.String).alias("asset"),
        asset.replace_strict(states, default=None, return_dtype=pl.String).alias("state"),
    ), known


def _sentences(row: dict[str, Any]) -> tuple[str, ...]:
    said = [
        say(
            "proposal", row["measure"], number=row["proposal_no"], asset=row["asset"],
            state=f" ({row['state']})" if row["state"] else "", amount=_amount(row),
        ),
        say("proposal", "basis", basis=str(basis(row["basis"]))),
        say("proposal", "why", by=row["proposed_by"], why=row["why"]),
    ]  # fmt: skip
    if row["result_key"]:
        said.append(say("proposal", "trail", key=row["result_key"][:16]))
    if row["override_by"]:
        said.append(say("proposal", "override", by=row["override_by"], why=row["override_why"]))
    return tuple(said)


def _amount(row: dict[str, Any]) -> str:
    low, high = money(row["amount_low"]), money(row["amount_high"])
    return f"{row['currency']} {high}" if low == high else f"between {row['currency']} {low} and {high}"
