"""A replay of the accounts that marked money reaches: what it does not touch is not even read.

The case is read outwards from the marks: the accounts of the marked lines are replayed, then with them those to which
marked money went on, until it goes to no other. Accounts that are left out paid in nothing marked, so no figure of
marked money depends on them; what they paid counts as money from outside.
"""

from collections.abc import Callable

import duckdb
import numpy as np
import polars as pl

from finflow.trace.elections import elected_legs
from finflow.trace.engine import Replayed
from finflow.trace.exact import Integers
from finflow.trace.ledger import ledger_of
from finflow.trace.marks import marks_on
from finflow.trace.order import NONE
from finflow.trace.passed import accounts_for
from finflow.trace.plan import Cited, Plan, plan
from finflow.trace.policies import parted
from finflow.trace.progress import progress_of
from finflow.trace.rows import CaseRecords, Rows, read_rows
from finflow.trace.state import OUT
from finflow.trace.streamed import is_large, replay_streamed


def replay_near(
    con: duckdb.DuckDBPyConnection,
    given: pl.DataFrame,
    values: dict[str, str],
    elections: pl.DataFrame,
) -> tuple[Cited, Replayed]:
    """What marks (leg_id, origin, amount) become under policies and a method. Raises FinflowError as marks_on does."""
    records = CaseRecords(con)

    def replayed(rows: Rows) -> tuple[Plan, Replayed]:
        ledger = ledger_of(rows, records)
        elected = elected_legs(ledger, elections)
        planned = plan(ledger, marks_on(ledger, given), values["same_day"], values, elected=elected)
        with progress_of(f"trace {values['method']}") as progress:
            return planned, planned.replay(values["method"], progress)

    def passed() -> Integers:
        beside = pl.concat([given["leg_id"], elections["leg_id"]])
        return accounts_for(
            con, records, given["leg_id"], beside=beside, named=parted("same_day", values["same_day"])[1]
        )

    def all_passed() -> tuple[Cited, Replayed]:
        accounts = passed()
        if as_resolved and is_large(con, accounts):
            return replay_streamed(con, records, accounts, given, values, elections)
        planned, found = replayed(read_rows(con, accounts))
        return planned.cited, found

    as_resolved = _is_as_resolved(con, values)
    if not as_resolved:
        return all_passed()
    every = con.sql("SELECT count(*) FROM account WHERE inside").fetchall()[0][0]
    marked = records.find(pl.concat([given["leg_id"], elections["leg_id"]]))  # all that is looked up, in one look
    marked = marked.join(given, on="leg_id", how="semi")
    near = outwards(
        np.unique(marked["account_no"].to_numpy()),
        lambda some: 2 * some.size < every and not is_large(con, some),
        lambda some: read_rows(con, some),
        replayed,
    )
    return all_passed() if near is None else (near[0].cited, near[1])


def _is_as_resolved(con: duckdb.DuckDBPyConnection, values: dict[str, str]) -> bool:
    """Whether the order that resolve found holds under these policies: without links, a ring may be none."""
    if values["cash"] == "stops" and con.execute("SELECT bool_or(opens_ring) FROM leg").fetchall()[0][0]:
        return False
    return values["same_day"] == "printed"


def outwards(
    accounts: Integers,
    are_few: Callable[[Integers], bool],
    read: Callable[[Integers], Rows],
    replayed: Callable[[Rows], tuple[Plan, Replayed]],
) -> tuple[Plan, Replayed] | None:
    """Read and replay these accounts, and those to which marked money goes on, until there are no others.

    None when the accounts (account_no) are no longer few, or none at all: the marks cite no leg.
    """
    rows, beyond = None, accounts
    while accounts.size and are_few(accounts):
        rows = read(beyond) if rows is None else _joined(rows, read(beyond))
        planned, found = replayed(rows)
        beyond = np.setdiff1d(_carried_to(planned, found), accounts)
        if not beyond.size:
            return planned, found
        accounts = np.union1d(accounts, beyond)
    return None


def _joined(one: Rows, other: Rows) -> Rows:
    return one._replace(**{name: pl.concat([getattr(one, name), getattr(other, name)]) for name in Rows._fields[:3]})


def _carried_to(planned: Plan, found: Replayed) -> Integers:
    """Accounts inside to which marked money went on, and whose lines were not read."""
    kind, event, label, amount = found.rows[:, :4].T
    sent = planned.legs[event[(kind == OUT) & (label < len(planned.marks.origins)) & (amount > 0)]]
    sent = sent[planned.ledger.calendar.pair[sent] == NONE]
    others = planned.ledger.other_no[sent]
    return np.unique(others[others != NONE])
