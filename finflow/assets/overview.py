"""The assets of a case, each with what is linked to proceeds and by which road it could be reached: `case.assets`."""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from finflow.assets.facts import Asset, Known, gather
from finflow.assets.linked import Amounts, Linked, link, nothing_linked
from finflow.assets.sheet import Sheet
from finflow.assets.words import routes, say
from finflow.errors import FinflowError
from finflow.resolve import refuse_unresolved
from finflow.results import Result

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace.trail import Trail

SMALL = 5
_MONEY = pl.Decimal(28, 8)
_COLUMNS: dict[str, Any] = {
    "asset_id": pl.String, "origin": pl.String, "kind": pl.String, "asset": pl.String, "state": pl.String,
    "holder": pl.String, "behind": pl.String, "amount": _MONEY, "currency": pl.String, "valued_on": pl.Date,
    "value_source": pl.String, "encumbrance": _MONEY, "encumbrance_holder": pl.String, "remains": _MONEY,
    "paid_currency": pl.String, "paid": _MONEY, "other": _MONEY, "at_least": _MONEY, "at_most": _MONEY,
    "rules_from": _MONEY, "rules_to": _MONEY, "of_suspect": pl.Boolean, "protected": pl.Boolean,
    "may_be_proposed": pl.Boolean, "note": pl.String,
}  # fmt: skip
_PAYMENTS = (
    "asset_id", "standing", "booking_date", "amount", "currency", "account", "exhibit", "locator", "said", "leg_id",
)  # fmt: skip
_ROUTES = ("asset_id", "route", "basis", "shown_by", "missing", "against")


@dataclass(frozen=True)
class Assets(Result):
    """One row per asset registered, then per balance found on an account nobody registered. Persons as pages call them.

    Columns: asset_id, origin (register, found), kind, asset, state (ISO 3166), holder, behind (assessment), amount,
    currency, valued_on, value_source, encumbrance, encumbrance_holder, remains (value less encumbrance); in
    paid_currency: paid, other (money that could have paid instead; NULL = not known), at_least and at_most by
    arithmetic, rules_from and rules_to over every accounting rule; of_suspect (a suspect holds it or is thought to
    stand behind), protected, may_be_proposed, note.
    payments: lines linked by a person, and candidates. bounds: the arithmetic by account that paid. methods: under
    each rule, lowest and highest over the orders of a day. routes: what is shown, missing and against, by legal route.
    """

    payments: pl.DataFrame
    bounds: pl.DataFrame
    methods: pl.DataFrame
    routes: pl.DataFrame
    unregistered: int = 0  # payments a person linked to an asset that nobody registered; they count for nothing

    element: ClassVar[str] = "finflow-assets"
    caption: ClassVar[str] = "Assets, and what of each is linked to proceeds: by arithmetic first, then over every rule"

    def shown(self) -> pl.DataFrame:
        """The columns a page has room for; the rest stands on the sheet of each asset."""
        return self.frame.filter(self._listed).select(
            "asset_id", "asset", "state", "holder", "currency", "amount", "valued_on", "encumbrance", "remains",
            "at_least", "at_most", "rules_from", "rules_to", "note",
        )  # fmt: skip

    @property
    def left_out_sentence(self) -> str:
        """What is not listed, in words; small numbers are not given."""
        count = self.frame.filter(~self._listed).height
        said = [say("sheet", "left_out", count=count if count >= SMALL else f"fewer than {SMALL}")] if count else []
        if self.unregistered:
            said.append(say("sheet", "unregistered", count=self.unregistered))
        return " ".join(said)

    @property
    def _listed(self) -> pl.Expr:
        """Balances of people nobody suspects are nobody's business on a page."""
        return (pl.col("origin") == "register") | pl.col("may_be_proposed")

    def _repr_html_(self) -> str:
        return super()._repr_html_() + f"<p>{escape(self.left_out_sentence)}</p>"

    def sheet(self, asset_id: str) -> Sheet:
        """The sheet of one asset. Raises FinflowError when there is none of that id."""
        return Sheet.of(self, asset_id)


def assets(case: "Case", trail: "Trail | None" = None) -> Assets:
    """Registered assets and last printed balances; with a trail also what of each is linked to its proceeds.

    Payments count when a person linked them to the asset; others that fit are shown as candidates.
    """
    with case.logged("assets", trail=trail.key if trail else None) as outcome:
        known, linked = look(case, trail)
        found = _assets(known, linked, traced=trail is not None)
        outcome["assets"] = found.frame.height
    return found


def look(case: "Case", trail: "Trail | None") -> tuple[Known, Linked]:
    """What the case knows about its assets, and what the trail links to them.

    Raises FinflowError for a trail of leads: no amount may be printed from one.
    """
    if trail is not None and trail.leads_only:
        raise FinflowError(say("refused", "leads"))
    with case.reading("assets") as con:
        refuse_unresolved(con)
        known = gather(con)
    held = known.payments.drop_nulls("transfer_id")
    return known, nothing_linked() if trail is None or held.is_empty() else link(case, trail)


def _assets(known: Known, linked: Linked, *, traced: bool) -> Assets:
    frame = pl.DataFrame([_row(asset, linked.of(asset.asset_id)) for asset in known.assets], schema=_COLUMNS)
    roads = [
        (asset.asset_id, *road)
        for asset in known.assets
        for road in routes(_facts(asset, known, linked, traced), _values(asset, known, linked))
    ]
    bounds = linked.bounds.with_columns(_account(known).alias("account")).drop("account_id")
    return Assets(
        frame, _payments(known), bounds, linked.methods,
        pl.DataFrame(roads, schema=dict.fromkeys(_ROUTES, pl.String), orient="row"), known.unregistered,
    )  # fmt: skip


def _row(asset: Asset, amounts: Amounts | None) -> dict[str, Any]:
    note = say("sheet", "protected_account") if asset.account is not None and asset.account.protected else ""
    row = {name: getattr(asset, name) for name in _COLUMNS if hasattr(asset, name)}
    row |= {"asset": asset.called, "holder": asset.holder.called, "behind": asset.owner.called if asset.owner else None}
    row |= {"may_be_proposed": not asset.reasons and asset.remains > 0}
    row |= {"note": note or " ".join(say("refused", reason) for reason in asset.reasons)}
    return row | _linked_row(amounts)


def _linked_row(amounts: Amounts | None) -> dict[str, Any]:
    if amounts is None:
        return {}
    return {
        "paid_currency": amounts.currency, "paid": amounts.paid, "other": amounts.other, "at_least": amounts.at_least,
        "at_most": amounts.at_most, "rules_from": amounts.rules_from, "rules_to": amounts.rules_to,
    }  # fmt: skip


def _payments(known: Known) -> pl.DataFrame:
    """Decided payments and candidates in one frame, the accounts called as pages call them."""
    decided = known.payments.with_columns(
        pl.when(pl.col("transfer_id").is_null())
        .then(pl.lit("line not held"))
        .otherwise(pl.lit("linked by a person"))
        .alias("standing"),
        pl.concat_str("decided_by", pl.lit(" on "), "decided_on").alias("said"),
        _account(known).alias("account"),
    )
    fitting = known.candidates.with_columns(
        pl.lit("candidate").alias("standing"), (pl.lit("fits by ") + pl.col("fits_by")).alias("said"),
        _account(known).alias("account"),
    )  # fmt: skip
    return pl.concat([decided.select(_PAYMENTS), fitting.select(_PAYMENTS)]).sort("asset_id", "booking_date", "leg_id")


def _account(known: Known) -> pl.Expr:
    return pl.col("account_id").replace_strict(known.called, default=None, return_dtype=pl.String)


def _facts(asset: Asset, known: Known, linked: Linked, traced: bool) -> dict[str, bool]:
    amounts, payments = linked.of(asset.asset_id), _of(known.payments, asset)
    held, behind = asset.holder.suspect, asset.owner is not None and asset.owner.suspect
    people = [person for person in (asset.holder, asset.owner) if person]
    return {
        "minimum": amounts is not None and amounts.at_least > 0,
        "no minimum": amounts is not None and amounts.at_least == 0 and amounts.at_most > 0,
        "other money": amounts is not None and amounts.other is not None and amounts.other > 0,
        "opening not known": amounts is not None and amounts.other is None,
        "paid": not payments.is_empty(),
        "cited twice": bool(payments["cited_twice"].any()),
        "candidates": not _of(known.candidates, asset).is_empty(),
        "traced": traced,
        "other currency": amounts is not None and amounts.currency != asset.currency,
        "used": asset.use_note is not None,
        "held by suspect": held,
        "suspect behind": behind,
        "suspect at all": held or behind,
        "paid by suspect": bool(known.suspects_accounts & {*payments["account_id"]}),
        "convicted": any("convicted" in person.roles for person in people),
        "ranks first": bool(asset.encumbrance),
        "question": asset.question is not None,
    }


def _values(asset: Asset, known: Known, linked: Linked) -> dict[str, Any]:
    row = _row(asset, linked.of(asset.asset_id))
    counts = {"payments": _of(known.payments, asset).height, "candidates": _of(known.candidates, asset).height}
    empty = dict.fromkeys(("at_least", "at_most", "other", "paid_currency"))
    return empty | row | counts | {"question": asset.question, "use_note": asset.use_note}


def _of(frame: pl.DataFrame, asset: Asset) -> pl.DataFrame:
    return frame.filter(pl.col("asset_id") == asset.asset_id)
