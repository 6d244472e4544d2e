"""Whatever the bytes: a file is read with every record accounted for, or refused in words."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finflow.errors import FinflowError
from finflow.load import propose_mapping
from finflow.load.camt import open_camt
from finflow.load.mapping import parse_mapping
from finflow.load.mt940 import open_mt940
from finflow.load.plan import plan
from finflow.load.settle import Settler
from finflow.load.table import open_table
from tests.load.camt_text import document, entry, statement, tx
from tests.load.support import mapping

READERS = settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
JUDGED = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))

CELL = st.one_of(
    st.sampled_from(
        ["2025-01-31", "31.01.2025", "1.00", "-5", "5e+05", "1,5", "", "null", '"', '"a', '"x\ny"', "a\rb", "é", "\x85"]
    ),
    st.text(alphabet="09-.,;\"'\n ex\u2028\u00a0", max_size=6),
)
LINE = st.lists(CELL, min_size=1, max_size=4).map(";".join)
TABLE = st.lists(LINE, max_size=12).map("\n".join)
FIELD = st.one_of(
    st.sampled_from(
        [":20:A", ":25:B/1", ":28C:1/1", ":60F:C250101EUR1,00", ":62F:C250131EUR2,00", ":61:2501020102C5,00NTRFREF//B", "-", "",
         ":61:2502300301DR6,00N024NONREF", ":86:166?00X?20EREF+1?31DE0?32A", ":86:/EREF/1/REMI/x", ":61:x", "{1:F01}{4:", ":86:"]
    ),
    st.text(alphabet=":6012FCDEUR,?/-\n x", max_size=12),
)  # fmt: skip
WHOLE = document(
    statement(entry(details=tx(amount="4.00") + tx(amount="6.00")), entry(side="DBIT", booked="<DtTm>x</DtTm>"))
)


def attempt(name: str, action):
    """What an action gives, or None when it is refused in words that name the file."""
    try:
        return action()
    except FinflowError as error:
        refusal = str(error)
    assert refusal.startswith(name)
    assert "Traceback" not in refusal
    return None


def read(opened) -> list[dict]:
    return [row for batch in opened.batches for row in batch.records.to_pylist()]


def lines_of(locator: str) -> range:
    first, _, last = locator.removeprefix("L").partition("-")
    return range(int(first), int(last or first) + 1)


@READERS
@given(TABLE)
def test_every_line_of_a_table_is_part_of_a_record(tmp_path, text) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(f"Date;Amount;T\n{text}".encode())
    rows = attempt("x.csv", lambda: read(open_table(path, "x.csv", mapping(columns='narrative = "T"'), "UTC")))
    if rows is None:
        return
    covered = [line for row in rows for line in range(row["first_line"], row["last_line"] + 1)]
    printed = re.split("\r\n|\r|\n", text)
    assert len(covered) == len(set(covered))
    assert {number for number, line in enumerate(printed, 2) if line} <= set(covered)


@JUDGED
@given(TABLE)
def test_every_record_of_a_table_is_judged(tmp_path, text) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(f"Date;Amount;T\n{text}".encode())
    opened = open_table(path, "x.csv", mapping(columns='narrative = "T"', table='dates = "%d.%m.%Y"'), "UTC")
    settler = Settler(opened.reading)
    try:
        batches = list(opened.batches)
    except FinflowError:
        return
    for batch in batches:
        for row in settler.settle(batch.records).to_pylist():
            assert row["fault"] or row["rule"] or (row["amount"] > 0 and row["booking_date"] and row["account_id"])
            assert not (row["fault"] and row["rule"])
            assert row["fault"] is None or batch.raw([row["ordinal"]])[0]


@READERS
@given(st.lists(FIELD, max_size=14).map("\n".join))
def test_every_line_61_is_a_record(tmp_path, text) -> None:
    path = tmp_path / "x.sta"
    path.write_bytes(f":20:S\n{text}\n".encode())
    rows = attempt("x.sta", lambda: read(open_mt940(path, "x.sta", None, "UTC")))
    if rows is None:
        return
    starts = [n for n, line in enumerate(text.split("\n"), 2) if re.match(r"\s*:61:", line)]
    assert [lines_of(row["locator"]).start for row in rows] == starts


@READERS
@given(st.data())
def test_a_damaged_xml_file_is_read_whole_or_refused(tmp_path, data) -> None:
    text = WHOLE.encode()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(150, len(text)))
        cut = data.draw(st.integers(0, 30))
        text = (
            text[:at]
            + data.draw(st.sampled_from([b"", b"<", b"&", b"\xff", b"0", b"</Ntry>", b"<Ntry>"]))
            + text[at + cut :]
        )
    path = tmp_path / "x.xml"
    path.write_bytes(text)
    rows = attempt("x.xml", lambda: read(open_camt("camt.053", path, "x.xml", None, "Europe/Amsterdam")))
    if rows is None:
        return
    assert len(rows) == len(re.findall(rb"<Ntry[ />]", text))


@READERS
@given(st.one_of(st.binary(max_size=200), TABLE.map(str.encode), st.lists(FIELD).map("\n".join).map(str.encode)))
def test_any_bytes_are_planned_or_refused(tmp_path, content) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    attempt("x", lambda: read(plan(path, "x", None, tmp_path, "UTC").readable))


@READERS
@given(TABLE)
def test_a_proposal_without_doubt_is_a_mapping(tmp_path, text) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(f"IBAN;Currency;Date;Amount\n{text}".encode())
    try:
        proposal = propose_mapping(path)
    except FinflowError:
        return
    if not proposal.unsure:
        parse_mapping(proposal.text, "proposed")


@READERS
@given(st.text(alphabet="ab[]=\"'.\n{}1,", max_size=60))
def test_any_text_is_a_mapping_or_refused(text) -> None:
    with pytest.raises(FinflowError):
        parse_mapping(text, "m.toml")
