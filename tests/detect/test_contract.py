"""Every query file keeps the contract: header, parameters, tables, portability, grain, style."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest
import sqlglot
from sqlglot import exp

from finflow.errors import FinflowError
from finflow.places import shipped
from finflow.queries import (
    FIELDS,
    HANDLINGS,
    HIT_COLUMNS,
    PHASES,
    REFERENCE_FOR_RULES,
    read_query,
    red_flags,
    run_query,
)
from finflow.side import templates
from tests.detect.ledger import empty

RULES = list(red_flags().values())
by_name = pytest.mark.parametrize("query", RULES, ids=lambda query: query.name)

TABLES = {"leg", "transfer", "account", "listed", *templates(), *REFERENCE_FOR_RULES}
PERSONAL = {
    "holder_party_id", "party_id", "sex", "age", "nationality",
    *(name for template in templates().values() for name in template.protected_columns()),
}  # fmt: skip
REFUSED_FUNCTIONS = {  # seen to fail or to give other rows on Spark
    "avg", "percentile_cont", "quantile_cont", "approx_quantile", "dayofweek", "isodow", "monthname", "len", "map",
    "to_days", "epoch", "time_bucket", "columns", "strip_accents", "jaro_winkler_similarity", "list_slice", "now",
    "current_date", "current_timestamp", "random", "levenshtein",
}  # fmt: skip
DATES = re.compile(r"(_on|_date|_from|_until|opens)$")


@by_name
def test_header_is_complete(query):
    required = set(FIELDS) - {"Uses"}
    assert required <= set(query.header)
    assert all(query.header[name] for name in required)
    assert re.fullmatch(r"HT\d\d", query.indicator)
    assert set(query.phases) <= set(PHASES)
    assert set(query.handling) <= set(HANDLINGS)
    assert query.header["Question"].endswith("?")


@by_name
def test_header_parameters_are_those_of_the_sql(query):
    (statement,) = duckdb.extract_statements(query.sql)
    assert {p.name for p in query.parameters} == set(statement.named_parameters)
    assert all(p.help for p in query.parameters)


@by_name
def test_runs_on_an_empty_case_with_the_columns_it_names(query):
    nothing = pl.DataFrame(schema={"subject": pl.String, "first_on": pl.Date, "last_on": pl.Date})
    frame = run_query(empty(), query, query.values({}), dict.fromkeys(query.uses, nothing))
    assert frame.columns == [name.strip() for name in query.header["Columns"].split(",")]
    assert tuple(frame.columns[:6]) == HIT_COLUMNS
    expected = {"subject": pl.String, "first_on": pl.Date, "last_on": pl.Date, "amount": pl.Decimal(28, 8)}
    assert {name: frame.schema[name] for name in expected} == expected
    assert frame.schema["transfers"] == pl.List(pl.String)
    assert not any(kind.is_float() for kind in frame.schema.values())


@by_name
def test_who_may_be_a_victim_is_protected_by_following_the_money(query):
    columns = query.header["Columns"]
    assert ("receiver" in columns) == ({"protect", "follow"} <= set(query.handling))
    assert ("victim" in query.header["Points to"]) <= (query.handling != ("normal",))


@by_name
def test_values_carry_no_place_name_or_text(query):
    values = {name.strip() for name in query.header["Columns"].split(",")} - set(HIT_COLUMNS)
    assert not values & {"place", "narrative", "counterparty_name", "name", "payer", "time"}


@by_name
def test_reads_only_what_a_rule_may_read(query):
    tree = parsed(query.sql)
    ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
    assert {table.name for table in tree.find_all(exp.Table)} - ctes <= TABLES | set(query.uses)
    assert set(query.uses) <= {table.name for table in tree.find_all(exp.Table)}
    assert not any(table.db for table in tree.find_all(exp.Table))  # no schema: neither evidence nor protected_fact
    assert not {column.name for column in tree.find_all(exp.Column)} & PERSONAL


@by_name
def test_stays_inside_the_portable_subset(query):
    assert portable_faults(query.sql) == []
    sqlglot.transpile(query.sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)


@by_name
def test_is_readable(query):
    body = [line for line in query.sql.splitlines() if line.strip() and not line.startswith("--")]
    assert 15 <= len(body) <= 95
    assert max(map(len, body)) <= 120


@by_name
def test_words_are_those_of_the_project(query):
    shown = " ".join(query.header[name] for name in ("Title", "Question")).lower()
    assert not re.search(r"suspicious|red flag|score|alert|risk|controller|mule|trafficker|pimp|prostitut", shown)


def test_queries_lint():
    done = subprocess.run(
        [sys.executable, "-m", "sqlfluff", "lint", "--config", ".sqlfluff", str(shipped("queries") / "red_flags")],
        capture_output=True, text=True, encoding="utf-8", cwd=Path(__file__).parents[2], check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_rules_cover_the_phases():
    seen = {phase for query in RULES for phase in query.phases}
    assert seen >= {"recruitment", "transport", "sexual exploitation", "labour exploitation", "laundering"}
    assert len({query.indicator for query in RULES}) == len(RULES) >= 12


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("SELECT a / b FROM leg", "/"),
        ("SELECT avg(amount) FROM leg", "avg"),
        ("SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) FROM leg", "percentile_cont"),
        ("SELECT len(x) FROM leg", "len"),
        ("SELECT x[1:2] FROM leg", "slice"),
        ("SELECT list(x ORDER BY x) FROM leg", "ordered list"),
        ("SELECT cast(amount AS DOUBLE) FROM leg", "float"),
        ("SELECT date_diff('day', booked_at, booking_date) FROM leg", "date_diff"),
        ("SELECT first_on - last_on FROM leg", "date minus date"),
        ("SELECT * FROM leg QUALIFY row_number() OVER (ORDER BY x) = 1", "QUALIFY"),
        ("WITH RECURSIVE r AS (SELECT 1 AS n UNION SELECT n + 1 FROM r) SELECT n FROM r", "recursive"),
        ("SELECT a.x FROM leg AS a ASOF JOIN leg AS b ON a.t >= b.t", "ASOF"),
        ("WITH r AS MATERIALIZED (SELECT 1 AS n) SELECT n FROM r", "MATERIALIZED"),
        ("SELECT * REPLACE (1 AS x) FROM leg", "REPLACE"),
        ("SELECT sum(x) FILTER (WHERE y) OVER () FROM leg", "FILTER with OVER"),
        ("SELECT current_date FROM leg", "current_date"),
    ],
)
def test_the_deny_list_denies(sql, fault):
    assert fault in portable_faults(sql)


@pytest.mark.parametrize(
    "source",
    ["protected_fact.kyc", '"protected_fact" . kyc', "evidence.protected_kyc", "evidence.kyc", "EVIDENCE.entry",
     "(SELECT * FROM Protected_Fact.mandates)", "query_table('protected_fact.kyc')"],
)  # fmt: skip
def test_a_rule_that_names_what_stands_apart_is_not_run(source):
    query = replace(RULES[0], sql=f"WITH found AS (SELECT * FROM {source}) SELECT * FROM found")
    with pytest.raises(FinflowError, match="stands apart"):
        run_query(empty(), query, {}, {})


def test_a_header_that_cannot_be_read_is_named(tmp_path):
    broken = tmp_path / "broken.sql"
    broken.write_text("-- Parameters:\n--   least = 3\nSELECT 1\n", encoding="utf-8")
    with pytest.raises(FinflowError, match=r"broken\.sql: write a parameter as: name TYPE = default"):
        read_query(broken)
    broken.write_text("-- something\nSELECT 1\n", encoding="utf-8")
    with pytest.raises(FinflowError, match=r"broken\.sql, line 1"):
        read_query(broken)


def parsed(sql):
    return sqlglot.parse_one(sql, read="duckdb")


def portable_faults(sql):
    """What in a query is known to fail on Spark or to give other rows there."""
    tree = parsed(sql)
    slices = ["slice"] if re.search(r"\[\d*:\d*\]", sql) else []
    return sorted({*_structure(tree), *_functions(tree), *_dates(tree), *slices})


def _structure(tree):
    kinds = {exp.Div: "/", exp.IntDiv: "/", exp.Pivot: "pivot"}
    yield from (word for kind, word in kinds.items() if tree.find(kind))
    if any(cast.to.is_type("double", "float", "decfloat") for cast in tree.find_all(exp.Cast)):
        yield "float"
    if any(isinstance(array.this, exp.Order) for array in tree.find_all(exp.ArrayAgg)):
        yield "ordered list"
    for select in tree.find_all(exp.Select):
        if select.args.get("qualify") and any(isinstance(e, exp.Star) for e in select.expressions):
            yield "QUALIFY"
    for with_ in tree.find_all(exp.With):
        if with_.recursive and any(union.args.get("distinct") for union in with_.find_all(exp.Union)):
            yield "recursive"
    if any(join.method == "ASOF" for join in tree.find_all(exp.Join)):
        yield "ASOF"
    if any(cte.args.get("materialized") for cte in tree.find_all(exp.CTE)):
        yield "MATERIALIZED"
    if any(star.args.get("replace") or star.args.get("replace_") for star in tree.find_all(exp.Star)):
        yield "REPLACE"
    if any(isinstance(window.this, exp.Filter) for window in tree.find_all(exp.Window)):
        yield "FILTER with OVER"


def _functions(tree):
    for function in tree.find_all(exp.Func):
        names = [function.name] if isinstance(function, exp.Anonymous) else function.sql_names()
        text = function.sql(dialect="duckdb").partition("(")[0]
        yield from {name.lower() for name in (*names, text)} & REFUSED_FUNCTIONS


def _dates(tree):
    for diff in tree.find_all(exp.DateDiff):
        if not all(isinstance(side, exp.Column) and DATES.search(side.name) for side in (diff.this, diff.expression)):
            yield "date_diff"
    for minus in tree.find_all(exp.Sub):
        if all(isinstance(side, exp.Column) and DATES.search(side.name) for side in (minus.this, minus.expression)):
            yield "date minus date"
