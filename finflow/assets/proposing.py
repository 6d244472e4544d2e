"""Proposals to freeze, confiscate or release, for review by a person: `case.propose`. Nothing is decided here."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from finflow import store
from finflow.assets.facts import Asset, Known
from finflow.assets.linked import Linked
from finflow.assets.overview import look
from finflow.assets.proposals import Proposal, Proposals, one, proposals
from finflow.assets.ranges import amount_range
from finflow.assets.sheet import unknown_asset
from finflow.assets.words import say
from finflow.decision_files import day, lines
from finflow.decision_kinds import FUNCTIONS
from finflow.errors import FinflowError
from finflow.law import Basis
from finflow.law import basis as basis_of
from finflow.trace.verbs import trace

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace.trail import Trail

MEASURES = ("freeze", "confiscate", "release")
_LAST = """
    SELECT * EXCLUDE (proposed_on, recorded_at) FROM proposal WHERE asset_id = $asset_id
    ORDER BY proposal_no DESC LIMIT 1
"""
_OVERRIDDEN = """
    SELECT subject, decided_by || ', ' || coalesce(label, ''), why FROM decision_holding
    WHERE kind = 'protection_overridden' AND list_contains($subjects, subject)
    ORDER BY decision_no
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
    given = {
        "asset_id": asset_id, "measure": measure, "basis": basis, "why": why, "proposed_by": by, "proposed_on": None,
        "override_by": override_by, "override_why": override_why,
    }  # fmt: skip
    with case.logged("propose", proposals=1) as outcome:
        numbers = _record(case, [given], trail)
        outcome.update(proposals=numbers, trail=trail.key if trail else None)
    return one(case, numbers[0])


def propose_from(case: "Case", csv_path: str | Path, trail: "Trail | None" = None) -> Proposals:
    """Record the proposals of a CSV a person keeps; all of them, or none when one is refused. Returns all that stand.

    Columns: asset_id, measure, basis, proposed_by, proposed_on, why, and where a protection is overridden override_by
    and override_why. Raises FinflowError as `propose` does, naming file and line.
    """
    path = Path(csv_path)
    given = [_given(cells, where) for cells, where in lines(path, _COLUMNS)]
    with case.logged("propose", proposals=len(given)) as outcome:
        outcome.update(proposals=_record(case, given, trail), trail=trail.key if trail else None)
    return proposals(case)


_COLUMNS = ("asset_id", "measure", "basis", "proposed_by", "proposed_on", "why")


def _given(cells: dict[str, str | None], where: str) -> dict[str, Any]:
    on = day(cells["proposed_on"], where, "proposed_on")
    if on is None:
        raise FinflowError(f"{where}: proposed_on is empty. Write the day as YYYY-MM-DD.")
    overriding = {name: cells.get(name) for name in ("override_by", "override_why")}
    return {name: cells[name] or "" for name in _COLUMNS} | overriding | {"proposed_on": on, "_where": f"{where}: "}


def _record(case: "Case", given: list[dict[str, Any]], trail: "Trail | None") -> list[int]:
    """The numbers under which the proposals stand; nothing is kept when one is refused."""
    for proposal in given:
        _refuse_unreasoned(proposal)
    _refuse_stale(case, trail)
    known, linked = look(case, trail)
    with case.writing("propose") as con:
        return [_recorded(con, proposal, known, linked, trail) for proposal in given]


def _recorded(
    con: duckdb.DuckDBPyConnection, given: dict[str, Any], known: Known, linked: Linked, trail: "Trail | None"
) -> int:
    try:
        row = _row(con, given, known, linked, trail)
    except FinflowError as error:
        raise FinflowError(f"{given.get('_where', '')}{error}") from None
    return _append(con, row, given["proposed_on"], _last(con, row["asset_id"]))


def _row(
    con: duckdb.DuckDBPyConnection, given: dict[str, Any], known: Known, linked: Linked, trail: "Trail | None"
) -> dict[str, Any]:
    """What the table of proposals keeps of one. Raises FinflowError where it is refused."""
    law = _fitting(given["measure"], given["basis"])
    asset = _asset(known, given["asset_id"])
    by, why = _override(con, asset, given["override_by"], given["override_why"])
    if given["measure"] == "release":
        low, high = _released(asset, _last(con, asset.asset_id))
    else:
        _refuse_protected(asset, overridden=by is not None)
        low, high = amount_range(law, asset, linked.of(asset.asset_id), known.payments, traced=trail is not None)
    return {
        "asset_id": asset.asset_id, "measure": given["measure"], "basis": law.code, "amount_low": low,
        "amount_high": high, "currency": asset.currency, "why": given["why"], "proposed_by": given["proposed_by"],
        "result_key": trail.key if trail else None, "override_by": by, "override_why": why,
    }  # fmt: skip


def _refuse_unreasoned(given: dict[str, Any]) -> None:
    _fitting(given["measure"], given["basis"])
    for name, value in (("why", given["why"]), ("by", given["proposed_by"])):
        if not value.strip():
            raise FinflowError(
                f"{given.get('_where', '')}A proposal needs {name}: who proposes it and for what reason is read aloud "
                "in court."
            )


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
    """Who overrides the protection and why: as given now, else as decided before."""
    if by is None and why is None:
        by, why = _decided_before(con, asset)
    if by is None and why is None:
        return None, None
    name, _, function = (by or "").rpartition(",")
    if not name.strip() or " ".join(function.lower().split()) not in FUNCTIONS or not (why or "").strip():
        raise FinflowError(f"An override names a lead or prosecutor and a reason. {_how()}")
    return by, why


def _decided_before(con: duckdb.DuckDBPyConnection, asset: Asset) -> tuple[str | None, str | None]:
    """The override decided about the asset; or the last one, where each person it protects was decided about.

    A decision about the holder lifts nothing for a protected person behind the holder, or for an open question.
    """
    persons = asset.protects
    found = con.execute(_OVERRIDDEN, {"subjects": [asset.asset_id, *filter(None, persons)]}).fetchall()
    decided = {subject: (by, why) for subject, by, why in found}
    if asset.asset_id in decided:
        return decided[asset.asset_id]
    return list(decided.values())[-1] if persons and persons <= {*decided} else (None, None)


def _refuse_protected(asset: Asset, *, overridden: bool) -> None:
    if asset.reasons and not overridden:
        reasons = [say("refused", reason) for reason in asset.reasons]
        raise FinflowError(" ".join([*reasons, _how()]))


def _how() -> str:
    return say("refused", "how", functions=", ".join(FUNCTIONS))


def _released(asset: Asset, last: dict[str, Any] | None) -> tuple[Decimal, Decimal]:
    return (last["amount_low"], last["amount_high"]) if last else (asset.remains, asset.remains)


def _last(con: duckdb.DuckDBPyConnection, asset_id: str) -> dict[str, Any] | None:
    rows = store.frame(con, _LAST, {"asset_id": asset_id}).to_dicts()
    return rows[0] if rows else None


def _append(con: duckdb.DuckDBPyConnection, row: dict[str, Any], on: date | None, last: dict[str, Any] | None) -> int:
    """The number of the proposal: a new one, or that of the last when it says the same."""
    if last is not None and all(last[name] == value for name, value in row.items()):
        return int(last["proposal_no"])
    now = datetime.now(UTC)
    con.execute(_APPEND, row | {"today": on or now.date(), "now": now.replace(tzinfo=None)})
    return int(con.execute("SELECT max(proposal_no) FROM proposal").fetchall()[0][0])
