"""The verb: a whole file is in or nothing of it, the same bytes twice change nothing, and it says so."""

import hashlib
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest

from finflow import engine, log, open_case
from finflow.errors import FinflowError
from finflow.load import Loaded, load
from finflow.load import write as writing
from tests.load.support import mapping_text, new_case, rows, write

CSV = "Date;Amount;Saldo;Name\n2025-01-01;10.00;110.00;JANSEN\n2025-01-03;-5.00;105.00;JANSEN\nx;1;1;JANSEN\n;;;\n"
WHOLE = mapping_text(columns='balance = "Saldo"\ncounterparty_name = "Name"')
EVIDENCE = ("source_file", "mapping", "statement", "entry", "detail", "rejected_row", "skipped_row")


def a_bank(tmp_path, content=CSV, text=WHOLE, name="a.csv"):
    write(tmp_path, "test.mapping.toml", text)
    return write(tmp_path, name, content)


def counts(case) -> dict[str, int]:
    return {table: rows(case, f"SELECT count(*) FROM {table}")[0][0] for table in EVIDENCE}


def test_every_record_is_accounted_for(tmp_path) -> None:
    case, path = new_case(tmp_path), a_bank(tmp_path)
    loaded = load(case, path)
    file_id = hashlib.sha256(CSV.encode()).hexdigest()
    assert loaded.frame.rows() == [("a.csv", file_id, "csv", 4, 2, 1, 1, "loaded", "right not recorded")]
    assert loaded.left_out.rows() == [
        ("a.csv", "rejected", "column Date is not a date of the form %Y-%m-%d", 1),
        ("a.csv", "skipped", "empty record", 1),
    ]
    assert rows(case, "SELECT * FROM rejected_row") == [
        (file_id, "L4", "column Date is not a date of the form %Y-%m-%d", "x;1;1;JANSEN")
    ]
    assert rows(case, "SELECT * FROM skipped_row") == [(file_id, "L5", "empty record")]
    prefix = file_id[:16]
    assert rows(case, "SELECT entry_id, statement_id, seq, side, amount FROM entry ORDER BY seq") == [
        (f"{prefix}:L2", f"{prefix}:L2", 1, "CRDT", Decimal(10)),
        (f"{prefix}:L3", f"{prefix}:L2", 2, "DBIT", Decimal(5)),
    ]


def test_a_line_says_the_same_whichever_of_the_two_tables_of_entries_holds_it(tmp_path) -> None:
    content = CSV.replace("Name\n", "Name;Place\n").replace("JANSEN", "JANSEN;")
    said = "SELECT * EXCLUDE (entry_id, file_id, statement_id) FROM entry ORDER BY seq"
    held = "SELECT (SELECT count(*) FROM evidence.short_entry), (SELECT count(*) FROM evidence.long_entry)"
    for name in ("1", "2"):
        (tmp_path / name).mkdir()
    short, long = new_case(tmp_path / "1"), new_case(tmp_path / "2")
    for case, place, text in (
        (short, tmp_path / "1", WHOLE.replace("[table]", '[table]\nunused = ["Place"]')),
        (long, tmp_path / "2", WHOLE.replace("[columns]", '[columns]\nplace = "Place"')),
    ):
        load(case, a_bank(place, content, text))
    assert [rows(case, held) for case in (short, long)] == [[(2, 0)], [(0, 2)]]
    assert rows(short, said) == rows(long, said)
    assert rows(short, "SELECT locator, both_sides, details, place FROM entry ORDER BY seq") == [
        ("L2", False, 0, None), ("L3", False, 0, None),
    ]  # fmt: skip


def test_a_file_is_kept_as_received(tmp_path) -> None:
    case, path = new_case(tmp_path), a_bank(tmp_path)
    (file_id,) = load(case, path).frame["file_id"]
    original = case.folder / "originals" / file_id
    assert original.read_bytes() == path.read_bytes()
    assert not os.access(original, os.W_OK) or os.geteuid() == 0
    assert original.stat().st_mode & 0o222 == 0
    assert [item.name for item in (case.folder / "tmp").iterdir() if item.name.startswith("received")] == []
    assert rows(case, "SELECT name, size_bytes, format FROM source_file") == [("a.csv", len(CSV), "csv")]


def test_the_mapping_is_kept_once(tmp_path) -> None:
    case = new_case(tmp_path)
    a_bank(tmp_path)
    write(tmp_path, "b.csv", CSV.replace("10.00", "11.00"))
    load(case, tmp_path / "bank")
    assert rows(case, "SELECT name, content FROM mapping") == [("test.mapping.toml", WHOLE)]
    assert rows(case, "SELECT count(DISTINCT mapping_id) FROM source_file JOIN mapping USING (mapping_id)") == [(1,)]


def test_the_same_bytes_twice_change_nothing_and_it_says_so(tmp_path) -> None:
    case, path = new_case(tmp_path), a_bank(tmp_path)
    load(case, path)
    before = {table: rows(case, f"SELECT * FROM {table} ORDER BY ALL") for table in EVIDENCE}
    again = load(case, path, write(tmp_path, "renamed.csv", CSV))
    assert again.frame["status"].to_list() == ["loaded before: nothing changed"] * 2
    assert {table: rows(case, f"SELECT * FROM {table} ORDER BY ALL") for table in EVIDENCE} == before


def test_balances_of_a_statement_come_from_the_running_balance(tmp_path) -> None:
    case = new_case(tmp_path)
    load(case, a_bank(tmp_path))
    statement = (
        "SELECT account_id, bank, currency, from_date, until_date, opening_balance, closing_balance FROM statement"
    )
    assert rows(case, statement) == [
        ("DE89370400440532013000", "TESTDE22", "EUR", date(2025, 1, 1), date(2025, 1, 4), Decimal(100), Decimal(105))
    ]


@pytest.mark.parametrize(
    ("lines", "opening", "closing"),
    [
        (["01;10;110", "03;-5;105"], 100, 105),
        (["03;-5;105", "01;10;110"], 100, 105),  # newest first
        (["01;-5;105", "01;10;110"], 100, 105),  # newest first within one day
        (["01;10;110"], 100, 110),
        (["01;10;", "03;-5;105"], None, None),
        (["01;10;110", "03;-5;999"], 100, 999),  # a gap stays visible
    ],
)
def test_balances_in_the_true_order_of_the_lines(tmp_path, lines, opening, closing) -> None:
    case = new_case(tmp_path)
    text = "Date;Amount;Saldo\n" + "".join(f"2025-01-{line}\n" for line in lines)
    load(case, a_bank(tmp_path, text, mapping_text(columns='balance = "Saldo"')))
    assert rows(case, "SELECT opening_balance, closing_balance FROM statement") == [(opening, closing)]


def test_one_statement_for_each_account_and_currency(tmp_path) -> None:
    text = "Date;Amount;A;C\n2025-01-01;1;1;EUR\n2025-02-01;1;2;EUR\n2025-01-05;1;1;USD\n2025-03-01;1;1;EUR\n"
    found = mapping_text(columns='account = "A"\ncurrency = "C"').replace('account = "DE89370400440532013000"\n', "")
    case = new_case(tmp_path)
    load(case, a_bank(tmp_path, text, found.replace('currency = "EUR"\n', "", 1)))
    assert rows(
        case, "SELECT locator, account_id, currency, from_date, until_date FROM statement ORDER BY locator"
    ) == [
        ("L2", "TESTDE22/1", "EUR", date(2025, 1, 1), date(2025, 3, 2)),
        ("L3", "TESTDE22/2", "EUR", date(2025, 2, 1), date(2025, 2, 2)),
        ("L4", "TESTDE22/1", "USD", date(2025, 1, 5), date(2025, 1, 6)),
    ]
    assert rows(case, "SELECT count(*) FROM entry JOIN statement USING (statement_id, account_id, currency)") == [(4,)]


def test_balances_given_by_the_mapping(tmp_path) -> None:
    case = new_case(tmp_path)
    given = mapping_text(parts='[balances]\nopening = "1.50"\nclosing = "-2"')
    load(case, a_bank(tmp_path, "Date;Amount\n2025-01-01;1\n", given))
    assert rows(case, "SELECT opening_balance, closing_balance FROM statement") == [(Decimal("1.5"), Decimal(-2))]


def test_statements_are_the_same_whatever_the_pieces(tmp_path, monkeypatch) -> None:
    text = "Date;Amount;Saldo\n" + "".join(f"2025-01-{n:02};1;{100 + n}\n" for n in range(1, 29))
    found = mapping_text(columns='balance = "Saldo"')
    case = new_case(tmp_path)
    monkeypatch.setattr("finflow.load.decoding.PIECE", 64)
    load(case, a_bank(tmp_path, text, found))
    assert rows(case, "SELECT count(*), min(seq), max(seq), count(DISTINCT statement_id) FROM entry") == [
        (28, 1, 28, 1)
    ]
    assert rows(case, "SELECT opening_balance, closing_balance FROM statement") == [(100, 128)]


def test_a_right_comes_from_sources_toml(tmp_path) -> None:
    case, path = new_case(tmp_path), a_bank(tmp_path)
    right = (
        'obtained_by = "EIO"\nauthority = "Court"\nreference = "R-1"\nobtained_on = 2026-01-02\nhandling_code = "H1"\n'
    )
    write(tmp_path, "sources.toml", f'[[source]]\nfiles = ["a*"]\n{right}expires_on = 2020-01-01\n')
    loaded = load(case, path)
    assert loaded.frame["right"].to_list() == ["EIO"]
    assert loaded.notes == ("a.csv: the right to use it ended on 2020-01-01",)
    assert rows(
        case, "SELECT obtained_by, authority, reference, obtained_on, handling_code, use_limits FROM source_file"
    ) == [("EIO", "Court", "R-1", date(2026, 1, 2), "H1", None)]


def test_a_right_that_is_not_recorded_is_said(tmp_path) -> None:
    loaded = load(new_case(tmp_path), a_bank(tmp_path))
    assert "sources.toml" in loaded.notes[-1]
    assert "right not recorded" in str(loaded)


def test_nothing_of_a_file_that_fails_is_in(tmp_path) -> None:
    case = new_case(tmp_path)
    a_bank(tmp_path)
    broken = write(tmp_path, "b.csv", CSV + "2025-01-04;1.0")
    with pytest.raises(FinflowError, match=r"b\.csv L6: the file ends inside this record"):
        load(case, broken)
    assert counts(case) == dict.fromkeys(EVIDENCE, 0)
    assert list((case.folder / "originals").iterdir()) == []


def test_files_before_one_that_fails_stay_loaded(tmp_path) -> None:
    case = new_case(tmp_path)
    a_bank(tmp_path)
    write(tmp_path, "b.csv", CSV + "cut off")
    with pytest.raises(FinflowError, match=r"b\.csv"):
        load(case, tmp_path / "bank" / "*.csv")
    assert rows(case, "SELECT name FROM source_file") == [("a.csv",)]


@pytest.mark.parametrize(
    ("stop", "told", "words"),
    [(KeyboardInterrupt, KeyboardInterrupt, None), (MemoryError, FinflowError, "more memory than there is")],
)
def test_an_interrupted_load_leaves_nothing(tmp_path, monkeypatch, stop, told, words) -> None:
    case, path = new_case(tmp_path), a_bank(tmp_path)

    def stopped(*_: object) -> None:
        raise stop

    with monkeypatch.context() as patch:
        patch.setattr(writing, "_keep_original", stopped)
        with pytest.raises(told, match=words):
            load(case, path)
    assert counts(case) == dict.fromkeys(EVIDENCE, 0)
    assert [item for item in (case.folder / "tmp").iterdir() if item.is_file()] == []
    phase = "interrupted" if stop is KeyboardInterrupt else "failed"
    assert [line["phase"] for line in log.lines(case.folder)][-1] == phase
    assert load(case, path).frame["status"].to_list() == ["loaded"]


def test_the_case_is_opened_once_for_many_files(tmp_path, monkeypatch) -> None:
    case, opened, connect = new_case(tmp_path), [], engine.connect
    monkeypatch.setattr(engine, "connect", lambda path, write: opened.append(write) or connect(path, write=write))
    a_bank(tmp_path)
    write(tmp_path, "b.csv", CSV.replace("10.00", "11.00"))
    write(tmp_path, "c.csv", CSV)
    assert load(case, tmp_path / "bank").frame["status"].to_list() == [
        "loaded", "loaded", "loaded before: nothing changed",
    ]  # fmt: skip
    assert opened == [True]


KILLED = """\
import os, sys
from finflow import open_case
from finflow.load import write
kept, done = write._keep_file, []
def killed(*given):
    kept(*given)
    done.append(given)
    if len(done) == 2:
        os._exit(9)
write._keep_file = killed
open_case(sys.argv[1]).load(sys.argv[2])
"""


def test_a_load_that_is_killed_keeps_the_files_before_whole_and_nothing_of_its_last(tmp_path) -> None:
    case = new_case(tmp_path)
    a_bank(tmp_path)
    write(tmp_path, "b.csv", CSV.replace("10.00", "11.00"))
    ended = subprocess.run([sys.executable, "-c", KILLED, case.folder, tmp_path / "bank"], check=False)
    assert ended.returncode == 9
    again = open_case(case.folder)
    assert counts(again) == dict(zip(EVIDENCE, (1, 1, 1, 2, 0, 1, 1), strict=True))
    assert [line["phase"] for line in log.lines(case.folder)][-1] == "interrupted"
    assert load(again, tmp_path / "bank").frame["status"].to_list() == ["loaded before: nothing changed", "loaded"]


def test_an_original_left_by_a_crash_does_not_stop_a_load(tmp_path) -> None:
    case, path = new_case(tmp_path), a_bank(tmp_path)
    left = case.folder / "originals" / hashlib.sha256(CSV.encode()).hexdigest()
    left.write_bytes(b"half of it")
    left.chmod(0o400)
    load(case, path)
    assert left.read_bytes() == CSV.encode()


def test_log_and_reasons_hold_no_value_of_the_data(tmp_path) -> None:
    case, path = new_case(tmp_path), a_bank(tmp_path)
    loaded = load(case, path)
    told = (case.folder / "log.jsonl").read_text(encoding="utf-8") + str(loaded) + loaded._repr_html_()
    assert "JANSEN" not in told
    assert "DE89" not in told
    done = [line for line in log.lines(case.folder) if line["verb"] == "load" and line["phase"] == "done"]
    assert done[0]["detail"]["files"][0]["entries"] == 2
    log.verify(case.folder)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", r"a\.csv is empty"),
        ("a.csv", b"  \n", r"a\.csv is empty"),
        ("a.csv", b"PK\x03\x04xx", r"a\.csv is a ZIP archive"),
        ("a.csv", b"%PDF-1.7", r"a\.csv is pdf, but its mapping says csv"),
        ("a.csv", b"Date;Amount\x00\n", r"a\.csv L1 holds NUL bytes"),
        ("a.csv", b"Date,Amount\n", "write delimiter"),
        ("x.xml", b"<Document><a>", r"x\.xml L1 is not well-formed XML"),
        ("x.xml", b"<html></html>", r"x\.xml is another kind of XML"),
        ("x.sta", b":20:A\n:25:B\n", r"x\.sta holds no MT940 statement"),
        ("free.txt", b"Dear colleague,\nhere it is.\n", r"free\.txt is no table"),
    ],
)
def test_bad_files_are_refused_with_their_name_and_what_to_do(tmp_path, name, content, words) -> None:
    case = new_case(tmp_path)
    with pytest.raises(FinflowError, match=words):
        load(case, a_bank(tmp_path, content, mapping_text(), name))
    assert counts(case) == dict.fromkeys(EVIDENCE, 0)


def test_a_pattern_without_files_is_named(tmp_path) -> None:
    case = new_case(tmp_path)
    for pattern in (tmp_path / "nothing" / "*.csv", "", tmp_path):
        with pytest.raises(FinflowError, match="No file found for"):
            load(case, pattern)
    with pytest.raises(FinflowError, match="No file found for"):
        load(case)


def test_a_mapping_is_found_beside_the_file_or_in_the_case(tmp_path) -> None:
    case = new_case(tmp_path)
    write(tmp_path, "a.csv", CSV)
    write(tmp_path / "case", "test.mapping.toml", WHOLE, "mappings")
    assert load(case, tmp_path / "bank" / "a.csv").frame["entries"].to_list() == [2]


def test_a_mapping_can_be_named(tmp_path) -> None:
    case = new_case(tmp_path)
    chosen = write(tmp_path, "other.toml", WHOLE.replace("*.csv", "none"))
    path = write(tmp_path, "a.csv", CSV)
    assert load(case, path, mapping=chosen).frame["entries"].to_list() == [2]


def test_two_mappings_for_a_file_are_refused(tmp_path) -> None:
    path = a_bank(tmp_path)
    write(tmp_path, "other.mapping.toml", WHOLE)
    with pytest.raises(FinflowError, match=r"a\.csv is named by other\.mapping\.toml and by test\.mapping\.toml"):
        load(new_case(tmp_path), path)


def test_a_mapping_with_open_questions_is_refused(tmp_path) -> None:
    path = a_bank(tmp_path, text='unsure = ["table.dates: ?"]\n' + WHOLE)
    with pytest.raises(FinflowError, match="open questions"):
        load(new_case(tmp_path), path)


def test_the_result_shows_itself(tmp_path) -> None:
    loaded = load(new_case(tmp_path), a_bank(tmp_path))
    assert isinstance(loaded, Loaded)
    page = loaded._repr_html_()
    assert 'id="finflow-loaded"' in page
    file = loaded.frame["file_id"][0][:16]
    assert f"<li>{file}: 1 rejected: column Date" in page
    assert f"{file}: 1 skipped: empty record" in str(loaded)
    assert "a.csv: 1 skipped: empty record" in loaded.told


BESIDE = ["README.md", "SHA256SUMS", "a.csv.sha256", "answers.json", "readme.TXT", "sources.toml", "test.mapping.toml"]


@pytest.mark.parametrize("pattern", ["bank", "bank/*", "bank/**"])
def test_what_lies_beside_bank_files_is_left_aside_and_named(tmp_path, pattern) -> None:
    case = new_case(tmp_path)
    a_bank(tmp_path)
    write(tmp_path, "sources.toml", '[[source]]\nfiles = ["*"]\nobtained_by = "FIU"\n')
    for name in BESIDE[:5]:
        write(tmp_path, name, CSV)
    loaded = load(case, str(tmp_path / pattern))
    assert loaded.frame["name"].to_list() == ["a.csv"]
    assert loaded.aside == tuple(BESIDE)
    assert loaded.told[-1].startswith("Left aside: README.md, SHA256SUMS, a.csv.sha256, answers.json, ")
    assert "README" not in loaded._repr_html_()
    assert "<li>Left aside, no bank files by their names: 7.</li>" in loaded._repr_html_()


def test_a_folder_inside_a_folder_is_left_aside_and_named(tmp_path) -> None:
    a_bank(tmp_path)
    write(tmp_path / "bank", "b.csv", CSV, "old")
    assert load(new_case(tmp_path), tmp_path / "bank").aside == ("old", "test.mapping.toml")


def test_a_file_named_itself_is_read_whatever_its_name(tmp_path) -> None:
    case = new_case(tmp_path)
    a_bank(tmp_path, text=WHOLE.replace('"*.csv"', '"*"'))
    loaded = load(case, write(tmp_path, "README.txt", CSV), tmp_path / "bank")
    assert loaded.frame["name"].to_list() == ["README.txt", "a.csv"]
    assert "README.txt" not in loaded.aside


def test_a_folder_of_nothing_else_is_told_what_was_left_aside(tmp_path) -> None:
    write(tmp_path, "README.md", "x")
    with pytest.raises(FinflowError, match=r"No file found for .* Left aside: README\.md\."):
        load(new_case(tmp_path), tmp_path / "bank")


WRONG = mapping_text(
    table='dates = "%d/%m/%Y"', columns='counterparty_name = "Name"', parts='[skip.x]\ncolumn="Saldo"\nvalues=["-"]'
)


def test_a_file_none_of_whose_records_can_be_read_is_refused(tmp_path) -> None:
    case, path = new_case(tmp_path), a_bank(tmp_path, text=WRONG)
    with pytest.raises(
        FinflowError, match=r"a\.csv: every record is at fault \(3 records\).*column Date is not a date"
    ):
        load(case, write(tmp_path, "a.csv", CSV.replace(";;;\n", "")))
    assert set(counts(case).values()) == {0}
    assert path.exists()


def test_a_file_read_with_a_wrong_mapping_is_read_again_when_a_person_says_so(tmp_path) -> None:
    """Month for day, as a wrong form reads 03/02: seen only later."""
    case = new_case(tmp_path)
    text = "Date;Amount\n03/02/2025;10.00\n13/02/2025;-5.00\n"
    path = a_bank(tmp_path, text, mapping_text(table='dates = "%m/%d/%Y"'))
    first = load(case, path)
    assert rows(case, "SELECT booking_date::VARCHAR FROM entry") == [("2025-03-02",)]
    write(tmp_path, "test.mapping.toml", mapping_text(table='dates = "%d/%m/%Y"'))
    said = load(case, path)
    assert said.frame["status"].to_list() == ["loaded before: nothing changed"]
    assert said.frame.select("records", "entries", "rejected").rows() == [(2, 1, 1)]
    assert any("--again" in note for note in said.notes)
    again = load(case, path, again=True)
    assert again.frame["status"].to_list() == ["read again"]
    assert rows(case, "SELECT booking_date::VARCHAR, locator FROM entry ORDER BY seq") == [
        ("2025-02-03", "L2"), ("2025-02-13", "L3")
    ]  # fmt: skip
    assert counts(case) | {"mapping": 2, "source_file": 1, "rejected_row": 0} == counts(case)
    ((was, entries, rejected),) = rows(case, "SELECT mapping_id, entries, rejected FROM evidence.earlier_reading")
    assert (entries, rejected) == (1, 1)
    assert rows(case, "SELECT count(*) FROM mapping WHERE mapping_id = '" + was + "'") == [(1,)]
    assert load(case, path, again=True).frame["status"].to_list() == ["loaded before: nothing changed"]
    assert first.frame["file_id"].to_list() == again.frame["file_id"].to_list()


def test_a_reading_that_fails_leaves_the_earlier_one(tmp_path) -> None:
    case, path = new_case(tmp_path), a_bank(tmp_path)
    load(case, path)
    before = counts(case)
    write(tmp_path, "test.mapping.toml", mapping_text(amount='amount = "Amout"'))
    with pytest.raises(FinflowError):
        load(case, path, again=True)
    assert counts(case) == before


def test_a_refusal_says_which_files_before_it_stay(tmp_path) -> None:
    case, path = new_case(tmp_path), a_bank(tmp_path)
    empty = write(tmp_path, "b.csv", "")
    with pytest.raises(FinflowError, match=r"b\.csv is empty.* Loaded before it, and kept: a\.csv\."):
        load(case, path, empty)


def test_a_column_is_no_account(tmp_path) -> None:
    case = new_case(tmp_path)
    path = a_bank(
        tmp_path,
        "Konto;Date;Amount\n1;2025-01-01;10.00\n",
        mapping_text().replace("DE89370400440532013000", "Konto").replace("[table]", '[table]\nunused = ["Konto"]'),
    )
    with pytest.raises(FinflowError, match=r"account is the name of a column.*\[columns\]"):
        load(case, path)
