"""Proposals to freeze, confiscate or release, for review by a person: `case.propose`. Nothing is decided here."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb

from finflow.assets.facts import Asset, Known
from finflow.assets.overview import look
from finflow.assets.proposals import Proposal, one
from finflow.assets.ranges import amount_range
from finflow.assets.sheet import unknown_asset
from finflow.assets.words import say
from finflow.errors import FinflowError
from finflow.law import Basis
from finflow.law import basis as basis_of
from finflow.trace.verbs import trace

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace.trail import Trail

MEASURES = ("freeze", "confiscate", "release")
_FUNCTIONS = ("lead", "prosecutor")
_LAST = """
    SELECT * EXCLUDE (proposed_on, recorded_at) FROM proposal WHERE asset_id = $asset_id
    ORDER BY proposal_no DESC LIMIT 1
"""
_OVERRIDDEN = """
    SELECT decided_by || ', ' || coalesce(label, ''), why FROM decision_holding
    WHERE kind = 'protection_overridden' AND coalesce(amount, 1) > 0 AND list_contains($subjects, subject)
    ORDER BY decision_no DESC LIMIT 1
"""
_APPEND = """
    INSERT INTO proposal BY NAME
    SELECT (SELECT coalesce(max(proposal_no), 0) + 1 FROM proposal) AS proposal_no, $asset_id AS asset_id,
        $measure AS measure, $basis AS basis, $amount_low AS amount_low, $amount_high AS amount_high,
        $currency AS currency, $why AS why, $proposed_by AS proposed_by, $today AS proposed_on,
        $result_key AS result_key, $override_by AS override_by, $override_why AS override_why, $now AS recorded_at
"""


def propose(
    case: "Case",
    asset_id: str,
    measure: str,
    *,
    basis: str,
    why: str,
    by: str,
    trail: "Trail | None" = None,
    override_by: str | None = None,
    override_why: str | None = None,
) -> Proposal:
    """Record a proposal to freeze, confiscate or release an asset, for review by a person.

    `basis` is a code of the table of law. The amount is a range in the currency of the asset: on a basis that rests on
    proceeds, from the arithmetic minimum to the most any accounting rule gives; else the value; never more than the
    value less what ranks first. The trail's key and the amounts are pinned. The same proposal again changes nothing.
    Raises FinflowError in words: for a protected holder, owner or account, a third party, an open question of good
    faith and an asset of nobody under suspicion, unless `override_by` ("Name, lead prosecutor") and `override_why` are
    given; and always for leads, an unknown asset or basis, and where nothing remains. A release is always allowed.
    """
    law = _fitting(measure, basis)
    for name, value in (("why", why), ("by", by)):
        if not value.strip():
            raise FinflowError(f"A proposal needs {name}: who proposes it and for what reason is read aloud in court.")
    with case.logged("propose", measure=measure, basis=law.code) as outcome:
        _refuse_stale(case, trail)
        known, linked = look(case, trail)
        asset = _asset(known, asset_id)
        with case.reading("propose") as con:
            override = _override(con, asset, override_by, override_why)
            last = _last(con, asset_id)
        if measure == "release":
            low, high = _released(asset, last)
        else:
            _refuse_protected(asset, override)
            low, high = amount_range(law, asset, linked.of(asset_id), known.payments, traced=trail is not None)
        row = {
            "asset_id": asset_id, "measure": measure, "basis": law.code, "amount_low": low, "amount_high": high,
            "currency": asset.currency, "why": why, "proposed_by": by, "result_key": trail.key if trail else None,
            "override_by": override[0], "override_why": override[1],
        }  # fmt: skip
        number = _append(case, row, last)
        outcome.update(proposal=number, asset=asset_id, trail=row["result_key"])
    return one(case, number)


def _fitting(measure: str, code: str) -> Basis:
    if measure not in MEASURES:
        raise FinflowError(f"This measure is not known. Use one of: {', '.join(MEASURES)}.")
    law = basis_of(code)
    if measure != "release" and measure not in law.measures:
        raise FinflowError(f"Basis {law.code} is for: {', '.join(law.measures)}. Name another basis for this measure.")
    return law


def _refuse_stale(case: "Case", trail: "Trail | None") -> None:
    """A trail of another state of the case would pin a key that stands for other records."""
    if trail is not None and not trail.leads_only and trace(case, trail.marks, **trail.policies).key != trail.key:
        raise FinflowError(say("refused", "stale"))


def _asset(known: Known, asset_id: str) -> Asset:
    for asset in known.assets:
        if asset.asset_id == asset_id:
            return asset
    raise unknown_asset([asset.asset_id for asset in known.assets if asset.origin == "register"])


def _override(
    con: duckdb.DuckDBPyConnection, asset: Asset, by: str | None, why: str | None
) -> tuple[str | None, str | None]:
    """Who overrides the protection and why: as given now, else as decided before about the asset or its holder."""
    if by is None and why is None:
        subjects = [asset.asset_id, *([asset.holder.party_id] if asset.holder.party_id else [])]
        found = con.execute(_OVERRIDDEN, {"subjects": subjects}).fetchall()
        by, why = found[0] if found else (None, None)
    if by is None and why is None:
        return None, None
    name, _, function = (by or "").rpartition(",")
    if not name.strip() or not any(word in function.lower() for word in _FUNCTIONS) or not (why or "").strip():
        raise FinflowError(f"An override names a lead or prosecutor and a reason. {say('refused', 'how')}")
    return by, why


def _refuse_protected(asset: Asset, override: tuple[str | None, str | None]) -> None:
    if asset.reasons and override[0] is None:
        reasons = [say("refused", reason) for reason in asset.reasons]
        raise FinflowError(" ".join([*reasons, say("refused", "how")]))


def _released(asset: Asset, last: dict[str, Any] | None) -> tuple[Decimal, Decimal]:
    return (last["amount_low"], last["amount_high"]) if last else (asset.remains, asset.remains)


def _last(con: duckdb.DuckDBPyConnection, asset_id: str) -> dict[str, Any] | None:
    rows = con.sql(_LAST, params={"asset_id": asset_id}).pl().to_dicts()
    return rows[0] if rows else None


def _append(case: "Case", row: dict[str, Any], last: dict[str, Any] | None) -> int:
    """The number of the proposal: a new one, or that of the last when it says the same."""
    if last is not None and all(last[name] == value for name, value in row.items()):
        return int(last["proposal_no"])
    now = datetime.now(UTC)
    with case.writing("propose") as con:
        con.execute(_APPEND, row | {"today": now.date(), "now": now.replace(tzinfo=None)})
        return int(con.execute("SELECT max(proposal_no) FROM proposal").fetchall()[0][0])
