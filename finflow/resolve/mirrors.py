"""Joining the two legs of one movement: the same payment as two banks print it, or what a person linked.

The surest first: a person's decision, then RULES in order. A join is one to one and says what agreed and what differed.
Where several partners fit equally well, or something speaks against a join, the legs stay apart and are listed in
`mirror_candidate` for a person, who decides `mirror` or `not_mirror`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import duckdb
import polars as pl

from finflow.places import shipped
from finflow.rates import Rates
from finflow.resolve.evidence import DAYS, Evidence, weigh
from finflow.resolve.names import AGREES, DIFFERS, NOT_PRINTED

RULES = {  # what must agree, how sure that is of 100; each business day between the legs costs two points
    "uetr": 100,
    "reference": 100,
    "accounts": 95,
    "reference, amount differs": 90,
    "accounts, amount differs": 80,
    "creditor": 75,
    "debtor": 75,
}
WINDOW = 12  # calendar days in which DAYS business days of any two States lie
STEPS = ("same", "apart", "one account")  # RULES in steps, so that only what is left is compared loosely
SEVERAL = "several lines fit equally well"

_CANDIDATES = """
    CREATE OR REPLACE TEMP TABLE unmatched_leg AS
    WITH held AS (SELECT DISTINCT account_id FROM statement)
    SELECT raw_leg.* FROM raw_leg
    LEFT JOIN held ON raw_leg.counterparty_account_id = held.account_id
    WHERE NOT both_sides AND leg_id NOT IN (SELECT debit_leg FROM leg_pair UNION SELECT credit_leg FROM leg_pair) AND (
        held.account_id IS NOT NULL
        OR (kind IN ('transfer', 'direct_debit', 'other')
            AND coalesce(counterparty_account_id, 'name:') LIKE 'name:%'))
"""


@dataclass(frozen=True)
class Edge:
    """Two legs that may be one movement: the rule that joins them, or why none does."""

    found: Evidence
    rule: str | None
    why: str | None

    @property
    def rank(self) -> tuple[int, ...]:
        """What decides between partners; equal = equally good. Without a name no day is better than another."""
        of, near = self.found, self.rule not in ("creditor", "debtor") or self.found.open_name == AGREES
        odd = (of.reference == DIFFERS, of.words != AGREES, of.open_name != AGREES)
        return (list(RULES).index(self.rule or ""), *map(int, odd), *((of.days, of.calendar_days) if near else ()))

    @property
    def score(self) -> int:
        """How sure the join is, 0 to 100."""
        unnamed = self.rule in ("creditor", "debtor") and self.found.open_name != AGREES
        return RULES[self.rule or ""] - 2 * self.found.days - 10 * unnamed - 5 * (self.found.reference == DIFFERS)


def pair_legs(con: duckdb.DuckDBPyConnection) -> None:
    """Fill the temporary table leg_pair (debit_leg, credit_leg, rule, score), mirror and mirror_candidate.

    A row of a two-sided ledger is no pair: both its legs are one transfer already.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE leg_pair (debit_leg VARCHAR, credit_leg VARCHAR, rule VARCHAR, score BIGINT)"
    )
    con.execute(_CASH_LINKS)
    is_decided = con.execute("SELECT EXISTS (FROM mirror_decision)").fetchall()[0][0]
    if is_decided:
        con.execute(_DECIDED)
    con.execute(_CANDIDATES)
    joined: list[Edge] = []
    left: list[tuple[Edge, str]] = []
    holders, rates = _holders(con), Rates(con)
    for step in STEPS:
        if not con.execute(_COMPARABLE).fetchall()[0][0]:
            break
        new, doubtful = choose(edges(con, step, holders, rates))
        joined, left = joined + new, left + doubtful
        _leave_out(con, [*new, *(edge for edge, why in doubtful if why == SEVERAL)])
    paired = {leg for edge in joined for leg in edge.found.legs}
    _write(con, "mirror", [_joined(edge) for edge in joined])
    _write(con, "mirror_candidate", [_listed(*pair) for pair in left if paired.isdisjoint(pair[0].found.legs)])
    con.execute("INSERT INTO leg_pair SELECT debit_leg, credit_leg, rule, score FROM mirror")
    if is_decided:
        con.execute(_SAY_DECIDED)


def edges(con: duckdb.DuckDBPyConnection, step: str, holders: dict[str, list[str]], rates: Rates) -> list[Edge]:
    """Every two unmatched legs that may be one movement by what a step compares, judged."""
    query = (shipped("queries") / "resolve" / "mirror.sql").read_text(encoding="utf-8")
    rows = con.sql(query, params={"step": step, "window": WINDOW}).pl()
    found = (weigh(row, holders, rates) for row in rows.iter_rows(named=True))
    return [edge for evidence in found if evidence.days <= DAYS and (edge := judge(evidence))]


def judge(found: Evidence) -> Edge | None:
    """The surest rule that holds for two legs, or why a person must look; None when nothing speaks for a join."""
    if found.same_uetr:
        return Edge(found, "uetr", None) if found.amount_fits else Edge(found, None, found.amount)
    if found.accounts == 2:
        return _of_both_accounts(found)
    if found.amount_agrees and found.reference != DIFFERS:
        return _of_one_account(found) if found.accounts else _of_a_reference(found)
    return None


def _of_both_accounts(found: Evidence) -> Edge | None:
    referred = found.reference == AGREES
    if found.amount_agrees:
        return Edge(found, "reference" if referred else "accounts", None)
    if found.amount_fits:
        return Edge(found, "reference, amount differs" if referred else "accounts, amount differs", None)
    if found.rate_missing and referred:
        return Edge(found, "reference, amount differs", None)
    return Edge(found, None, found.amount) if found.exchanged or referred else None


def _of_one_account(found: Evidence) -> Edge:
    referred = found.reference == AGREES
    if found.open_name == DIFFERS or (found.open_name not in (AGREES, NOT_PRINTED) and not referred):
        return Edge(found, None, "the printed name is not the holder's")
    if referred:
        return Edge(found, "reference", None)
    if found.open_name == NOT_PRINTED and not found.covered:
        return Edge(found, None, "no name is printed, and a day between is not covered by statements")
    return Edge(found, "creditor" if found.creditor_printed else "debtor", None)


def _of_a_reference(found: Evidence) -> Edge:
    if found.open_name == DIFFERS:
        return Edge(found, None, "the printed name is not the holder's")
    if not found.only_here:
        return Edge(found, None, "no account is printed and the reference is not unique")
    if found.open_name != AGREES:
        return Edge(found, None, "no account is printed and no name confirms the reference")
    return Edge(found, "reference", None)


def choose(found: Iterable[Edge]) -> tuple[list[Edge], list[tuple[Edge, str]]]:
    """The edges that join, each leg in one at most, and those left for a person with the reason.

    The best rank first. Legs alike in account, day, amount and currency are one for another; a leg with partners of
    equal rank that are not alike is joined to none, nor are these partners.
    """
    fitting = sorted((edge for edge in found if edge.rule), key=lambda edge: (edge.rank, *edge.found.order))
    refused = [(edge, edge.why or "") for edge in found if not edge.rule]
    joined: list[Edge] = []
    doubtful: list[tuple[Edge, str]] = []
    taken: set[tuple[str, str]] = set()
    for _, group in groupby(fitting, key=lambda edge: edge.rank):
        free = [edge for edge in group if taken.isdisjoint(edge.found.legs)]
        unsure = _unsure(free)
        doubtful += [(edge, SEVERAL) for edge in unsure]
        taken.update(leg for edge in unsure for leg in edge.found.legs)
        for edge in free:
            if taken.isdisjoint(edge.found.legs):
                joined.append(edge)
                taken.update(edge.found.legs)
    paired = {leg for edge in joined for leg in edge.found.legs}
    return joined, doubtful + [(edge, why) for edge, why in refused if paired.isdisjoint(edge.found.legs)]


def _leave_out(con: duckdb.DuckDBPyConnection, settled: list[Edge]) -> None:
    """Take the legs of these edges out of what later steps compare."""
    if not settled:
        return
    legs = pl.DataFrame(
        {"leg_id": [leg for edge in settled for _, leg in edge.found.legs]}, schema={"leg_id": pl.String}
    )
    con.register("settled", legs)
    con.execute("DELETE FROM unmatched_leg WHERE leg_id IN (SELECT leg_id FROM settled)")
    con.unregister("settled")


def _unsure(free: list[Edge]) -> list[Edge]:
    """The edges of legs whose equally good partners are not alike."""
    partners: dict[tuple[str, str], set[tuple[Any, ...]]] = {}
    for edge in free:
        debit, credit = edge.found.legs
        partners.setdefault(debit, set()).add(edge.found.credit_place)
        partners.setdefault(credit, set()).add(edge.found.debit_place)
    return [edge for edge in free if any(len(partners[leg]) > 1 for leg in edge.found.legs)]


def _joined(edge: Edge) -> dict[str, Any]:
    return _said(edge) | {"rule": f"mirror: {edge.rule}", "score": edge.score}


def _listed(edge: Edge, why: str) -> dict[str, Any]:
    return _said(edge) | {"why": why}


def _said(edge: Edge) -> dict[str, Any]:
    found = edge.found
    return {
        "debit_leg": found.legs[0][1], "credit_leg": found.legs[1][1], "days": found.days,
        "agreed": "; ".join(found.agreed()), "differed": "; ".join(found.differed()) or None,
    }  # fmt: skip


def _write(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    con.execute(f"DELETE FROM {table}")
    if rows:
        con.register("written", pl.DataFrame(rows, infer_schema_length=None))
        con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM written ORDER BY debit_leg, credit_leg")
        con.unregister("written")


def _holders(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Account -> the names of its holder: as its bank prints them, and as a person recorded the holder."""
    return {account: sorted(names) for account, names in _grouped(con.execute(_HOLDERS).fetchall())}


def _grouped(rows: list[tuple[str, str]]) -> Iterator[tuple[str, set[str]]]:
    for account, group in groupby(sorted(rows), key=lambda row: row[0]):
        yield account, {name for _, name in group}


_HOLDERS = """
    SELECT account_id, holder_name FROM statement WHERE holder_name IS NOT NULL
    UNION
    SELECT holder.subject, party.object FROM decision_holding AS holder
    JOIN decision_holding AS party ON party.kind = 'party' AND party.subject = holder.object
    WHERE holder.kind = 'holder' AND party.object IS NOT NULL
"""

# Whether a debit and a credit are left, and anything by which mirror.sql finds legs alike.
_COMPARABLE = """
    SELECT count(DISTINCT side) = 2 AND bool_or(
        uetr IS NOT NULL OR end_to_end_id IS NOT NULL OR coalesce(counterparty_account_id, 'name:') NOT LIKE 'name:%'
    ) FROM unmatched_leg
"""

# A cash deposit joined to the withdrawal a person linked it to, one to one.
_CASH_LINKS = """
    INSERT INTO leg_pair
    SELECT object, subject, 'cash link', 100 FROM decision_holding
    WHERE kind = 'cash_link' AND object IS NOT NULL
      AND subject IN (SELECT leg_id FROM raw_leg WHERE side = 'CRDT' AND NOT both_sides)
      AND object IN (SELECT leg_id FROM raw_leg WHERE side = 'DBIT' AND NOT both_sides)
    QUALIFY row_number() OVER (PARTITION BY object ORDER BY decision_no) = 1
        AND row_number() OVER (PARTITION BY subject ORDER BY decision_no) = 1
"""

# Two legs a person joined and did not set apart again later; of two such decisions on one leg the later one.
_DECIDED = """
    INSERT INTO leg_pair
    WITH decided AS (
        SELECT together.decision_no,
            CASE WHEN one.side = 'DBIT' THEN one.leg_id ELSE other.leg_id END AS debit_leg,
            CASE WHEN one.side = 'DBIT' THEN other.leg_id ELSE one.leg_id END AS credit_leg
        FROM mirror_decision AS together
        JOIN raw_leg AS one ON one.leg_id = together.one_leg AND NOT one.both_sides
        JOIN raw_leg AS other ON other.leg_id = together.other_leg AND NOT other.both_sides
        LEFT JOIN mirror_decision AS apart ON apart.kind = 'not_mirror' AND apart.one_leg = together.one_leg
            AND apart.other_leg = together.other_leg AND apart.decision_no > together.decision_no
        WHERE together.kind = 'mirror' AND apart.kind IS NULL AND one.side <> other.side
    )
    SELECT debit_leg, credit_leg, 'mirror: decided', 100 FROM decided
    WHERE debit_leg NOT IN (SELECT debit_leg FROM leg_pair) AND credit_leg NOT IN (SELECT credit_leg FROM leg_pair)
    QUALIFY row_number() OVER (PARTITION BY debit_leg ORDER BY decision_no DESC) = 1
        AND row_number() OVER (PARTITION BY credit_leg ORDER BY decision_no DESC) = 1
"""

_SAY_DECIDED = """
    INSERT INTO mirror BY NAME
    SELECT pair.*, date_diff('day', debit.booking_date, credit.booking_date) AS days, 'a person decided' AS agreed
    FROM leg_pair AS pair
    JOIN raw_leg AS debit ON debit.leg_id = pair.debit_leg AND debit.side = 'DBIT'
    JOIN raw_leg AS credit ON credit.leg_id = pair.credit_leg AND credit.side = 'CRDT'
    WHERE pair.rule = 'mirror: decided'
"""
