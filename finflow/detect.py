"""Leads from the rules of `queries/red_flags/`: `case.detect`.

The rules read bank lines and side evidence, never what stands apart in `protected_fact`. Only this module looks at
roles, to keep people who may be victims out of every list that has an order. A hit is a lead, never a finding, and no
person gets a rank, a score or a probability.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import polars as pl

from finflow import store
from finflow.labels import labels
from finflow.people import PROTECTING_ROLES
from finflow.queries import HIT_COLUMNS, Query, by_name, chosen, run_query
from finflow.requests import asked
from finflow.resolve import refuse_unresolved
from finflow.results import Result

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.settings import Settings

LEAST_OBSERVATIONS = 2  # "no single indicator is definitive; combine" (AUSTRAC): one observation alone is no lead
SCHEMA: dict[str, Any] = {
    "query": pl.String, "indicator": pl.String, "subject": pl.String, "first_on": pl.Date, "last_on": pl.Date,
    "amount": pl.Decimal(28, 8), "currency": pl.String, "transfers": pl.List(pl.String), "values": pl.String,
    "handling": pl.List(pl.String), "points_to": pl.String,
}  # fmt: skip

_STANDINGS = f"""
    SELECT
        account.account_id,
        coalesce(account.holder_party_id, account.account_id) AS holder,
        CASE
            WHEN bool_or(party_role.role IN {PROTECTING_ROLES}) THEN 'protected'
            WHEN party.kind = 'legal' THEN 'legal'
            WHEN bool_or(party_role.role IN ('suspect', 'convicted') AND party_role.valid_until IS NULL) THEN 'suspect'
            WHEN NOT account.inside AND account.account_id IN (
                SELECT named.account_id FROM account AS named
                INNER JOIN listed
                    ON upper(named.account_id) = upper(listed.value) OR upper(named.name) = upper(listed.value)
            ) THEN 'listed'
            ELSE 'not assessed'
        END AS standing
    FROM account
    LEFT JOIN party ON account.holder_party_id = party.party_id
    LEFT JOIN party_role ON party.party_id = party_role.party_id
    GROUP BY account.account_id, account.holder_party_id, account.inside, party.kind
"""


@dataclass(frozen=True)
class Hits(Result):
    """One row per hit, in the order of rule, account and day. A hit is a lead, never a finding.

    Columns: query, indicator, subject (account id), first_on, last_on, amount, currency, transfers (transfer ids),
    values (the rule's own values as JSON), handling (protect, follow, suppress or normal), points_to. Where a rule says
    suppress the days are left out unless the holder is a firm, a suspect or convicted.

    `standings` holds subject, holder (party, else the account) and standing: legal, suspect, protected (by a role),
    not assessed, or listed (a platform outside). `observations` holds subject, observations (see `independent`).
    `requests` holds for each subject what to ask for next: about (the subject), then the columns of Requests.
    `coverage` says in words in which currency the rules looked, and how many lines in others they left out.
    """

    standings: pl.DataFrame = field(default_factory=pl.DataFrame)
    observations: pl.DataFrame = field(default_factory=pl.DataFrame)
    requests: pl.DataFrame = field(default_factory=pl.DataFrame)
    called: dict[str, str] = field(default_factory=dict)
    coverage: str = ""

    element: ClassVar[str] = "finflow-hits"
    caption: ClassVar[str] = "Observations, each by the number of its rule; leads for review by a person"

    def shown(self) -> pl.DataFrame:
        """What a page shows: leads only, labels in place of account numbers."""
        return self.subjects.with_columns(pl.col("subject").replace_strict(self.called, default="outside account"))

    @property
    def left_out_sentence(self) -> str:
        """What the list leaves out, in words: accounts with one observation, and lines in other currencies."""
        alone = self.single.height
        accounts = f"{alone} account{'s' * (alone != 1)} with one observation alone: no lead by itself, not listed."
        return f"{accounts} {self.coverage}"

    def _repr_html_(self) -> str:
        return f"{super()._repr_html_()}<p>{escape(self.left_out_sentence)}</p>"

    def __str__(self) -> str:
        """The leads as rows, and what the list leaves out."""
        return f"{super().__str__()}{self.left_out_sentence}\n"

    @property
    def subjects(self) -> pl.DataFrame:
        """Accounts with at least two independent observations, most first.

        Columns: subject, observations, indicators, first_on, last_on. Nobody is listed who has a role that protects;
        nor, without a role as suspect or convicted, a person for whom a rule of victim type (protect) fired on any
        account.
        """
        shown = self._of(protected=False).filter(pl.col("observations") >= LEAST_OBSERVATIONS)
        return shown.sort(-pl.col("observations"), "subject")

    @property
    def single(self) -> pl.DataFrame:
        """As `subjects`, for accounts with one observation: no lead by itself. In the order of their ids."""
        return self._of(protected=False).filter(pl.col("observations") < LEAST_OBSERVATIONS)

    @property
    def welfare(self) -> pl.DataFrame:
        """People who may be victims, in the order of their ids, for those who look after them.

        Columns: subject, rules (those of victim type), first_on, receivers (accounts to which the money goes).
        """
        return (
            self._with_standing()
            .filter(pl.col("is_protected"))
            .group_by("subject")
            .agg(
                pl.col("indicator").filter(pl.col("is_victim_type")).unique().sort().alias("rules"),
                pl.col("first_on").min(),
                pl.col("receiver").drop_nulls().unique().sort().alias("receivers"),
            )
            .sort("subject")
        )

    def _of(self, *, protected: bool) -> pl.DataFrame:
        grouped = (
            self._with_standing()
            .filter((pl.col("is_protected") == protected) & (pl.col("standing") != "listed"))
            .group_by("subject")
            .agg(
                pl.col("indicator").unique().sort().alias("indicators"),
                pl.col("first_on").min(),
                pl.col("last_on").max(),
            )
        )
        return (
            grouped.join(self.observations, on="subject")
            .select("subject", "observations", "indicators", "first_on", "last_on")
            .sort("subject")
        )

    def _with_standing(self) -> pl.DataFrame:
        hits = self.frame.join(self.standings, on="subject").with_columns(
            pl.col("handling").list.contains("protect").alias("is_victim_type"),
            pl.col("values").str.json_path_match("$.receiver").alias("receiver"),
        )
        touched = hits.filter(pl.col("is_victim_type"))["holder"].unique().to_list()
        return hits.with_columns(is_protected(pl.col("standing"), pl.col("holder").is_in(touched)))


def is_protected(standing: pl.Expr, victim_type: pl.Expr) -> pl.Expr:
    """Protected by a role, or neither firm nor suspect while a rule of victim type fired for the holder."""
    by_rule = ~standing.is_in(["legal", "suspect", "listed"]) & victim_type
    return ((standing == "protected") | by_rule).alias("is_protected")


def detect(case: "Case", *names: str, **parameters: Any) -> Hits:
    """Run the rules of these names or indicator numbers, or all of them, over the accounts inside the case.

    A parameter holds for every rule that has one of that name. Raises FinflowError with near alternatives for a rule or
    parameter that does not exist, and for a value that does not fit its type.
    """
    chosen(names, parameters)  # a typing error is told before anything is logged
    with case.logged("detect", rules=sorted(names)) as outcome, case.reading("detect") as con:
        refuse_unresolved(con)
        hits = hits_of(con, case.settings, names, parameters)
        outcome.update(dict(hits.frame.group_by("query").len().sort("query").iter_rows()))
    return hits


_HIDDEN = {"leg": ("counterparty_account_id",), "transfer": ("debtor_account_id", "creditor_account_id")}


@contextmanager
def _boundaries_hidden(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """The tables of rules with no account where a source prints a boundary: as for cash, nobody stands there, and
    money that comes together at one shows nothing.
    """
    (database,) = con.execute("SELECT current_database()").fetchall()[0]
    for table, columns in _HIDDEN.items():
        seen = ", ".join(f"CASE WHEN {name} NOT LIKE 'boundary:%' THEN {name} END AS {name}" for name in columns)
        con.execute(f'CREATE TEMP VIEW {table} AS SELECT * REPLACE ({seen}) FROM "{database}".main.{table}')
    try:
        yield
    finally:
        for table in _HIDDEN:
            con.execute(f"DROP VIEW temp.main.{table}")


def hits_of(
    con: duckdb.DuckDBPyConnection, settings: "Settings", names: tuple[str, ...], parameters: Mapping[str, Any]
) -> Hits:
    """The hits over an open connection; nothing is written."""
    names = by_name(names)
    found: dict[str, pl.DataFrame] = {}
    rows: list[dict[str, Any]] = []
    with _boundaries_hidden(con):
        for query in chosen(names, parameters):
            found[query.name] = run_query(con, query, query.values(parameters), found)
            if not names or query.name in names:
                rows += [_row(query, row) for row in found[query.name].iter_rows(named=True)]
    frame = pl.DataFrame(rows, schema=SCHEMA)
    standings = _standings(con, frame)
    about = frame.explode("transfers").select(
        pl.col("transfers").alias("transfer_id"), pl.col("subject").alias("about")
    )
    ask = (
        asked(con, settings, about.unique().with_columns(linked=None))
        .frame.drop("linked")
        .sort("about", maintain_order=True)
    )
    values = [query.values(parameters) for query in chosen(names, parameters)]
    coverage = _coverage(con, sorted({each["currency"] for each in values if "currency" in each}))
    return Hits(_suppressed(frame, standings), standings, observations(frame), ask, labels(con), coverage)


def _standings(con: duckdb.DuckDBPyConnection, frame: pl.DataFrame) -> pl.DataFrame:
    """Subject, holder and standing of every subject; one that side evidence alone names is not assessed."""
    known = store.frame(con, _STANDINGS).rename({"account_id": "subject"})
    return (
        frame.select("subject")
        .unique()
        .join(known, on="subject", how="left")
        .with_columns(pl.col("holder").fill_null(pl.col("subject")), pl.col("standing").fill_null("not assessed"))
        .sort("subject")
    )


def _coverage(con: duckdb.DuckDBPyConnection, looked_in: list[str]) -> str:
    others = con.execute(
        "SELECT currency, count(*) FROM leg WHERE NOT list_contains(?, currency) GROUP BY currency ORDER BY currency",
        [looked_in],
    ).fetchall()
    if not looked_in:
        return "The rules looked at side evidence, not at bank lines."
    said = f"The rules looked at lines in {', '.join(looked_in)}, the currency their limits are set in."
    if not others:
        return f"{said} There are no lines in another."
    listed = ", ".join(f"{count} in {currency}" for currency, count in others)
    return f"{said} Not looked at, lines in other currencies: {listed}."


def observations(frame: pl.DataFrame) -> pl.DataFrame:
    """Subject and its number of independent observations."""
    sets: dict[str, dict[str, set[str]]] = {}
    for subject, indicator, transfers in frame.select("subject", "indicator", "transfers").iter_rows():
        sets.setdefault(subject, {}).setdefault(indicator, set()).update(transfers)
    counted = [(subject, independent(by_rule.values())) for subject, by_rule in sorted(sets.items())]
    return pl.DataFrame(counted, schema={"subject": pl.String, "observations": pl.Int64}, orient="row")


def independent(fired: Iterable[set[str]]) -> int:
    """How many rules can be chosen at most so that no two of them rest on the same transfer.

    Exact. Each rule enters with all transfers of all its hits on the account, so a rule that saw the same payment as
    another adds nothing. A rule that meets at most one other is always among a best choice; only where every rule left
    meets two or more are both branches tried.
    """
    left = list(fired)
    if not left:
        return 0
    least = min(left, key=lambda one: sum(not one.isdisjoint(other) for other in left))
    others = [other for other in left if other is not least]
    with_it = 1 + independent(other for other in others if other.isdisjoint(least))
    if sum(not least.isdisjoint(other) for other in others) <= 1:
        return with_it
    return max(with_it, independent(others))


def _row(query: Query, row: dict[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in row.items() if name not in HIT_COLUMNS}
    return {name: row[name] for name in HIT_COLUMNS} | {
        "query": query.name,
        "indicator": query.indicator,
        "values": json.dumps(own, default=_as_text, ensure_ascii=False),
        "handling": list(query.handling),
        "points_to": query.header["Points to"],
    }


def _as_text(value: Decimal | date) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value.isoformat()


def _suppressed(frame: pl.DataFrame, standings: pl.DataFrame) -> pl.DataFrame:
    open_to_all = standings.filter(pl.col("standing").is_in(["legal", "suspect"]))["subject"].to_list()
    hidden = pl.col("handling").list.contains("suppress") & ~pl.col("subject").is_in(open_to_all)
    return frame.with_columns(pl.when(~hidden).then(pl.col("first_on", "last_on")))
