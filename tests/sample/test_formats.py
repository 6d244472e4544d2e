"""Judges nobody here wrote: the XML schema of ISO 20022 and the mt-940 library."""

import os
from decimal import Decimal
from pathlib import Path

import mt940
import pytest
from lxml import etree

SCHEMA = "camt.053.001.08.xsd"


@pytest.fixture(scope="module")
def schema():
    data = Path(os.environ.get("FINFLOW_DATA", Path(__file__).parents[3] / "shared" / "data"))
    path = data / "formats" / "camt" / SCHEMA
    if not path.is_file():
        pytest.skip(f"{SCHEMA} is not at {path.parent}: set FINFLOW_DATA to the folder that holds formats/")
    schema = etree.XMLSchema(etree.parse(path))
    return lambda file: schema.validate(etree.parse(file))


def test_every_noordkade_file_keeps_the_schema(schema, folder):
    files = sorted((folder / "bank").glob("noordkade_*.xml"))
    assert len(files) > 35
    assert [path.name for path in files if not schema(path)] == []


def test_a_file_that_breaks_the_schema_is_found(schema, folder, tmp_path):
    whole = (folder / "bank" / "noordkade_NL-02_2026.xml").read_text(encoding="utf-8")
    broken = tmp_path / "broken.xml"
    broken.write_text(whole.replace("<Ccy>EUR</Ccy>", ""), encoding="utf-8")
    assert schema(folder / "bank" / "noordkade_NL-02_2026.xml")
    broken.write_text(whole.replace("<Cd>OPBD</Cd>", "<Cd>OPENING</Cd>"), encoding="utf-8")
    assert not schema(broken)


def test_every_elbufer_file_reads_with_the_stock_library(folder, files):
    own = {}
    for each in files.statements:
        own.setdefault(each.file, []).extend(each.rows)
    paths = sorted((folder / "bank").glob("elbufer_*.sta"))
    assert len(paths) == 14
    for path in paths:
        read = mt940.parse(str(path))
        assert [line.data["amount"].amount for line in read] == [row.amount for row in own[path.name]]


def test_fields_of_elbufer_are_short_and_in_swift_letters(folder):
    for path in (folder / "bank").glob("elbufer_*.sta"):
        for line in path.read_text(encoding="ascii").split("\n"):
            assert len(line) <= 69
            assert line == line.rstrip()


def test_elbufer_prints_no_times(files):
    assert all(
        row.moment.hour == row.moment.minute == 0
        for each in files.statements
        if each.file.endswith(".sta")
        for row in each.rows
    )


def test_noordkade_prints_day_time_zone_and_references(files):
    for each in files.statements:
        for row in each.rows if each.file.endswith(".xml") else []:
            assert row.moment.utcoffset() is not None
            assert row.reference
            assert row.code.startswith("PMNT/")


def test_machines_and_shops_print_their_town(files):
    rows = [row for each in files.statements for row in each.rows if row.info.startswith(("ATM", "CARD"))]
    assert len(rows) > 4_000
    for row in rows:
        if row.info.startswith("ATM"):
            assert row.info.split()[1] in ("deposit", "withdrawal")
            assert len(row.info.split()) == 3
        else:
            assert row.info.split()[-2] == "MCC"
            assert row.info.split()[-1].isdigit()


def test_a_reader_of_its_own_finds_as_many_lines_as_were_written(files, answers):
    entries = sum(truth["entries"] for truth in answers["accounts"].values())
    assert sum(len(found) for found in files.by_account.values()) == entries
    assert 15_000 < entries < 40_000
    assert sum((row.amount for found in files.by_account.values() for row in found), Decimal(0)) != 0
