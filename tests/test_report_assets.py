"""The sections about assets: arithmetic before rules, every proposal for review, every figure ending at a line."""

import re

import pytest

import finflow
from finflow import report
from finflow.assets import register
from tests.assets.support import LEAD, WHO, new_case, register_file
from tests.core_support import book

BY = {"by": "A. Jansen", "why": "to keep it <b>"}


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("case")
    case = new_case(folder / "case")
    path = case.folder / "case.toml"
    path.write_text(
        re.sub("# data_cut_off = .*", "data_cut_off = 2025-07-15", path.read_text(encoding="utf-8")),
        encoding="utf-8",
    )
    case.decide("S1", "role", "convicted", **WHO)  # a second role counts nothing twice
    register(case, register_file(folder))
    case.propose("car", "freeze", basis="INSTR", **BY)
    case.propose("open", "freeze", basis="VALUE", **BY, **LEAD)
    case.propose("open", "release", basis="VALUE", **BY)
    return finflow.open_case(case.folder)


@pytest.fixture(scope="module")
def trail(case):
    return case.trace(case.proceeds(), method="fifo")


@pytest.fixture(scope="module")
def found(case, trail):
    return case.assets(trail)


def test_what_stands_is_asked_and_what_was_released_is_not(case, found):
    page = report.asked(case, found)._repr_html_()
    assert "Car XX-1" in page
    assert "Flat 8" not in page
    assert "to keep it &lt;b&gt;" in page


def test_the_codes_of_legal_bases_are_explained_under_the_table_that_names_them(case, found):
    said = str(report.asked(case, found))
    named = {row["basis"] for row in case.proposals().frame.filter("stands").iter_rows(named=True)}
    assert named == {"INSTR"}
    assert "none of them decided: INSTR = Asset used for the offence. What" in said


def test_the_figures_stand_side_by_side(case, found):
    said = str(report.asked(case, found))
    # by hand: the car was paid with 1000 of 1500, 900 of them marked: at least 400; the gold with 500 of 600: nothing sure
    assert "at least EUR 400.00" in said
    # of a suspect: car 800, gold 450, flats 1000 + 1000, van 300, leased van 300, ring 100, chain 100, watch 100, balance 40
    assert "EUR 4 190.00" in said.replace("\u202f", " ")
    assert "before EUR 950.00 that rank first" in said
    assert "open for 1 asset;" in said


def test_only_money_that_left_for_outside_within_the_days_counts(case, found):
    # the gold of 1 July lies in the 30 days before 15 July, the car of 1 June does not
    assert "data cut-off: EUR 500.00" in str(report.asked(case, found))


def test_arithmetic_comes_before_any_rule(case, trail, found):
    said = str(report.linked(case, trail, found))
    assert said.index("At least EUR 400.00") < said.index("first in first out")
    assert "No minimum holds under every accounting rule" in said
    assert "fifo" not in said
    assert "tainted" not in said


def test_the_table_of_rules_names_assets_as_pages_call_them(found):
    rules = report.money.by_rule(found)
    assert rules["asset"].to_list() == ["Car XX-1", "Gold bars"]
    assert rules.columns[:4] == ["asset", "currency", "at_least", "at_most"]
    assert {"first in first out", "linked money first"} <= {*rules.columns}


def test_every_registered_asset_has_a_sheet_and_nobody_protected_is_described(case, found):
    page = report.assets(case, found)._repr_html_()
    assert page.count('<section class="finflow"') == 11
    assert "Ring" not in page
    assert "Vera Voss" not in page
    assert page.count("Legal bases named, none decided") == 1
    assert "Legal bases named above" not in page


def test_balances_of_people_nobody_suspects_are_counted_not_listed(tmp_path):
    case = new_case(tmp_path / "case")
    register(case, register_file(tmp_path, "car"))
    found = case.assets()
    assert found.frame["origin"].to_list() == ["register", "found", "found"]
    assert found.frame["may_be_proposed"].to_list()[1:].count(True) == 1  # that of the suspect, not that of V1
    assert found.shown().height == 2
    assert "or who are protected: fewer than 5." in found._repr_html_()


def test_what_paid_for_an_asset_ends_at_a_line_of_an_exhibit(case, trail, found):
    page = report.annexes(case, trail, found)._repr_html_()
    car = re.search(r"<tr><td>Car XX-1</td>.*?</tr>", page).group(0)
    assert "<td>E-001</td><td>L2</td>" in car
    hashes = [file for (file,) in case.sql("SELECT file_id FROM source_file").rows()]
    assert all(file in page for file in hashes)
    assert "<td>R-001</td><td>register of assets</td>" in page
    marked = page[page.index("finflow-marked") : page.index("finflow-paid")]
    assert "900.00" in marked


def test_inquiries_say_what_they_leave_out(case, trail):
    assert "Not listed:" in str(report.inquiries(case, trail))


def test_money_marked_on_both_bank_lines_of_a_payment_counts_once(tmp_path):
    case = finflow.open_case(tmp_path / "case")
    with case.writing() as con:
        a = book(con, "| account | date | amount | other |\n| A | 2025-05-01 | -100 | B |", file="a.csv", opening=100)
        b = book(con, "| account | date | amount | other |\n| B | 2025-05-01 | 100 | A |", file="b.csv", opening=0)
    case.resolve()
    case.decide(f"{a}:L1", "proceeds", label="O", **WHO)
    trail = case.trace(case.proceeds())
    assert "Marked again" not in str(report.linked(case, trail))
    case.decide(f"{b}:L1", "proceeds", label="O", amount="70", **WHO)
    trail = case.trace(case.proceeds())
    said = str(report.linked(case, trail))
    assert "EUR 100.00 in all" in said
    assert "Marked again, and left out of that sum: EUR 70.00" in said
    annex = report.annexes(case, trail, case.assets(trail))._repr_html_()
    table = annex[annex.index('id="finflow-marked"') :]
    assert re.findall(r'<td class="number">([0-9.]+)</td>', table)[:6] == ["1", "100.00", "0.00", "1", "0.00", "70.00"]
