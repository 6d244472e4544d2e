"""Files of side evidence: recognised, judged and kept as bank files are."""

import hashlib
import re
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import polars as pl
import pytest

import finflow
from finflow import keys
from finflow.errors import FinflowError
from finflow.load import side_mapping
from finflow.load.header import DELIMITERS
from finflow.load.mapping import parse_mapping
from finflow.side import templates
from finflow.side.sheet import mapping_text

HEADER = ",".join(templates()["adverts"].columns)
ROW = "NightAds,A1,2025-03-01,2025-03-01 23:10,,0031 6 1234-5678,Star@Example.org,Town,80,NL91 ABNA 0417 1643 00,R7,24.00,eur"
KYC = """
name = "Bank K"
files = ["k.csv"]
format = "csv"
template = "kyc"
bank = "TESTDE22"
[table]
delimiter = ";"
encoding = "cp1252"
dates = "%d.%m.%Y"
unused = ["Filler"]
[columns]
account = "Konto"
holder = ["Vorname", "Name"]
opened_on = "Datum"
citizenship = "Land"
{more}
"""
KYC_ROWS = "Konto;Vorname;Name;Datum;Land;Filler\n123;Jörg;Klein;31.12.2024;Deutschland;x\n124;Ann;Groß;1.2.2025;;\n"


def new_case(folder):
    return finflow.open_case(folder / "case")


def write(folder, name, text, encoding="utf-8"):
    (folder / name).write_text(text, encoding=encoding, newline="\n")
    return folder / name


def loaded(tmp_path, text, name="adverts.csv"):
    case = new_case(tmp_path)
    return case, case.load(write(tmp_path, name, text))


def kept(case, table):
    """Rows of a table of evidence, also of files that were withdrawn."""
    with case.reading() as con:
        return con.execute(f"SELECT count(*) FROM evidence.{table}").fetchall()[0][0]


def test_a_file_with_the_header_of_a_template_is_recognised(tmp_path):
    case, result = loaded(tmp_path, f"{HEADER}\n{ROW}\n")
    (row,) = result.frame.rows()
    assert row[2:8] == ("adverts: csv", 1, 1, 0, 0, "loaded")
    file_id = result.frame["file_id"][0]
    (advert,) = case.sql("SELECT * FROM adverts").to_dicts()
    assert advert == {
        "row_id": f"{file_id[:16]}:L2", "file_id": file_id, "locator": "L2", "site": "NightAds", "advert_id": "A1",
        "posted_on": date(2025, 3, 1), "posted_at": datetime(2025, 3, 1, 23, 10), "online_until": None,
        "contact_phone": "+31612345678", "contact_email": "star@example.org", "place": "Town", "price": Decimal(80),
        "payer_account": "NL91ABNA0417164300", "payer_reference": "R7", "amount": Decimal(24), "currency": "EUR",
    }  # fmt: skip
    assert case.sql("SELECT name, content LIKE '%template = \"adverts\"%' AS said FROM mapping").rows() == [
        ("header of the template", True)
    ]


@pytest.mark.parametrize("delimiter", list(DELIMITERS))
def test_the_columns_may_stand_in_any_order_and_be_cut_in_any_usual_way(tmp_path, delimiter):
    lines = [delimiter.join(reversed(line.split(","))) for line in (HEADER, ROW)]
    _, result = loaded(tmp_path, "\ufeff" + "\n".join(lines) + "\n", "x.csv")
    assert result.frame.select("format", "entries").rows() == [("adverts: csv", 1)]


def test_a_workbook_and_a_parquet_file_go_the_same_way(tmp_path):
    names = list(templates()["devices"].columns)
    account, moment = "NL91ABNA0417164300", datetime(2025, 3, 1, 23, 10, 5)
    book = openpyxl.Workbook()
    for line in (names, [account, moment, "D1", None, 31612345678, None], [account, "2025-03-01 23:11", "D1"]):
        book.active.append(line)
    book.save(tmp_path / "x.xlsx")
    frame = pl.DataFrame({name: [None] for name in names}, schema=dict.fromkeys(names, pl.String))
    frame = frame.with_columns(account=pl.lit(account), logged_in_at=pl.lit(moment), device=pl.lit("D2"))
    frame.write_parquet(tmp_path / "x.parquet")
    case = new_case(tmp_path)
    loaded = case.load(tmp_path / "x.xlsx", tmp_path / "x.parquet")
    assert loaded.frame.select("format", "entries").rows() == [("devices: xlsx", 2), ("devices: parquet", 1)]
    assert case.sql("SELECT locator, logged_in_at, device, phone FROM devices ORDER BY device, locator").rows() == [
        ("Sheet!R2", moment, "D1", "31612345678"),
        ("Sheet!R3", datetime(2025, 3, 1, 23, 11), "D1", None),
        ("R1", moment, "D2", None),
    ]


@pytest.mark.parametrize("header", [HEADER + ",more", HEADER.replace("site,", ""), HEADER.replace("site", "Site")])
def test_another_header_is_no_template(tmp_path, header):
    with pytest.raises(FinflowError):
        loaded(tmp_path, f"{header}\n{ROW}\n")


@pytest.mark.parametrize("kind", list(templates()))
def test_every_template_is_recognised_by_its_own_header_and_reads_its_own_mapping(tmp_path, kind):
    _, result = loaded(tmp_path, ",".join(templates()[kind].columns) + "\n")
    assert result.frame["format"].to_list() == [f"{kind}: csv"]
    assert "a header and no record" in str(result)
    assert parse_mapping(mapping_text(templates()[kind], "csv", "\t"), "x").template == kind
    assert len({frozenset(template.columns) for template in templates().values()}) == len(templates())


def test_every_record_is_accounted_for_and_reasons_name_columns_only(tmp_path):
    bad = (
        ROW.replace("2025-03-01,2025-03-01 23:10", "1.3.2025,later")
        .replace("24.00,eur", "24.001,")
        .replace("Night", "")
    )
    again = f"{HEADER}\n{ROW}\n{bad}\n,,,,,,,,,,,,\n{HEADER}\nshort,row\n"
    case, result = loaded(tmp_path, again)
    assert result.frame.rows()[0][3:7] == (5, 1, 2, 2)
    reasons = dict(case.sql("SELECT locator, reason FROM rejected_row").rows())
    assert reasons["L3"] == (
        "column posted_on is not a date of the form %Y-%m-%d; column posted_at is not a moment of the form "
        "%Y-%m-%d %H:%M:%S; column currency is empty beside price; column currency is empty beside amount"
    )
    assert reasons["L6"] == "2 columns where the header has 13"
    assert sorted(case.sql("SELECT rule FROM skipped_row")["rule"]) == ["empty record", "repeated header"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("NightAds", "", "column site is empty"),
        ("0031 6 1234-5678", "by mail", "column contact_phone is not a telephone number"),
        ("Star@Example.org", "star", "column contact_email is not an e-mail address"),
        (",80,", ",eighty,", "column price is not an amount (decimal sign '.', thousands sign '')"),
        ("24.00", "24.001", "column amount has more decimals than its currency"),
        ("eur", "XQQ", "column currency is not an ISO 4217 code"),
        ("NL91 ABNA 0417 1643 00", "-", "column payer_account is not an account"),
        ("2025-03-01,2", "1825-03-01,2", "column posted_on is not a date of the form %Y-%m-%d"),
    ],
)
def test_what_cannot_be_read_is_rejected(tmp_path, old, new, reason):
    case, _ = loaded(tmp_path, f"{HEADER}\n{ROW}\n{ROW.replace(old, new, 1)}\n")
    assert case.sql("SELECT reason FROM rejected_row")["reason"].to_list() == [reason]


def test_a_mapping_says_which_column_holds_what(tmp_path):
    case = new_case(tmp_path)
    write(tmp_path, "k.mapping.toml", KYC.format(more='[values.citizenship]\n"deutschland" = "DE"'))
    case.load(write(tmp_path, "k.csv", KYC_ROWS, "cp1252"))
    assert case.sql("SELECT account, holder, opened_on FROM kyc ORDER BY account").rows() == [
        ("TESTDE22/123", "Jörg Klein", date(2024, 12, 31)),
        ("TESTDE22/124", "Ann Groß", date(2025, 2, 1)),
    ]
    assert case.sql("SELECT locator, citizenship FROM protected_fact.kyc").rows() == [("L2", "DE")]


def test_a_fixed_value_stands_on_every_row(tmp_path):
    case = new_case(tmp_path)
    write(
        tmp_path,
        "k.mapping.toml",
        KYC.format(more='[fixed]\nbranch = "Main Street"\n[values.citizenship]\n"Deutschland" = "DE"'),
    )
    case.load(write(tmp_path, "k.csv", KYC_ROWS, "cp1252"))
    assert case.sql("SELECT DISTINCT branch FROM kyc").rows() == [("Main Street",)]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"kyc"', '"kycs"', "template: there is none of this name: did you mean kyc?"),
        ('"csv"', '"mt940"', "side evidence comes as a table: csv or xlsx"),
        ("opened_on", "opened", "columns.opened: the template kyc has no such column: did you mean opened_on?"),
        ('account = "Konto"', "", "the template kyc needs account: give it under [columns] or [fixed]"),
        ("[table]", 'currency = "EUR"\n[table]', "currency is for bank files"),
        ('template = "kyc"', "", "columns.opened_on"),
    ],
)
def test_a_mapping_at_fault_says_what_to_write(old, new, said):
    with pytest.raises(FinflowError, match=said.replace("[", r"\[").split("?")[0]):
        parse_mapping(KYC.format(more="").replace(old, new, 1), "k.mapping.toml")


def test_the_documented_example_is_a_mapping():
    text = re.sub(r"^    ", "", side_mapping.__doc__.partition("\n")[2], flags=re.MULTILINE)
    mapping = parse_mapping(text, "documented")
    assert mapping.side_columns["posted_at"] == ["Date", "Time"]
    assert mapping.used_columns() == ["Ad no.", "Date", "Time", "Contact"]
    assert mapping.values == {"place": {"R'dam": "Rotterdam"}}


def test_fixed_and_values_need_a_template():
    text = 'name = "x"\nformat = "camt.053"\n[fixed]\nsite = "x"\n'
    with pytest.raises(FinflowError, match="fixed goes with a template"):
        parse_mapping(text, "x.toml")


def test_a_column_both_read_and_fixed_is_refused():
    with pytest.raises(FinflowError, match="holder stands under"):
        parse_mapping(KYC.format(more='[fixed]\nholder = "x"'), "k.mapping.toml")


def test_the_same_bytes_change_nothing_and_a_withdrawn_file_is_left_out(tmp_path):
    case, result = loaded(tmp_path, f"{HEADER}\n{ROW}\n")
    with case.reading() as con:
        before = keys.content_hash(con), keys.basis(con)
    again = case.load(write(tmp_path, "renamed.csv", f"{HEADER}\n{ROW}\n"))
    assert again.frame["status"].to_list() == ["loaded before: nothing changed"]
    with case.reading() as con:
        assert (keys.content_hash(con), keys.basis(con)) == before
    case.decide(result.frame["file_id"][0], "withdrawn", by="a person", why="superseded")
    assert case.sql("SELECT * FROM adverts").is_empty()
    assert kept(case, "adverts") == 1
    with case.reading() as con:
        assert keys.basis(con) != before[1]


def test_a_file_read_again_with_another_mapping_takes_the_place_of_the_earlier_reading(tmp_path):
    case = new_case(tmp_path)
    write(tmp_path, "k.mapping.toml", KYC.format(more=""))
    rows = KYC_ROWS.replace("Deutschland", "DE")
    case.load(write(tmp_path, "k.csv", rows, "cp1252"))
    write(tmp_path, "k.mapping.toml", KYC.format(more="").replace("TESTDE22", "OTHRDE22"))
    case.load(tmp_path / "k.csv", again=True)
    assert case.sql("SELECT account FROM kyc ORDER BY ALL")["account"].to_list() == ["OTHRDE22/123", "OTHRDE22/124"]
    assert case.sql("SELECT citizenship FROM protected_fact.kyc").rows() == [("DE",)]


def test_nothing_of_a_file_that_breaks_off_is_kept(tmp_path):
    case = new_case(tmp_path)
    with pytest.raises(FinflowError, match="may be cut off"):
        case.load(write(tmp_path, "adverts.csv", f"{HEADER}\n{ROW}\nNightAds,A2"))
    assert kept(case, "adverts") == 0
    assert kept(case, "source_file") == 0


def test_it_stands_beside_bank_files_among_the_sources(tmp_path):
    text = f"{HEADER}\n{ROW}\n"
    write(
        tmp_path,
        "sources.toml",
        '[[source]]\nfiles = ["*.csv"]\nobtained_by = "production order"\nhandling_code = "H2"\n',
    )
    case, _ = loaded(tmp_path, text)
    (source,) = case.sources().frame.to_dicts()
    assert (source["format"], source["obtained_by"], source["handling_code"]) == (
        "adverts: csv",
        "production order",
        "H2",
    )
    assert source["sha256"] == hashlib.sha256(text.encode()).hexdigest()


def test_moments_are_kept_in_the_zone_of_the_case(tmp_path):
    text = mapping_text(templates()["devices"], "csv", ",").replace(
        'format = "csv"', 'format = "csv"\ntime_zone = "Europe/Amsterdam"'
    )
    write(tmp_path, "devices.mapping.toml", text)
    rows = "account,logged_in_at,device,ip_address,phone,action\nNL91ABNA0417164300,2025-07-01T23:10:05,D1,,,\n"
    case, _ = loaded(tmp_path, rows, "devices.csv")
    assert case.sql("SELECT logged_in_at FROM devices").rows() == [(datetime(2025, 7, 1, 21, 10, 5),)]
