"""What to ask for next: money that left for, or came from, accounts and machines whose records are not held.

What is listed points at no third person: payers of people who may be victims are counted, never listed, and so is what
could show where a protected person lives. Instruments and how long records are kept come from dated tables in
`queries/reference/`; a row of law that nobody verified says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import polars as pl

from finflow import store
from finflow.labels import labels
from finflow.people import PROTECTING_ROLES, unprotected
from finflow.places import shipped
from finflow.queries import reference
from finflow.resolve import refuse_unresolved
from finflow.resolve.days import state_of
from finflow.results import Result

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.settings import Settings

KINDS = ("adult_adverts", "lodging", "exchange", "money_service", "prepaid", "agency")
SMALL = 5
_ON_A_PAGE = (
    "record", "state", "instrument", "currency", "sent", "received", "linked", "transfers", "first_on", "last_on",
    "kept_until", "verified",
)  # fmt: skip


@dataclass(frozen=True)
class Requests(Result):
    """One row per account or cash machine outside the case and currency, largest amount first.

    Columns: account_id, kind (account or cash_machine), provider_kind, place, bank, state (from IBAN or BIC; a virtual
    IBAN may name another State than the one where the account is), currency, sent and received (as seen from the case),
    linked (amount that a trail follows there; NULL without one), transfers, first_on, last_on, record, kept_until (last
    day for the newest record; NULL when no period is known), instrument, freezing, verified (a person verified the rows
    of law and of keeping). `left_out` says what is not listed, by reason and currency.
    """

    left_out: pl.DataFrame = field(default_factory=pl.DataFrame)
    called: dict[str, str] = field(default_factory=dict)

    element: ClassVar[str] = "finflow-requests"
    caption: ClassVar[str] = "What to ask for next"

    def shown(self) -> pl.DataFrame:
        """What a page shows: labels in place of account numbers, places in words."""
        where = [_where(row, self.called) for row in self.frame.iter_rows(named=True)]
        columns = [name for name in _ON_A_PAGE if name != "linked" or self.frame["linked"].is_not_null().any()]
        return self.frame.select(pl.Series("where", where, pl.String), *columns)

    @property
    def left_out_sentence(self) -> str:
        """What is not listed, in words; small numbers are not given."""
        parts = [
            f"{'fewer than ' + str(SMALL) if n < SMALL else n} payments in {currency} ({reason})"
            for reason, currency, n in self.left_out.select("reason", "currency", "transfers").iter_rows()
        ]
        return "Not listed: " + ("; ".join(parts) or "nothing") + "."


def requests(case: "Case", trail: Any = None, *, least: Decimal | str = "1000") -> Requests:
    """What to ask for next, over all money of the case, or with a trail over what it follows out of the case.

    `least` leaves out accounts whose payments add up to less, in the currency of the account.
    """
    with case.logged("requests") as outcome, case.reading("requests") as con:
        refuse_unresolved(con)
        moved = _all_transfers(con) if trail is None else _followed(trail.transfers)
        found = asked(con, case.settings, moved, least=Decimal(least))
        outcome["requests"] = found.frame.height
    return replace(found, frame=found.frame.drop("about"))


def asked(
    con: duckdb.DuckDBPyConnection,
    settings: "Settings",
    transfers: pl.DataFrame,
    *,
    least: Decimal = Decimal(0),
) -> Requests:
    """The requests over an open connection for some transfers: transfer_id, about, linked (or NULL).

    `about` says whom a request concerns; a column of that name stands first in the frame.
    """
    moved = _outside(con, transfers)
    enough = pl.col("sent") + pl.col("received") >= least
    kept = moved.filter(pl.col("shown") & enough).drop("shown")
    rows = [_complete(row, settings, _lists(con)) for row in kept.iter_rows(named=True)]
    frame = pl.DataFrame(rows, schema=_schema(kept)).sort(
        pl.col("currency") != settings.currency,
        "currency",
        -(pl.col("sent") + pl.col("received")),
        "account_id",
        "place",
    )
    return Requests(frame, _left_out(moved, enough, least), labels(con))


_ADDED = {
    "provider_kind": pl.String, "state": pl.String, "record": pl.String, "kept_until": pl.Date, "instrument": pl.String,
    "freezing": pl.String, "verified": pl.Boolean,
}  # fmt: skip


def _schema(kept: pl.DataFrame) -> dict[str, Any]:
    return {**kept.schema, **_ADDED}


def _all_transfers(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    frame: pl.DataFrame = con.sql("SELECT transfer_id, NULL AS about, NULL AS linked FROM transfer").pl()
    return frame


def _followed(transfers: pl.DataFrame) -> pl.DataFrame:
    linked = transfers.group_by("transfer_id").agg(pl.col("traced").sum().alias("linked"))
    return linked.with_columns(about=None)


def _outside(con: duckdb.DuckDBPyConnection, transfers: pl.DataFrame) -> pl.DataFrame:
    linked = pl.col("linked").cast(pl.Decimal(28, 8))
    con.register("asked", transfers.with_columns(pl.col("about").cast(pl.String), linked))
    guarded = f"SELECT DISTINCT party_id FROM party_role WHERE role IN {PROTECTING_ROLES}"
    con.register("guarded", store.frame(con, guarded))
    con.register("nameable", pl.DataFrame({"party_id": sorted(unprotected(con))}, schema={"party_id": pl.String}))
    con.register("merchant_group", reference("merchant_group"))
    query = (shipped("queries") / "requests" / "outside.sql").read_text(encoding="utf-8")
    frame = store.frame(con, query)
    for name in ("asked", "guarded", "nameable", "merchant_group"):
        con.unregister(name)
    return frame


def _lists(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Account id -> the list that says what kind of provider it is."""
    rows = con.execute("""
        SELECT account.account_id, min(listed.list)
        FROM account
        INNER JOIN listed
            ON upper(account.account_id) = upper(listed.value) OR upper(account.name) = upper(listed.value)
        GROUP BY account.account_id
    """).fetchall()
    return dict(rows)


def _complete(row: dict[str, Any], settings: "Settings", lists: dict[str, str]) -> dict[str, Any]:
    kind = _provider_kind(row, lists)
    state = state_of(row["account_id"] or f"{row['bank']}/-")
    keeping = _row("retention", "provider_kind", kind)
    law = _row("instrument", "relation", _relation(state, settings.state, settings.members))
    days = keeping["kept_days"]
    return row | {
        "provider_kind": kind,
        "state": state,
        "record": keeping["record"],
        "kept_until": row["last_on"] + timedelta(days=int(days)) if days else None,
        "instrument": law["records"],
        "freezing": law["freezing"],
        "verified": bool(keeping["verified_by"] and law["verified_by"]),
    }


def _provider_kind(row: dict[str, Any], lists: dict[str, str]) -> str:
    if row["kind"] == "cash_machine":
        return "cash_machine"
    listed = lists.get(row["account_id"])
    if listed in KINDS:
        return listed
    return "unknown" if row["account_id"].startswith("name:") else "bank"


def _relation(state: str | None, own: str, members: Sequence[str]) -> str:
    if state is None:
        return "unknown"
    if state == own:
        return "own"
    if state in members:
        return "member"
    known = reference("state").filter(pl.col("state") == state)
    if known.is_empty():
        return "other"
    return "order" if known["investigation_order"][0] == "yes" else "union"


def _row(table: str, column: str, value: str) -> dict[str, Any]:
    return reference(table).row(by_predicate=pl.col(column) == value, named=True)


def _left_out(moved: pl.DataFrame, enough: pl.Expr, least: Decimal) -> pl.DataFrame:
    reason = (
        pl.when(~pl.col("shown")).then(pl.lit("to protect third persons")).otherwise(pl.lit(f"less than {least:f}"))
    )
    return (
        moved.filter(~(pl.col("shown") & enough))
        .group_by(reason.alias("reason"), "currency")
        .agg(pl.col("transfers").sum(), pl.col("sent").sum(), pl.col("received").sum())
        .sort("reason", "currency")
    )


def _where(row: dict[str, Any], called: dict[str, str]) -> str:
    if row["kind"] == "cash_machine":
        return f"cash machines in {row['place']}"
    return called.get(row["account_id"], "outside account")
