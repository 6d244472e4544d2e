"""A trace over the tables of a case: frames, paths down to bank lines, conservation, gaps, stored results, refusals."""

import shutil
from decimal import Decimal
from functools import partial

import polars as pl
import pytest

import finflow
from finflow.errors import DataGap, FinflowError
from finflow.trace.policies import ALLOWED
from tests.core_support import book

# TV8 of the rule book: A has 600 of its own and 400 marked, B has 300; A -> B 700, B -> A 400, A pays 500 for a car.
LOOP_A = """
    account | date       | amount | other | name | kind
    A       | 2025-01-01 |    600 |       | EMPLOYER | transfer
    A       | 2025-01-02 |    400 |       | PAYER | transfer
    A       | 2025-01-04 |   -700 | B     | | transfer
    A       | 2025-01-05 |    400 | B     | | transfer
    A       | 2025-01-06 |   -500 |       | DEALER | transfer
"""
LOOP_B = """
    account | date       | amount | other | kind
    B       | 2025-01-03 |    300 | X | transfer
    B       | 2025-01-04 |    700 | A | transfer
    B       | 2025-01-05 |   -400 | A | transfer
"""
WHO = {"by": "investigator", "why": "shown by the notebook"}


@pytest.fixture
def case(tmp_path):
    return finflow.open_case(tmp_path / "case")


def book_files(case, **files):
    """Book files and resolve; the prefix of the leg ids of each file."""
    with case.writing() as con:
        prefixes = {name: book(con, text, file=f"{name}.csv", opening=0) for name, text in files.items()}
    case.resolve()
    return prefixes


@pytest.fixture
def booked(case):
    """booked(a=text, b=text) books files into the case."""
    return partial(book_files, case)


@pytest.fixture(scope="module")
def looped(tmp_path_factory):
    case = finflow.open_case(tmp_path_factory.mktemp("looped") / "case")
    prefixes = book_files(case, a=LOOP_A, b=LOOP_B)
    case.decide(f"{prefixes['a']}:L2", "proceeds", label="T", **WHO)
    return case.folder, prefixes


@pytest.fixture
def loop(case, looped):
    folder, prefixes = looped
    shutil.copytree(folder, case.folder, dirs_exist_ok=True)
    return prefixes


def amounts(frame, key, value="traced"):
    return {row[key]: row[value] for row in frame.iter_rows(named=True)}


def test_tv8_from_the_tables(case, loop):
    trail = case.trace(case.proceeds())
    assert amounts(trail.held, "account_id") == {"B": 100}
    assert trail.ends.rows() == [("T", "held", Decimal(100), "EUR"), ("T", "left the case", Decimal(300), "EUR")]


def test_every_row_of_transfers(case, loop):
    trail = case.trace(case.proceeds())
    a = loop["a"]
    rows = trail.transfers.select("transfer_id", "origin", "traced", "currency", "arrived", "end").rows()
    assert rows == [
        (f"{a}:L2", "T", Decimal(400), "EUR", Decimal(400), None),
        (f"{a}:L3", "T", Decimal(100), "EUR", Decimal(100), None),
        (f"{a}:L5", "T", Decimal(300), "EUR", None, "left the case"),
    ]


def test_conservation_is_shown_with_residue_zero(case, loop):
    proof = case.trace(case.proceeds()).proof
    row = proof.row(0, named=True)
    assert (row["marked"], row["held"], row["left_the_case"], row["residue"]) == (400, 100, 300, 0)


def test_other_money_in_the_same_transfers_is_reported_apart(case, loop):
    trail = case.trace(case.proceeds())
    other = trail.other.filter(pl.col("transfer_id") == f"{loop['a']}:L5").rows()
    assert other == [(f"{loop['a']}:L5", "other credit", "EUR", Decimal(200))]


def test_paths_lead_from_the_mark_to_the_end_by_bank_lines(case, loop):
    a = loop["a"]
    trail = case.trace(case.proceeds())
    paths = trail.paths(f"{a}:L5")
    assert paths.frame.select("amount", "transfers").rows() == [(Decimal(300), [f"{a}:L2", f"{a}:L5"])]
    assert paths.uncovered == {"EUR": 0}
    assert trail.paths("B").frame["transfers"].to_list() == [[f"{a}:L2", f"{a}:L3"]]
    assert trail.paths().frame["amount"].to_list() == [300, 100]


def test_paths_say_what_they_leave_out(case, loop):
    paths = case.trace(case.proceeds()).paths(limit=1)
    assert paths.uncovered == {"EUR": 100}
    assert "Not covered by these chains: 100.00 EUR" in paths._repr_html_()


@pytest.mark.parametrize("method", ["fifo", "lifo", "pro_rata", "libr", "tainted_first"])
def test_chains_add_up_to_the_target_under_every_method(case, loop, method):
    trail = case.trace(case.proceeds(), method=method)
    everything = trail.paths(limit=1000)
    assert everything.uncovered == {"EUR": 0}
    ended = trail.ends.filter(pl.col("end") != "already linked")["amount"].sum()
    assert everything.frame["amount"].sum() == ended
    a = loop["a"]
    assert all(chain[0] == f"{a}:L2" for chain in everything.frame["transfers"])


def test_paths_to_where_nothing_is_are_refused(case, loop):
    with pytest.raises(FinflowError, match=r"trail\.transfers"):
        case.trace(case.proceeds()).paths("C")


def test_policies_are_named_stored_and_printed(case, loop):
    trail = case.trace(case.proceeds(), method="libr", same_day="debits_first")
    assert trail.policies["method"] == "libr"
    assert trail.policies["opening"] == "other_money"
    assert "Accounting rule: lowest balance; order within a day: debits first" in trail._repr_html_()


def test_unknown_policies_and_values_are_refused_with_the_allowed_ones(case, loop):
    with pytest.raises(FinflowError, match="Did you mean opening"):
        case.trace(case.proceeds(), openning="clean")
    with pytest.raises(FinflowError, match="fifo, lifo, pro_rata, libr, tainted_first"):
        case.trace(case.proceeds(), method="first")


def test_the_same_question_is_answered_from_the_stored_result(case, loop, monkeypatch):
    first = case.trace(case.proceeds())
    assert (case.folder / "results" / first.key).is_dir()
    monkeypatch.setattr("finflow.trace.verbs._trace", lambda *args: pytest.fail("traced again"))
    again = case.trace(case.proceeds())
    assert again.key == first.key
    assert again.transfers.equals(first.transfers)
    assert again.paths("B").frame.equals(first.paths("B").frame)
    with pytest.raises(pytest.fail.Exception):
        case.trace(case.proceeds(), method="lifo")


def test_a_decision_changes_the_key(case, loop):
    first = case.trace(case.proceeds())
    case.decide("P1", "party", "Paul", label="natural", **WHO)
    case.decide("B", "holder", "P1", **WHO)
    assert case.trace(case.proceeds()).key != first.key


def test_no_proceeds_marked_is_refused(case, booked):
    booked(a=LOOP_A)
    with pytest.raises(FinflowError, match="No proceeds are marked"):
        case.trace(case.proceeds())


def test_a_part_larger_than_the_line_is_refused(case, loop):
    marks = pl.DataFrame({"leg_id": [f"{loop['a']}:L2"], "origin": ["T"], "amount": [Decimal(401)]})
    with pytest.raises(FinflowError, match="more than the line holds"):
        case.trace(marks)


def test_a_mark_on_an_unknown_line_is_refused(case, loop):
    marks = pl.DataFrame({"leg_id": ["nowhere:L1"], "origin": ["T"], "amount": [None]})
    with pytest.raises(FinflowError, match="cites no leg"):
        case.trace(marks)


def test_marks_of_another_shape_are_refused_in_words(case, loop):
    for leg, origin, amount in ((None, "T", None), (f"{loop['a']}:L2", None, None), (f"{loop['a']}:L2", "T", "much")):
        with pytest.raises(FinflowError, match=r"leg_id and|its leg_id"):
            case.trace(pl.DataFrame({"leg_id": [leg], "origin": [origin], "amount": [amount]}))
    with pytest.raises(FinflowError, match="No proceeds are marked"):
        case.trace(pl.DataFrame({"leg_id": [], "origin": [], "amount": []}))


def test_something_else_than_marks_is_refused(case, loop):
    with pytest.raises(FinflowError, match=r"case\.proceeds"):
        case.trace(case.check())


def test_a_decision_taken_back_is_no_mark(case, loop):
    case.decide(f"{loop['a']}:L2", "proceeds", label="T", amount="0", by="investigator", why="was a loan")
    assert case.proceeds().frame.is_empty()


def test_the_last_decision_on_a_line_holds(case, loop):
    case.decide(f"{loop['a']}:L2", "proceeds", label="T", amount="150", by="investigator", why="the rest was wages")
    trail = case.trace(case.proceeds())
    assert trail.proof["marked"].to_list() == [150]


def test_two_marks_on_one_line_never_count_money_twice(case, loop):
    line = f"{loop['a']}:L2"
    marks = pl.DataFrame(
        {"leg_id": [line, line], "origin": ["T", "U"], "amount": [Decimal(300), Decimal(250)]},
        schema_overrides={"amount": pl.Decimal(28, 8)},
    )
    trail = case.trace(marks)
    assert trail.proof.select("origin", "marked", "already_linked", "residue").rows() == [
        ("T", 300, 0, 0), ("U", 250, 150, 0),
    ]  # fmt: skip
    assert trail.remarks.select("what", "origin", "amount").rows() == [("already linked", "U", Decimal(150))]


CASH = """
    account | date       | amount | kind
    A       | 2025-01-01 |    500 | transfer
    A       | 2025-01-02 |   -400 | cash_withdrawal
    A       | 2025-01-09 |    450 | cash_deposit
"""


def test_cash_stops_a_trail_unless_a_person_links_it(case, booked):
    a = booked(a=CASH)["a"]
    case.decide(f"{a}:L1", "proceeds", label="T", **WHO)
    stopped = case.trace(case.proceeds())
    assert amounts(stopped.ends, "end", "amount") == {"held": 100, "cash": 400}
    case.decide(f"{a}:L3", "cash_link", f"{a}:L2", evidence="receipt", **WHO)
    case.resolve()
    assert amounts(case.trace(case.proceeds()).ends, "end", "amount") == {"held": 500}


def test_a_cash_link_may_cover_a_part(case, booked):
    a = booked(a=CASH)["a"]
    case.decide(f"{a}:L1", "proceeds", label="T", **WHO)
    case.decide(f"{a}:L3", "cash_link", f"{a}:L2", amount="250", evidence="receipt", **WHO)
    case.resolve()
    trail = case.trace(case.proceeds())
    assert amounts(trail.ends, "end", "amount") == {"held": 350, "cash": 150}
    assert trail.proof["residue"].to_list() == [0]


def test_cash_never_banked_before_is_marked_where_it_was_paid_in(case, booked):
    a = booked(a=CASH)["a"]
    case.decide(f"{a}:L3", "cash_link", label="street", **WHO)
    assert case.proceeds().frame.select("leg_id", "origin", "kind").rows() == [(f"{a}:L3", "street", "cash_link")]
    assert amounts(case.trace(case.proceeds()).held, "origin") == {"street": 450}


def test_a_payment_that_comes_back_restores_its_lots(case, booked):
    """TV10 of the rule book."""
    a = booked(
        a="""
        account | date       | amount | name   | is_reversal | kind
        A       | 2025-01-01 |    100 | WORK   | | transfer
        A       | 2025-01-02 |    100 | PAYER  | | transfer
        A       | 2025-01-03 |   -150 | SELLER | | transfer
        A       | 2025-01-04 |    150 | SELLER | yes | transfer
        A       | 2025-01-05 |    -50 | SHOP   | | transfer
    """
    )["a"]
    case.decide(f"{a}:L2", "proceeds", label="T", **WHO)
    trail = case.trace(case.proceeds())
    assert f"{a}:L5" not in set(trail.transfers["transfer_id"])
    assert amounts(trail.held, "account_id") == {"A": 100}
    assert trail.ends.rows() == [("T", "held", Decimal(100), "EUR")]
    assert trail.proof["residue"].to_list() == [0]


def test_a_trail_from_hits_is_leads_only(case, loop):
    hits = pl.DataFrame({"query": ["funnel_account"], "transfers": [[f"{loop['a']}:L2"]]})
    trail = case.trace(hits)
    assert trail.leads_only
    assert "Leads only" in trail.statement
    assert trail.transfers["origin"].unique().to_list() == ["funnel_account"]
    assert not case.trace(case.proceeds()).leads_only


GAP = """
    account | date       | amount | kind
    A       | 2025-01-05 |    100 | transfer
    A       | 2025-03-05 |    -60 | transfer
"""


def gapped(case):
    with case.writing() as con:
        first = book(con, "account | date | amount\nA | 2025-01-05 | 100", file="a.csv", opening=0, closing=100)
        book(con, "account | date | amount\nA | 2025-03-05 | -60", file="b.csv", opening=100, closing=40)
    case.resolve()
    case.decide(f"{first}:L1", "proceeds", label="T", **WHO)
    return case.trace(case.proceeds())


def test_a_gap_stops_nothing_but_a_printed_figure(case):
    trail = gapped(case)
    assert amounts(trail.held, "account_id") == {"A": 40}
    with pytest.raises(DataGap, match="the first 2025-01") as caught:
        trail._repr_html_()
    assert "A " not in str(caught.value).replace("A person", "")
    for shown in (lambda: str(trail), lambda: trail.conservation, trail.paths, lambda: trail.why("A")):
        with pytest.raises(DataGap):
            shown()
    assert "acknowledged" not in trail.statement


def test_at_least_one_chain_is_asked_for(case, loop):
    with pytest.raises(FinflowError, match="At least one chain"):
        case.trace(case.proceeds()).paths(limit=-1)


def test_an_acknowledged_gap_is_said(case):
    trail = gapped(case)
    for month in trail.gaps["month"].cast(pl.String).str.slice(0, 7):
        case.decide("A", "gap_acknowledged", month, **WHO)
    trail = case.trace(case.proceeds())
    assert trail.gaps.is_empty()
    assert "that a person acknowledged" in trail._repr_html_()


def test_compare_refuses_figures_over_a_gap(case):
    trail = gapped(case)
    debit = trail.transfers.filter(pl.col("end").is_not_null())["transfer_id"][0]
    with pytest.raises(DataGap):
        case.compare(case.proceeds(), {"car": [debit]})


def test_balances_nobody_supplied_are_said_not_refused(case, loop):
    assert "so unverified" in case.trace(case.proceeds())._repr_html_()


def test_compare_states_arithmetic_first_and_every_rule(case, loop):
    found = case.compare(case.proceeds(), {"car": [f"{loop['a']}:L5"]})
    row = found.frame.row(0, named=True)
    figures = ["asset_id", "currency", "price", "at_least", "at_most", "lowest", "highest", "lowest_run", "highest_run"]
    assert list(row) == figures
    assert (row["price"], row["at_least"], row["at_most"]) == (500, 0, 400)
    assert {*found.runs["method"]} == {*ALLOWED["method"]}
    assert {*found.runs["same_day"]} == {*ALLOWED["same_day"]} - {"ledger"}
    assert found.methods.filter(pl.col("method") == "fifo")["lowest"].to_list() == [300]
    assert found.bounds.select("account_id", "other").rows() == [("A", Decimal(900))]  # all there was: 600 and 300


def test_compare_without_a_payment_says_how_to_decide_one(case, loop):
    with pytest.raises(FinflowError, match="asset_payment"):
        case.compare(case.proceeds())
    with pytest.raises(FinflowError, match="no debit"):
        case.compare(case.proceeds(), {"car": [f"{loop['a']}:L2"]})


def test_a_two_sided_row_is_marked_where_the_money_leaves(case, booked):
    a = booked(
        a="""
        account | date       | amount | other | both_sides | kind
        A       | 2025-01-01 |    300 | X     | | transfer
        B       | 2025-01-02 |     10 | X     | | transfer
        A       | 2025-01-03 |   -200 | B     | yes | transfer
    """
    )["a"]
    case.decide(f"{a}:L3", "proceeds", label="T", **WHO)
    trail = case.trace(case.proceeds())
    assert trail.transfers.select("transfer_id", "traced", "arrived").rows() == [
        (f"{a}:L3", Decimal(200), Decimal(200))
    ]
    assert amounts(trail.held, "account_id") == {"B": 200}


def test_verbs_leave_two_lines_in_the_log_without_values(case, loop):
    case.trace(case.proceeds())
    text = (case.folder / "log.jsonl").read_text(encoding="utf-8")
    assert text.count('"verb":"trace"') == 2 or text.count('"verb": "trace"') == 2
    assert "investigator" not in text
    assert "notebook" not in text


def test_amounts_are_as_fine_as_the_finest_line_of_the_case_even_where_no_marked_money_goes(case, booked):
    finer = "account | date | amount\n{0} | 2025-01-01 | 1.005"
    prefixes = booked(a=LOOP_A, b=LOOP_B, **{name: finer.format(name.upper()) for name in "cdefg"})
    case.decide(f"{prefixes['a']}:L2", "proceeds", label="T", **WHO)
    whole = case.trace(case.proceeds(), method="pro_rata", same_day="credits_first")  # reads all accounts
    near = case.trace(case.proceeds(), method="pro_rata")
    assert near.units == whole.units == {"EUR": 8}
    assert near.held.equals(whole.held)
    assert near.ends.equals(whole.ends)
