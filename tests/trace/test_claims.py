"""Claimants at a cut-off: the worked vectors through a case, and what must never raise a share."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest

import finflow
from finflow.errors import DataGap, FinflowError
from finflow.money import in_proportion
from tests.core_support import book, cells
from tests.trace.vectors import VECTORS

WHO = {"by": "investigator", "why": "shown by the ledger"}


@pytest.fixture
def fund(tmp_path):
    """Book a table of date, amount, who (marked for him) 'own' or '-'; gives the case and the prefix of its legs."""

    def run(text, opening=0, other=""):
        case = finflow.open_case(tmp_path / "case")
        rows = cells(text)
        lines = ["account | date | amount | other | is_reversal"]
        lines += [
            f"A | {r['date']} | {r['amount']} | {r.get('other') or ''} | {r.get('reversal') or 'no'}" for r in rows
        ]
        with case.writing() as con:
            prefix = book(con, "\n".join(lines), opening=opening)
            if other:
                book(con, other, file="b.csv", opening=0)
        case.resolve()
        for n, row in enumerate(rows, 1):
            if row["who"] not in ("-", "own"):
                case.decide(f"{prefix}:L{n}", "proceeds", label=row["who"], **WHO)
        return case, prefix

    return run


def shares(case, rule, **more):
    found = case.claims("A", case.proceeds(), rule=rule, **more)
    return dict(found.frame.select("claimant", "share").rows())


def table_of(vector):
    days = (f"2025-01-{n:02d}" for n in range(1, 31))
    lines = ["date | amount | who"]
    for event in vector["events"]:
        amount, who = (event[2], event[1]) if event[0] == "D" else (-event[1], "-")
        lines.append(f"{next(days)} | {amount} | {'own' if who in vector['clean'] else who or '-'}")
    return "\n".join(lines)


@pytest.mark.parametrize("name", [name for name, v in VECTORS.items() if "pari_passu" in v["expected"]])
def test_pari_passu_of_the_vectors(fund, name):
    case, _ = fund(table_of(VECTORS[name]))
    wanted = {who: Fraction(x) for who, x in VECTORS[name]["expected"]["pari_passu"].items()}
    got = shares(case, "pari_passu")
    assert got.keys() == wanted.keys()
    assert all(abs(Fraction(got[who]) - wanted[who]) < Fraction(1, 100) for who in wanted)
    assert sum(got.values()) == sum(wanted.values())


CAPPED = {
    "TV1": {"Paul": "3.34", "Michael": "3.33", "Karen": "3.33"},
    "TV4": {"claimant": "25"},
    "TV6": {"T1": "50"},
    "TV7a": {"T1": "500"},
    "TV7b": {"T1": "0"},
    "TV11": {"A": "8.46", "B": "46.54"},
}


@pytest.mark.parametrize("name", CAPPED)
def test_capped_shares_of_the_vectors(fund, name):
    case, _ = fund(table_of(VECTORS[name]))
    assert shares(case, "libr_capped") == {who: Decimal(x) for who, x in CAPPED[name].items()}


def test_caps_balance_and_lines_are_shown(fund):
    case, prefix = fund(table_of(VECTORS["TV11"]))
    found = case.claims("A", case.proceeds(), rule="libr_capped")
    columns = ("claimant", "paid_in", "repaid", "net", "cap", "currency")
    assert found.frame.select(columns).rows() == [("A", 100, 0, 100, 10, "EUR"), ("B", 100, 0, 100, 55, "EUR")]
    assert found.funds.rows() == [("EUR", 55, 55)]
    assert found.lines.select("leg_id", "what", "amount").rows() == [
        (f"{prefix}:L1", "paid in", 100), (f"{prefix}:L3", "paid in", 100),
    ]  # fmt: skip
    assert "No rule is proposed as the law of any State." in found._repr_html_()
    assert found.statement in str(found)


@pytest.mark.parametrize("rule", ["pari_passu", "libr_capped"])
def test_other_money_never_replenishes_what_had_gone(fund, rule):
    case, _ = fund("""
        date       | amount | who
        2025-01-01 |    455 | C
        2025-01-02 |   -430 | -
        2025-01-03 |    333 | own
    """)
    found = case.claims("A", case.proceeds(), rule=rule)
    assert found.frame["share"].to_list() == [25]
    assert found.funds.rows() == [("EUR", 358, 25)]


def test_two_capped_claimants_never_share_what_the_lowest_balance_denies_them_together(fund):
    """Near miss: each cap is 50, and 100 lie there; but only 50 was left when other money came."""
    case, _ = fund("""
        date       | amount | who
        2025-01-01 |    100 | C
        2025-01-02 |    100 | D
        2025-01-03 |   -150 | -
        2025-01-04 |     50 | own
    """)
    assert shares(case, "libr_capped") == {"C": 25, "D": 25}


def test_the_cut_off_day_counts_and_the_day_after_does_not(fund):
    case, _ = fund(table_of(VECTORS["TV1"]))
    assert shares(case, "pari_passu", on=date(2025, 1, 4)) == {
        "Paul": Decimal("6.67"), "Michael": Decimal("6.67"), "Karen": Decimal("6.66"),
    }  # fmt: skip
    found = case.claims("A", case.proceeds(), on=date(2025, 1, 3))
    assert found.frame.select("claimant", "share").rows() == [("Paul", 5), ("Michael", 5)]
    assert found.elsewhere == 1
    assert "Not counted: 1 marks" in found.statement


REPAID = """
    date       | amount | who
    2025-01-01 |    100 | C
    2025-01-02 |    100 | D
    2025-01-03 |    100 | own
    2025-01-04 |    -60 | -
    2025-01-05 |   -120 | -
"""


def test_what_a_person_says_was_repaid_lowers_the_claim_and_takes_his_money_first(fund):
    case, prefix = fund(REPAID)
    case.decide(f"{prefix}:L4", "repaid", label="C", **WHO)
    found = case.claims("A", case.proceeds(), rule="pari_passu")
    assert found.frame.select("claimant", "paid_in", "repaid", "net", "share").rows() == [
        ("C", 100, 60, 40, Decimal("34.29")), ("D", 100, 0, 100, Decimal("85.71")),
    ]  # fmt: skip
    assert found.lines.filter(pl.col("what") == "repaid")["leg_id"].to_list() == [f"{prefix}:L4"]
    assert dict(case.claims("A", case.proceeds(), rule="libr_capped").frame.select("claimant", "cap").rows()) == {
        "C": 40, "D": 100,
    }  # fmt: skip


def test_a_repayment_taken_back_and_one_to_a_stranger_count_for_nothing(fund):
    case, prefix = fund(REPAID)
    case.decide(f"{prefix}:L4", "repaid", label="C", **WHO)
    case.decide(f"{prefix}:L4", "repaid", label="C", amount="0", **WHO)
    case.decide(f"{prefix}:L5", "repaid", label="nobody", **WHO)
    assert shares(case, "pari_passu") == {"C": 60, "D": 60}


def test_a_payment_that_was_reversed_is_no_contribution(fund):
    case, _ = fund("""
        date       | amount | who | other | reversal
        2025-01-01 |    100 | C   | X     | no
        2025-01-02 |    100 | D   | Y     | no
        2025-01-03 |   -100 | -   | X     | yes
    """)
    found = case.claims("A", case.proceeds())
    assert found.frame.select("claimant", "repaid", "share").rows() == [("C", 100, 0), ("D", 0, 100)]


def test_money_that_left_and_came_back_from_another_account_is_still_the_claimants(fund):
    case, _ = fund(
        """
        date       | amount | who | other
        2025-01-01 |    100 | C   | X
        2025-01-02 |   -100 | -   | B
        2025-01-04 |    100 | -   | B
        """,
        other="""
        account | date       | amount | other
        B       | 2025-01-02 |    100 | A
        B       | 2025-01-04 |   -100 | A
        """,
    )
    assert shares(case, "libr_capped") == {"C": 100}


def test_no_money_counts_as_paid_in_twice(fund):
    case, prefix = fund(
        """
        date       | amount | who | other
        2025-01-01 |    400 | -   | B
        """,
        other="""
        account | date       | amount | other
        B       | 2024-12-31 |    400 | X
        B       | 2025-01-01 |   -400 | A
        """,
    )
    sent = case.sql("SELECT debit_leg FROM transfer WHERE credit_leg IS NOT NULL AND debit_leg IS NOT NULL").item()
    case.decide(sent, "proceeds", label="C", amount=300, **WHO)
    case.decide(f"{prefix}:L1", "proceeds", label="D", amount=250, **WHO)
    found = case.claims("A", case.proceeds())
    assert found.frame.select("claimant", "paid_in", "share").rows() == [("C", 300, 300), ("D", 100, 100)]


def test_an_overdraft_leaves_nothing_to_share(fund):
    case, _ = fund("""
        date       | amount | who
        2025-01-01 |    100 | C
        2025-01-02 |   -150 | -
    """)
    found = case.claims("A", case.proceeds(), rule="libr_capped")
    assert found.funds.rows() == [("EUR", -50, 0)]
    assert found.frame["share"].to_list() == [0]


def test_the_same_day_order_moves_caps_and_is_said(fund):
    case, _ = fund("""
        date       | amount | who
        2025-01-01 |    100 | C
        2025-01-02 |     50 | own
        2025-01-02 |    -80 | -
    """)
    assert shares(case, "libr_capped", same_day="credits_first") == {"C": 70}
    assert shares(case, "libr_capped", same_day="debits_first") == {"C": 20}
    found = case.claims("A", case.proceeds(), same_day="debits_first")
    assert "order within a day: debits first" in found.statement


def test_an_open_gap_stops_the_shares(fund):
    case, _ = fund(table_of(VECTORS["TV1"]))
    with case.writing() as con:
        con.execute("UPDATE evidence.statement SET closing_balance = 11")
    case.resolve()
    with pytest.raises(DataGap, match="gap_acknowledged"):
        case.claims("A", case.proceeds())


MOVED = """
    date       | amount | who | other
    2025-01-01 |    100 | C   | X
    2025-01-03 |    -60 | -   | B
"""
AND_ON = """
    account | date       | amount | other | name
    B       | 2025-01-02 |     50 | Y     | D
    B       | 2025-01-03 |     60 | A     | x
    B       | 2025-01-04 |     40 | Z     | own
    B       | 2025-01-05 |    -70 | SHOP  | x
"""


@pytest.fixture
def two(fund):
    """C pays 100 into A, D 50 into B; 60 moves on from A to B, where 40 other money comes and 70 is spent."""
    case, _ = fund(MOVED, other=AND_ON)
    line = case.sql("SELECT leg_id FROM leg WHERE account_id = 'B' AND amount = 50")["leg_id"][0]
    case.decide(line, "proceeds", label="D", **WHO)
    return case


def test_several_accounts_are_one_fund_whatever_moved_between_them(two):
    found = two.claims(["B", "A"], two.proceeds())
    # 40 lie on A; on B 40 other money left first and 30 of the 110: together 120 for contributions of 100 and 50
    assert found.funds.rows() == [("EUR", 120, 120)]
    assert dict(found.frame.select("claimant", "share").rows()) == {"C": 80, "D": 40}
    assert found.account_ids == ("A", "B")
    assert (found.elsewhere, found.moved_to) == (0, 0)
    assert "2 accounts that were named together are taken as one fund." in found.statement
    assert two.claims(("A", "B", "A"), two.proceeds()).frame.equals(found.frame)


def test_of_one_account_it_is_said_that_their_money_also_lies_on_another(two):
    found = two.claims("A", two.proceeds())
    assert found.frame.select("claimant", "share").rows() == [("C", 40)]
    assert (found.elsewhere, found.moved_to) == (1, 1)
    assert "Not shared: their money on 1 other account of the case." in found.statement
    other = two.claims("B", two.proceeds())
    assert other.frame.select("claimant", "share").rows() == [
        ("D", 50)
    ]  # 60 of C is other money here, and leaves first
    assert other.moved_to == 0


def test_an_overdraft_of_one_account_of_a_fund_takes_nothing_from_the_other(fund):
    case, _ = fund(
        """
        date       | amount | who | other
        2025-01-01 |    100 | C   | X
        2025-01-02 |   -100 | -   | B
        2025-01-03 |    -30 | -   | SHOP
        """,
        other="account | date | amount | other\nB | 2025-01-02 | 100 | A",
    )
    found = case.claims(["A", "B"], case.proceeds())
    assert found.funds.rows() == [("EUR", 70, 100)]
    assert found.frame["share"].to_list() == [100]


def test_what_no_rule_says_of_several_accounts_is_refused_with_what_to_do(two):
    with pytest.raises(FinflowError, match=r"one account at a time, or use pari_passu.*followed by case\.trace"):
        two.claims(["A", "B"], two.proceeds(), rule="libr_capped")
    with pytest.raises(FinflowError, match="Accounts named that have no bank line by then: 1") as caught:
        two.claims(["A", "Q-77"], two.proceeds())
    assert "Q-77" not in str(caught.value)
    with pytest.raises(FinflowError, match="name both"):
        two.claims("B", two.proceeds().frame.filter(pl.col("origin") == "C"))


def test_what_is_refused(fund):
    case, prefix = fund(table_of(VECTORS["TV1"]))
    with pytest.raises(FinflowError, match="pari_passu, libr_capped"):
        case.claims("A", case.proceeds(), rule="libr")
    with pytest.raises(FinflowError, match="Accounts named that have no bank line by then: 1"):
        case.claims("B", case.proceeds())
    with pytest.raises(FinflowError, match="The day is given as"):
        case.claims("A", case.proceeds(), on="2025-01-01")
    with pytest.raises(FinflowError, match="never on leads"):
        case.claims("A", pl.DataFrame({"query": ["q"], "transfers": [[f"{prefix}:L1"]]}))
    with pytest.raises(FinflowError, match="never on leads"):
        case.claims("A", pl.DataFrame({"leg_id": [f"{prefix}:L3"], "origin": ["T"], "amount": [None]}))
    with pytest.raises(FinflowError, match="as a whole"):
        case.decide(f"{prefix}:L3", "repaid", label="Paul", amount="4", **WHO)
    with pytest.raises(FinflowError, match="Name the origin"):
        case.decide(f"{prefix}:L3", "repaid", **WHO)
    case.decide(f"{prefix}:L3", "proceeds", label="spent", **WHO)
    with pytest.raises(FinflowError, match="paid straight into this account"):
        case.claims("A", case.proceeds().frame.filter(pl.col("origin") == "spent"))


def test_proportion_gives_whole_units_and_equal_remainders_to_the_first():
    assert in_proportion(1000, [1, 1, 1]) == [334, 333, 333]
    assert in_proportion(1000, [466, 833]) == [359, 641]
    assert in_proportion(5, [0, 0]) == [0, 0]
    assert sum(in_proportion(10**15 + 7, [10**15, 3, 7 * 10**14])) == 10**15 + 7
