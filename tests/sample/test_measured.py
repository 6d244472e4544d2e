"""The product measured against the truth of the case: load, check, reconcile, detect and trace, each by its result."""

import shutil
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise

import pytest

from finflow.case import open_case

CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def loaded(folder, tmp_path_factory):
    """The case with its files loaded and its people known, but nothing marked as proceeds."""
    place = tmp_path_factory.mktemp("measured") / "case"
    place.mkdir()
    shutil.copy(folder / "case.toml", place)
    case = open_case(place)
    result = case.load(*sorted(str(path) for path in (folder / "bank").iterdir() if path.suffix != ".toml"))
    for name in ("parties", "roles", "lists", "gaps"):
        case.decide_from(folder / "decisions" / f"{name}.csv")
    case.resolve()
    return case, result


@pytest.fixture(scope="module")
def ids(loaded):
    """(file, locator) -> entry id."""
    with loaded[0].reading() as con:
        files = dict(con.execute("SELECT name, substr(file_id, 1, 16) FROM source_file").fetchall())
    return lambda file, locator: f"{files[file]}:{locator}"


@pytest.fixture(scope="module")
def counted(answers, ids):
    """Entry id -> the id of the same line where it was first delivered."""
    again = {ids(*pair["again"]): ids(*pair["first"]) for pair in answers["duplicates"]}
    return lambda entry: again.get(entry, entry)


def rows_of(case, query):
    with case.reading() as con:
        return con.execute(query).fetchall()


def test_every_line_becomes_an_entry_and_every_faulty_row_is_rejected(loaded, answers):
    case, result = loaded
    entries = sum(truth["entries"] for truth in answers["accounts"].values()) + len(answers["duplicates"])
    assert result.frame["entries"].sum() == entries
    assert result.frame["skipped"].sum() == 0
    found = rows_of(case, "SELECT name, locator FROM rejected_row JOIN source_file USING (file_id)")
    assert set(found) == {(row["file"], row["locator"]) for row in answers["dirty_rows"]}


def test_no_file_is_loaded_without_its_right(loaded):
    assert rows_of(loaded[0], "SELECT count(*) FROM source_file WHERE obtained_by IS NULL") == [(0,)]


def test_lines_printed_again_are_counted_once(loaded, answers, counted):
    found = rows_of(loaded[0], "SELECT entry_id, kept_entry_id FROM duplicate_entry")
    assert len(found) == len(answers["duplicates"])
    assert all(counted(entry) == counted(kept) for entry, kept in found)


def test_every_mirrored_leg_is_found_and_none_invented(loaded, answers, ids, counted):
    truth = {
        tuple(ids(pair[side]["file"], pair[side]["locator"]) for side in ("DBIT", "CRDT"))
        for pair in answers["internal_transfers"]
        if pair["DBIT"] and pair["CRDT"]
    }
    query = "SELECT debit_leg, credit_leg FROM transfer WHERE debit_leg IS NOT NULL AND credit_leg IS NOT NULL"
    found = {tuple(map(counted, pair)) for pair in rows_of(loaded[0], query)}
    assert found == truth


def test_both_reversals_are_marked_as_such(loaded, answers, ids):
    found = {leg for (leg,) in rows_of(loaded[0], "SELECT leg_id FROM leg WHERE is_reversal")}
    assert found == {ids(*row["reversal"]) for row in answers["reversals"]}


def test_only_august_2025_of_the_wallet_is_missing(loaded, account):
    grid = loaded[0].check().frame
    odd = grid.filter(grid["status"] != "reconciled")
    assert odd.select("account_id", "month", "status", "acknowledged").rows() == [
        (account("E1"), date(2025, 8, 1), "missing", True)
    ]


def test_balances_after_the_last_line_are_those_of_the_truth(loaded, answers):
    query = """
        SELECT account_id, arg_max(closing_balance, (until_date, from_date)) FROM statement
        WHERE closing_balance IS NOT NULL GROUP BY account_id
    """
    found = dict(rows_of(loaded[0], query))
    for label, truth in answers["accounts"].items():
        assert found[truth["account_id"]] * 100 == truth["balance"], label


def test_lines_stand_on_each_account_in_the_order_they_happened(loaded, answers):
    query = "SELECT account_id, booking_date, booked_at FROM leg ORDER BY account_id, position"
    for before, after in pairwise(rows_of(loaded[0], query)):
        if before[0] == after[0]:
            assert before[1] <= after[1]
            assert before[2] is None or after[2] is None or before[2] <= after[2]


@pytest.fixture(scope="module")
def hits(loaded):
    return loaded[0].detect()


def fired(hits, indicator):
    frame = hits.frame
    return set(frame.filter(frame["indicator"] == indicator)["subject"].to_list())


def test_every_indicator_that_bank_data_can_answer_fires_where_it_must(hits, answers):
    for row in answers["expected_hits"]:
        if row["bank_data"]:
            assert set(row["accounts"]) <= fired(hits, row["indicator"]), row["indicator"]


def test_look_alikes_fire_the_rules_named(hits, answers):
    known = set(hits.frame["indicator"].to_list())
    for row in answers["look_alikes"]:
        for indicator in set(row["fires"]) & known:
            assert set(row["accounts"]) & fired(hits, indicator) or row.get("through") in fired(hits, indicator), (
                indicator
            )


def test_no_look_alike_is_a_lead(hits, answers):
    innocent = {truth["account_id"] for truth in answers["accounts"].values() if truth["innocent"]}
    assert not innocent & set(hits.subjects["subject"].to_list())


def test_no_person_who_may_be_exploited_is_a_lead(hits, answers):
    persons = {truth["account_id"] for truth in answers["accounts"].values() if truth["holder"][0] in "VF"}
    assert not persons & set(hits.subjects["subject"].to_list())


def test_the_three_receivers_converge(hits, account):
    assert {account("NL-20"), account("NL-23"), account("DE-24")} <= fired(hits, "HT47")


@pytest.fixture(scope="module")
def compared(loaded, folder, answers, ids, tmp_path_factory):
    """(marks, links) -> what the flat in Hungary owes to the marked money; each asked once."""

    @cache
    def compare(marks, linked):
        place = tmp_path_factory.mktemp("variant") / "case"
        shutil.copytree(loaded[0].folder, place)
        case = open_case(place)
        case.decide_from(folder / marks)
        if linked:
            case.decide_from(folder / "decisions" / "cash_links.csv")
        case.resolve()
        (flat,) = [row["payments"] for row in answers["assets"] if row["asset_id"] == "flat-hu"]
        return case.compare(case.proceeds(), {"flat": [ids(*item.split("#")) for item in flat]})

    return compare


def by_method(comparison):
    runs = comparison.runs
    return dict(runs.filter(runs["same_day"] == "printed").select("method", "amount").rows())


@pytest.mark.parametrize("variant", ["unlinked", "linked"])
def test_the_golden_account_comes_out_to_the_forint(compared, answers, variant):
    found = compared("golden/proceeds_hu31.csv", variant == "linked")
    truth = answers["hu31"]["variants"][variant]
    for method, amount in by_method(found).items():
        exact = Fraction(truth[method]["proceeds_in_asset"]) * 1000
        assert abs(Fraction(amount) - exact) < 1, method
    assert found.frame["at_least"].to_list() == [int(Fraction(truth["arithmetic_minimum"])) * 1000]
    assert found.frame["at_most"].to_list() == [int(Fraction(truth["arithmetic_maximum"])) * 1000]


@pytest.mark.parametrize("variant", ["unlinked", "linked"])
def test_figures_traced_from_upstream_equal_a_tracer_of_its_own(compared, answers, variant):
    found = by_method(compared("decisions/proceeds.csv", variant == "linked"))
    for method, minor in answers["hu31_from_upstream"]["variants"][variant].items():
        room = 100 if method == "pro_rata" else CENT
        assert abs(found[method] - Decimal(minor) * CENT) <= room, method


def test_marking_upstream_never_gives_less_than_its_arithmetic(compared):
    found = compared("decisions/proceeds.csv", False)
    lowest = found.runs["amount"].min()
    assert found.frame["at_least"][0] <= lowest
    assert found.runs["amount"].max() <= found.frame["at_most"][0]
