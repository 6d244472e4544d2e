"""Mappings: the documented example holds, and every fault is named by its key."""

import re

import pytest

from finflow.errors import FinflowError
from finflow.load import mapping as mapping_module
from finflow.load.mapping import Mapping, mapping_id, parse_mapping, read_mapping

MINIMAL = """
name = "Small bank"
format = "csv"
account = "NL91ABNA0417164300"
currency = "EUR"
[columns]
booking_date = "Date"
amount = "Amount"
narrative = "Text"
"""


def documented() -> tuple[str, str]:
    """The two examples of the module's text: the whole one, and the two-sided part."""
    blocks = re.findall(r"(?:^    .*\n|^\n)+", mapping_module.__doc__, flags=re.MULTILINE)
    whole, two_sided = (block for block in blocks if block.strip())
    return whole, two_sided


def test_documented_example_is_a_mapping() -> None:
    whole, _ = documented()
    mapping = parse_mapping(re.sub(r"^    ", "", whole, flags=re.MULTILINE), "documented")
    assert mapping.bank == "CDRBMD22"
    assert mapping.columns is not None
    assert mapping.columns.narrative == ["Detalii 1", "Detalii 2"]
    assert mapping.patterns.kind == {"cash_withdrawal": "^ATM"}
    assert mapping.skip["pending booking"].values == ["PENDING"]


def test_documented_defaults_are_the_defaults() -> None:
    whole, _ = documented()
    mapping = parse_mapping(whole, "documented")
    assert mapping.table.model_copy(update={"unused": []}) == parse_mapping(MINIMAL, "minimal").table


def test_documented_two_sided_part_replaces_the_account() -> None:
    _, two_sided = documented()
    text = MINIMAL.replace('account = "NL91ABNA0417164300"\n', "") + two_sided
    mapping = parse_mapping(text, "documented")
    assert mapping.two_sided is not None
    assert mapping.two_sided.rows == "one_side"


def test_columns_with_a_use_are_listed_once() -> None:
    mapping = parse_mapping(MINIMAL.replace('"Text"', '["Text", "Date"]') + '[skip.x]\ncolumn="S"\nvalues=["a"]', "m")
    assert mapping.used_columns() == ["Date", "Amount", "Text", "S"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('name = "Small bank"\n', ""), "key name is missing: add it"),
        (('"csv"', '"xls"'), "key format: Input should be 'csv', 'xlsx', 'parquet', "),
        (("[columns]", '[table]\nsheet = "A"\n[columns]'), "table.sheet is not for csv: leave it out"),
        (("currency", "curency"), "unknown key curency: did you mean currency?"),
        (("booking_date", "date"), "key columns.booking_date is missing: add it"),
        (('"EUR"', '"euro"'), "key currency"),
        (('account = "NL91ABNA0417164300"\n', ""), "give one of account, columns.account or [two_sided]"),
        (('currency = "EUR"\n', ""), "give one of currency or columns.currency"),
        (('amount = "Amount"', 'debit = "Out"'), "both debit and credit"),
        (('amount = "Amount"', 'amount = "A"\ndebit = "Out"\ncredit = "In"'), "give amount"),
        (('amount = "Amount"', 'amount = "A"\nside = "S"'), "columns.side and [sides] go together"),
        (("[columns]", '[table]\nencoding = "klingon"\n[columns]'), "key table.encoding: is not an encoding"),
        (("[columns]", '[table]\ndecimal = ","\nthousands = ","\n[columns]'), "same sign"),
        (("[columns]", '[patterns]\nplace = "ATM"\n[columns]'), "key patterns.place: needs a group"),
        (("[columns]", "[patterns]\nplace = '(?:ATM)'\n[columns]"), "key patterns.place: needs a group"),
        (("[columns]", '[patterns]\nreversal = "("\n[columns]'), "key patterns.reversal: is not a regular expression"),
        (("[columns]", '[patterns.kind]\nsalary = "x"\n[columns]'), "key patterns.kind.salary"),
        (("[columns]", '[kinds]\n"ATM" = "cash"\n[columns]'), "key kinds.ATM"),
        (("[columns]", '[balances]\nopening = "1,00"\n[columns]'), "key balances.opening"),
        (('currency = "EUR"', 'currency = "EUR"\ntime_zone = "Atlantis"'), "key time_zone: is not a time zone"),
    ],
)
def test_fault_names_key_and_file(change: tuple[str, str], words: str) -> None:
    with pytest.raises(FinflowError) as caught:
        parse_mapping(MINIMAL.replace(*change), "small.mapping.toml")
    assert "small.mapping.toml" in str(caught.value)
    assert words in str(caught.value)


def test_fault_never_repeats_a_value() -> None:
    text = MINIMAL.replace('account = "NL91ABNA0417164300"', 'holder = 7\naccount = ["Jansen"]')
    with pytest.raises(FinflowError) as caught:
        parse_mapping(text, "m.toml")
    assert "Jansen" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("format csv", "line 2, column 8"), ("format = csv", "line 2, column 10"), ("files = [", "line 2, column 10"),
        ("[accounts]\nNL91=1\nNL91=1", "line 4, column 7"), ("accounts = {NL91=1, NL91=1}", "line 2, column 27"),
        ("[NL91]\n[NL91]", "line 3, column 6"),
    ],
)  # fmt: skip
def test_broken_toml_names_line_and_column_and_no_key(text, place) -> None:
    with pytest.raises(FinflowError, match=rf"m\.toml is not TOML at {place}\. A text stands in quotes") as caught:
        parse_mapping(f'name = "a"\n{text}', "m.toml")
    assert "NL91" not in str(caught.value)


def test_bank_formats_take_kinds_and_patterns_only() -> None:
    text = 'name="N"\nformat="camt.053"\n[patterns]\nplace="ATM (.*)"\n[kinds]\n"PMNT/CNTR/CDPT"="cash_deposit"\n'
    assert parse_mapping(text, "m").kinds == {"PMNT/CNTR/CDPT": "cash_deposit"}
    with pytest.raises(FinflowError, match=r"table is for tables; camt\.053 files state it themselves"):
        parse_mapping(text + "[table]\ndelimiter=';'", "m")


def test_file_is_read_with_its_text(tmp_path) -> None:
    path = tmp_path / "a.mapping.toml"
    path.write_text(MINIMAL, encoding="utf-8")
    mapping, text = read_mapping(path)
    assert (mapping.name, text) == ("Small bank", MINIMAL)
    assert mapping_id(text) != mapping_id(text + " ")
    assert isinstance(mapping, Mapping)


@pytest.mark.parametrize(("content", "words"), [(None, "cannot be read"), (b"name='\xff'", "not UTF-8")])
def test_unreadable_file_says_what_to_do(tmp_path, content, words) -> None:
    path = tmp_path / "a.mapping.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FinflowError, match=words):
        read_mapping(path)
