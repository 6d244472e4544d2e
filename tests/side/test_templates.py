"""Templates are whole, their tables follow them, and the page is in step."""

import re

import duckdb
import pytest

import finflow
from finflow import keys
from finflow.side import templates
from finflow.side.tables import evidence_tables
from finflow.side.template import read_template
from tests.side.handbook import PAGE, handbook

TEXT = """
title = "T"
row = "one"
purpose = "P"
indicators = ["HT01"]
calculations = []
grain = ["site"]
handling = "H"
[columns]
site = { type = "name", required = true, meaning = "m" }
"""
by_kind = pytest.mark.parametrize("template", list(templates().values()), ids=lambda each: each.kind)
APART = re.compile(r"sex|citizenship|nationality|birth|health|gender|ethnic|religio")
EXPECTED = {
    "mandates", "kyc", "devices", "adverts", "bookings", "remittances", "companies", "land", "vehicles", "income", "hours",
    "payslips", "seizures", "benefits",
}  # fmt: skip


def test_every_kind_is_there():
    assert set(templates()) == EXPECTED


@by_kind
def test_what_a_person_is_stands_apart(template):
    assert [name for name, column in template.columns.items() if APART.search(name) and not column.protected] == []


@by_kind
def test_a_name_is_no_word_of_sql(template):
    words = {word for (word,) in duckdb.execute(
        "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'").fetchall()}  # fmt: skip
    assert not {template.kind, *template.columns} & (
        words | {"row_id", "file_id", "locator", "rule", "fault", "ordinal"}
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('["site"]', '["sites"]', "grain names sites"),
        ('"name"', '"one of"', "values go with type one of"),
        ("required = true", "required = true, protected = true", "never required"),
        ('"name"', '"amount"', "one column currency"),
        ('"HT01"', '"1"', "indicators"),
        ("purpose", "purpos", "purpose"),
    ],
)
def test_a_faulty_template_is_refused(old, new, said):
    assert read_template(TEXT, "sites").kind == "sites"
    with pytest.raises(ValueError, match=said):
        read_template(TEXT.replace(old, new), "sites")


def test_the_tables_are_those_of_the_templates(tmp_path):
    case = finflow.open_case(tmp_path / "case")
    found = case.sql("SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE NOT internal").rows()
    for kind, template in templates().items():
        names = {name for schema, table, name in found if (schema, table) == ("main", kind)}
        apart = {name for schema, table, name in found if (schema, table) == ("protected_fact", kind)}
        assert names == {"row_id", "file_id", "locator", *template.open_columns()}
        assert apart - {"row_id", "file_id", "locator"} == set(template.protected_columns())
        assert not names & set(template.protected_columns())


def test_a_row_changes_the_content_hash(tmp_path):
    case = finflow.open_case(tmp_path / "case")
    with case.writing() as con:
        before = keys.content_hash(con)
        seen = {before}
        for table in evidence_tables():
            columns = con.execute(f"DESCRIBE {table}").fetchall()
            values = ", ".join(
                "'1'"
                if kind == "VARCHAR"
                else f"CAST('2025-01-01' AS {kind})"
                if kind in ("DATE", "TIMESTAMP")
                else "1"
                for _, kind, *_ in columns
            )
            con.execute(f"INSERT INTO {table} VALUES ({values})")
            seen.add(keys.content_hash(con))
    assert len(seen) == 1 + len(evidence_tables())


def test_the_page_is_in_step_with_the_templates():
    assert PAGE.read_text(encoding="utf-8") == handbook()
