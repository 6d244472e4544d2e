"""The register of assets: read whole or not at all, once, with every payment a person's link."""

import hashlib
from decimal import Decimal

import pytest

from finflow.assets import register
from finflow.errors import FinflowError
from tests.assets.support import BY, HEADER, MIXED, register_file


def rows(case):
    return case.sql("SELECT * FROM asset ORDER BY asset_id")


def test_assets_are_kept_with_the_line_they_stand_on(case, tmp_path):
    path = register_file(tmp_path, "car", "flat")
    register(case, path)
    kept = rows(case)
    assert kept["asset_id"].to_list() == ["car", "flat"]
    assert kept["locator"].to_list() == ["L2", "L3"]
    assert kept["file_id"].unique().to_list() == [hashlib.sha256(path.read_bytes()).hexdigest()]
    assert kept["amount"].to_list() == [Decimal(800), Decimal(1000)]
    assert kept["encumbrance"].to_list() == [None, Decimal(650)]


def test_a_row_over_several_lines_is_cited_from_its_first_to_its_last(case, tmp_path):
    row = 'two,valuables,"Ring\nwith a stone",NL,S1,,1,EUR,2025-08-01,bill,,,,,,,,,,'
    register(case, register_file(tmp_path, rows=[row, row.replace("two", "three").replace("\nwith", " with")]))
    assert dict(rows(case).select("asset_id", "locator").rows()) == {"two": "L2-3", "three": "L4"}


def test_the_file_is_kept_as_received(case, tmp_path):
    path = register_file(tmp_path, "car")
    register(case, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert [p.read_bytes() for p in (case.folder / "originals").glob(f"{digest}*")] == [path.read_bytes()]


def test_payments_become_decisions_of_the_person_named(case, tmp_path):
    register(case, register_file(tmp_path, "car", "gold"))
    decided = case.sql(
        "SELECT subject, object, decided_by, why, evidence FROM decision WHERE kind = 'asset_payment' ORDER BY subject"
    )
    assert [row[0] for row in decided.rows()] == ["car", "gold"]
    assert decided["object"].str.split(":").list.last().to_list() == ["L2", "L4"]
    assert set(decided["decided_by"]) == {"A. Jansen"}
    assert set(decided["evidence"]) == {"E-7"}


def test_registering_again_changes_nothing(case, tmp_path):
    path = register_file(tmp_path, "car", "flat")
    first = dict(register(case, path).frame.rows())
    again = dict(register(case, path).frame.rows())
    assert (first["new"], first["standing already"], first["payments linked"]) == (2, 0, 1)
    assert (again["new"], again["standing already"], again["payments linked"]) == (0, 2, 0)
    assert case.sql("SELECT count(*) AS n FROM decision WHERE kind = 'asset_payment'")["n"][0] == 1


def test_a_longer_register_adds_only_its_new_rows(case, tmp_path):
    register(case, register_file(tmp_path, "car"))
    register(case, register_file(tmp_path, "flat", "car", name="later.csv"))
    assert dict(rows(case).select("asset_id", "locator").rows()) == {"car": "L2", "flat": "L2"}


def test_an_asset_is_never_overwritten(case, tmp_path):
    register(case, register_file(tmp_path, "car"))
    changed = register_file(tmp_path, rows=["car,vehicle,Car XX-1,NL,S1,,700.00,EUR,2025-09-01,dealer,,,,,,,,,,"])
    with pytest.raises(FinflowError, match=r"assets\.csv, line 2: asset_id .* stands already with another .*amount"):
        register(case, changed)
    assert rows(case)["amount"].to_list() == [Decimal(800)]


def test_payments_nobody_decided_are_counted_and_link_nothing(case, tmp_path):
    path = tmp_path / "assets.csv"
    short = HEADER.removesuffix(",decided_by,decided_on,why,evidence")
    path.write_text(f"{short}\ncar,vehicle,Car,NL,S1,,800,EUR,2025-08-01,dealer,,,,,,a.csv#L2\n", encoding="utf-8")
    found = register(case, path)
    assert dict(found.frame.rows())["payments nobody decided"] == 1
    assert "decided_by" in found._repr_html_()
    assert case.sql("SELECT count(*) AS n FROM decision WHERE kind = 'asset_payment'")["n"][0] == 0


def test_an_iban_is_kept_without_spaces(case, tmp_path):
    spaced = " ".join(MIXED[i : i + 4] for i in range(0, len(MIXED), 4)).lower()
    register(
        case,
        register_file(tmp_path, rows=[f"b,bank_balance,Balance,NL,S1,,1,EUR,2025-08-01,statement,,,{spaced},,,,,,,"]),
    )
    assert rows(case)["account_id"].to_list() == [MIXED]


CAR = "car,vehicle,Car,NL,S1,,800,EUR,2025-08-01,dealer,,,,,,,,,,"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (CAR.replace("car,", ",", 1), "asset_id is empty"),
        (CAR.replace("car,", "found-1234abcd,", 1), "asset_id must not begin with found-"),
        (CAR.replace("vehicle", "boat"), "kind is not known.*bank_balance, cash"),
        (CAR.replace("Car", ""), "description is empty"),
        (CAR.replace("NL", "Holland"), "state is no ISO 3166 code"),
        (CAR.replace("S1", ""), "holder_party_id is empty"),
        (CAR.replace("800", "eight"), "amount is no number"),
        (CAR.replace("800", "-8"), "amount is negative"),
        (CAR.replace("800", "NaN"), "amount is no number"),
        (CAR.replace("800", "Infinity"), "amount is no number"),
        (CAR.replace("800", "8.001"), "amount has more decimals than EUR"),
        (CAR.replace("EUR", "EURO"), "currency is no ISO 4217 code"),
        (CAR.replace("2025-08-01", "1.8.25"), "valued_on is no day"),
        (CAR.replace("2025-08-01", ""), "valued_on is empty"),
        (CAR.replace("dealer", ""), "value_source is empty"),
        (CAR.replace("dealer,", "dealer,x"), "encumbrance is no number"),
        (CAR.replace("dealer,", "dealer,-1"), "encumbrance is negative"),
        (CAR + ",more", "more cells than columns"),
        (f"car,vehicle,Car,NL,S1,,800,EUR,2025-08-01,dealer,,,,,,z.csv#L2,{BY}", "payments.*not loaded"),
        (f"car,vehicle,Car,NL,S1,,800,EUR,2025-08-01,dealer,,,,,,a.csv#L9,{BY}", "payments.*no bank line"),
        (f"car,vehicle,Car,NL,S1,,800,EUR,2025-08-01,dealer,,,,,,a.csv#L1,{BY}", "payments.*came in"),
        (f"car,vehicle,Car,NL,S1,,800,EUR,2025-08-01,dealer,,,,,,a.csv,{BY}", "payments.*file#locator"),
        ("car,vehicle,Car,NL,S1,,800,EUR,2025-08-01,dealer,,,,,,a.csv#L2,,2025-09-01,bill,", "decided_by is empty"),
        ("car,vehicle,Car,NL,S1,,800,EUR,2025-08-01,dealer,,,,,,a.csv#L2,A. Jansen,,bill,", "decided_on is empty"),
        ("car,vehicle,Car,NL,S1,,800,EUR,2025-08-01,dealer,,,,,,a.csv#L2,A. Jansen,2025-09-01,,", "why is empty"),
    ],
)
def test_a_fault_names_file_line_and_column_and_nothing_is_registered(case, tmp_path, row, said):
    good = CAR.replace("car,", "fine,", 1)
    with pytest.raises(FinflowError, match=rf"assets\.csv, line 3: .*{said}"):
        register(case, register_file(tmp_path, rows=[good, row]))
    assert rows(case).height == 0
    assert not list((case.folder / "originals").iterdir())


def test_one_asset_twice_in_a_file_is_refused(case, tmp_path):
    with pytest.raises(FinflowError, match="line 3: asset_id stands on two lines"):
        register(case, register_file(tmp_path, rows=[CAR, CAR.replace("800", "900")]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("asset_id;kind\n", "lacks column asset_id.*commas"),
        (HEADER.replace("state,", "") + "\n", "lacks column state"),
        (HEADER.replace("use_note", "use_notes") + "\n", "column use_notes is not known.*use_note"),
        (HEADER.replace(",decided_on", "") + "\n", "lacks column decided_on"),
        (HEADER + "\n", "holds no asset"),
        ("", "is empty"),
    ],
)
def test_a_file_of_another_shape_is_refused(case, tmp_path, text, said):
    path = tmp_path / "assets.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FinflowError, match=rf"assets\.csv.*{said}"):
        register(case, path)


def test_bytes_that_are_no_text_are_refused(case, tmp_path):
    path = tmp_path / "assets.csv"
    path.write_bytes(HEADER.encode() + b"\n\xff\xfe,\x00")
    with pytest.raises(FinflowError, match="not UTF-8"):
        register(case, path)
    with pytest.raises(FinflowError, match="no file of that name"):
        register(case, tmp_path / "none.csv")


def test_a_line_printed_in_a_file_of_a_name_loaded_twice_is_found_where_it_stands(case, tmp_path):
    with case.writing() as con:
        con.execute("UPDATE evidence.source_file SET name = 'a.csv' WHERE name = 'b.csv'")
    with pytest.raises(FinflowError, match=r"payments.*two files of that name"):
        register(case, register_file(tmp_path, "car"))
    register(case, register_file(tmp_path, "gold"))  # only one of the two has a line 4


def test_no_error_repeats_a_value(case, tmp_path):
    with pytest.raises(FinflowError) as caught:
        register(
            case, register_file(tmp_path, rows=["car,vehicle,Car,NL,Jane Roe,,secret,EUR,2025-08-01,dealer,,,,,,,,,,"])
        )
    assert "secret" not in str(caught.value)
    assert "Jane" not in str(caught.value)
