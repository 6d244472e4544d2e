"""What persons decide: roles, holders, proceeds, links, acknowledged gaps. Appended, never overwritten.

Reasons are kept as they are typed and will be read aloud in court.
"""

import getpass
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import polars as pl

from finflow.decision_checks import refuse_contradicted
from finflow.decision_ids import place, refuse_unknown
from finflow.decision_kinds import KINDS
from finflow.errors import FinflowError
from finflow.files import file_of
from finflow.money import PLACES
from finflow.privileged import quarantine
from finflow.results import Result

if TYPE_CHECKING:
    from finflow.case import Case

PROTECTING_ROLES = ("possible victim", "victim", "child", "witness")


@dataclass(frozen=True)
class Decisions(Result):
    """Decisions recorded by one verb: kind, how many were new, how many stood already."""

    element: ClassVar[str] = "finflow-decisions"
    caption: ClassVar[str] = "Decisions recorded"


def decide(
    case: "Case",
    subject: str,
    kind: str,
    object: str | None = None,  # noqa: A002 - subject and object are the words of the glossary
    *,
    by: str,
    why: str,
    evidence: str | None = None,
    label: str | None = None,
    amount: Decimal | str | None = None,
    valid_from: date | None = None,
    valid_until: date | None = None,
    on: date | None = None,
) -> Decisions:
    """Record one decision of a person.

    `kind` is one of decision_kinds.KINDS, which says what subject, object and label of each are; `amount` is the part
    decided about in the currency of the leg, none for the whole, 0 to take the decision back. `on` is the day of the
    decision, today when not given. Raises FinflowError for an unknown kind, role or list, for a party, account, leg,
    asset or month in doubt that is not there, and for parts larger than the leg.
    """
    row = {
        "kind": kind, "subject": subject, "object": object, "label": label, "amount": amount_of(amount),
        "valid_from": valid_from, "valid_until": valid_until, "decided_by": by,
        "decided_on": on or datetime.now(UTC).date(), "why": why, "evidence": evidence,
    }  # fmt: skip
    return record(case, [row])


def unprotected(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Parties that may be named: legal persons, and natural ones with a role and none that protects."""
    protecting = ", ".join(f"'{role}'" for role in PROTECTING_ROLES)
    rows = con.execute(f"""
        SELECT party.party_id FROM party LEFT JOIN party_role USING (party_id)
        GROUP BY party.party_id, party.kind
        HAVING count(*) FILTER (WHERE party_role.role IN ({protecting})) = 0
           AND (party.kind = 'legal' OR count(party_role.role) > 0)
    """).fetchall()
    return {party for (party,) in rows}


def record(case: "Case", rows: list[dict[str, Any]]) -> Decisions:
    """Append the rows that do not stand already; all of them or, when one is at fault, none."""
    kinds = sorted({row["kind"] for row in rows})
    for row in rows:
        _validate(row)
    with case.logged("decide", kinds=kinds) as outcome, case.writing("decide") as con:
        doubts = _doubts(con, rows)
        rows = [_pinned(_with_file(con, row), doubts) for row in rows]
        con.register("proposed", pl.DataFrame([_values(row) for row in rows], schema=_SCHEMA).with_row_index("given"))
        con.execute(_FRESH)
        new = con.execute("SELECT given, kind FROM fresh ORDER BY given").fetchall()
        refuse_unknown(con, rows, [given for given, _ in new])
        _validate_gaps([rows[given] for given, _ in new], doubts)
        refuse_contradicted(con, rows)
        con.execute(_APPEND, {"user": getpass.getuser(), "now": datetime.now(UTC).replace(tzinfo=None)})
        con.unregister("proposed")
        outcome["recorded"] = len(new)
        if any(map(_changes_evidence, rows)):
            _follow(con)
    counted = [
        (kind, sum(found == kind for _, found in new), sum(row["kind"] == kind for row in rows)) for kind in kinds
    ]
    return Decisions(pl.DataFrame(counted, schema=["kind", "recorded", "given"], orient="row"))


def _with_file(con: duckdb.DuckDBPyConnection, row: dict[str, Any]) -> dict[str, Any]:
    """The row; one about a source file with the whole SHA-256 as its subject."""
    if row["kind"] not in ("withdrawn", "sharing_permitted"):
        return row
    return row | {"subject": file_of(con, row["subject"], place(row, "subject"))}


def _follow(con: duckdb.DuckDBPyConnection) -> None:
    """Let what is derived follow: it holds what the views no longer show."""
    from finflow.resolve import rebuild  # which itself reads from here who is protected

    quarantine(con)
    if con.execute("SELECT 1 FROM leg LIMIT 1").fetchall():
        rebuild(con)


def _changes_evidence(row: dict[str, Any]) -> bool:
    """Whether the views of the evidence show something else after this decision."""
    return row["kind"] in ("withdrawn", "privileged") or (row["kind"] == "listed" and row["object"] == "privileged")


_SCHEMA: dict[str, Any] = {
    "kind": pl.String, "subject": pl.String, "object": pl.String, "label": pl.String, "amount": pl.Decimal(28, 8),
    "valid_from": pl.Date, "valid_until": pl.Date, "decided_by": pl.String, "decided_on": pl.Date, "why": pl.String,
    "evidence": pl.String,
}  # fmt: skip

_SAME = " AND ".join(f"held.{name} IS NOT DISTINCT FROM proposed.{name}" for name in _SCHEMA)
_FRESH = f"""
    CREATE OR REPLACE TEMP TABLE fresh AS SELECT * FROM proposed
    WHERE NOT EXISTS (SELECT 1 FROM decision_last AS held WHERE {_SAME})
"""
_APPEND = """
    INSERT INTO decision BY NAME
    SELECT fresh.* EXCLUDE (given), $user AS recorded_by, $now AS recorded_at,
        (SELECT coalesce(max(decision_no), 0) FROM decision) + row_number() OVER (ORDER BY given) AS decision_no
    FROM fresh
"""


def _doubts(con: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """What is in doubt, by account and month; empty when no gap is decided about."""
    from finflow.check import doubts

    return doubts(con) if any(row["kind"] == "gap_acknowledged" for row in rows) else {}


def _pinned(row: dict[str, Any], doubts: dict[tuple[str, str], str]) -> dict[str, Any]:
    """A gap is acknowledged as it is now: another gap found later needs an acknowledgement of its own."""
    if row["kind"] != "gap_acknowledged" or row["label"] is not None or row["amount"] == 0:
        return row
    return row | {"label": doubts.get((row["subject"], row["object"])) or None}


def _validate_gaps(new: list[dict[str, Any]], doubts: dict[tuple[str, str], str]) -> None:
    """Refuse a new acknowledgement of a month of an account in which nothing is in doubt."""
    for row in new:
        if row["kind"] != "gap_acknowledged" or row["amount"] == 0:
            continue
        if (row["subject"], row["object"]) not in doubts or row["label"] is None:
            raise FinflowError(
                f"{place(row, 'subject', 'object')}: nothing is in doubt in that month of that account, so "
                "there is nothing to acknowledge. finflow check CASE shows the months to look at, by account and "
                "YYYY-MM."
            )


def _values(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _SCHEMA}


def _validate(row: dict[str, Any]) -> None:
    where = row.get("_where", "The decision")
    if row["kind"] not in KINDS:
        raise FinflowError(f"{where}: kind {row['kind']!r} is not known. Kinds: {', '.join(KINDS)}.")
    kind = KINDS[row["kind"]]
    for name in ("subject", "decided_by", "why"):
        if not str(row[name] or "").strip():
            raise FinflowError(f"{place(row, name)} is empty. Say who decided what and why; it is read aloud in court.")
    if kind.object_needed and not str(row["object"] or "").strip():
        raise FinflowError(f"{place(row, 'object')} is empty. Give {kind.object}.")
    if kind.choices and row[kind.chosen_in] not in kind.choices:
        word = kind.value or kind.object
        raise FinflowError(f"{place(row, kind.chosen_in)} is none of those there are. Use {word}.")
    if row["kind"] in ("proceeds", "cash_link", "repaid") and row["label"] is None and row["object"] is None:
        raise FinflowError(f"{where}: label is empty. Name the origin: the offence, victim or payment it stands for.")
    if row["kind"] == "policy":
        from finflow.trace.policies import policies  # which stands above the decisions

        try:
            policies(**{row["subject"]: str(row["object"] or "")})
        except FinflowError as error:
            raise FinflowError(f"{where}: {error}") from None
    if row["kind"] == "repaid" and row["amount"]:
        raise FinflowError(
            f"{where}: a line pays a claimant back as a whole. Leave amount out, or give 0 to take it back."
        )
    if row["kind"] == "earlier_debit" and not row["evidence"]:
        raise FinflowError(f"{where}: give as evidence what shows that the debit and the credit were one plan.")
    if row["kind"] == "sharing_permitted" and not (row["object"] and row["evidence"]):
        raise FinflowError(f"{where}: name the partner and, as evidence, the provider's consent.")


_LARGEST = Decimal(10) ** 20  # what DECIMAL(28, 8) holds is less
_SMALLEST = Decimal(1).scaleb(-PLACES)


def amount_of(value: Decimal | str | None, where: str = "The decision") -> Decimal | None:
    """An exact amount from what was typed. Raises FinflowError when it is no number a column can hold, or below 0."""
    if value is None:
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise FinflowError(f"{where}: amount is no number. Write it with a point and no groups: 1250.00")
    if amount < 0:
        raise FinflowError(f"{where}: amount is negative. Give a part of the payment, or 0 to take the decision back.")
    if amount >= _LARGEST or amount != amount.quantize(_SMALLEST):
        raise FinflowError(f"{where}: amount is too large, or has more than {PLACES} decimals. Correct it.")
    return amount
