"""What the evidence contradicts is refused when it is typed, in words that name no account and no person."""

import pytest

import finflow
from finflow.errors import FinflowError
from tests.core_support import book

A, B = "NL02FOOB0000000001", "NL02FOOB0000000002"
WHO = {"by": "inv", "why": "the notes are the same"}
RECEIPT = {**WHO, "evidence": "receipt 4"}


@pytest.fixture
def case(tmp_path):
    """A: L1 400 out in cash, L2 and L3 150 and 200 in in cash, L4 cash in before all of it, L5 and L6 transfers."""
    case = finflow.open_case(tmp_path / "case")
    with case.writing() as con:
        case.prefix = book(con, f"""
            account | date       | amount | other | kind
            {A}     | 2025-01-10 |   -400 |       | cash_withdrawal
            {A}     | 2025-01-12 |    150 |       | cash_deposit
            {A}     | 2025-01-12 |    200 |       | cash_deposit
            {A}     | 2025-01-09 |    300 |       | cash_deposit
            {A}     | 2025-01-13 |    -50 | {B}   | transfer
            {A}     | 2025-01-14 |     60 | {B}   | transfer
            {A}     | 2025-01-10 |     70 |       | transfer
        """, file="a.csv")  # fmt: skip
        case.other = book(
            con, f"| account | date | amount |\n| {B} | 2025-01-23 | -70 |\n| {B} | 2025-01-22 | -70 |", file="b.csv"
        )
    return case


def link(case, deposit, withdrawal, **more):
    legs = (f"{case.prefix}:L{line}" for line in (deposit, withdrawal))
    subject, object_ = legs
    return case.decide(subject, "cash_link", object_, **(RECEIPT | more)).frame["recorded"].item()


def refused(match, *args, **more):
    with pytest.raises(FinflowError, match=match) as caught:
        link(*args, **more)
    assert not any(secret in str(caught.value) for secret in (A, B))


def test_cash_goes_on_only_over_a_link_with_evidence(case):
    refused("give as evidence", case, 2, 1, evidence=None)
    refused("give as evidence", case, 2, 1, evidence="")
    assert link(case, 2, 1) == 1
    assert link(case, 2, 1, amount=0, evidence=None) == 1  # to take it back needs none


def test_cash_is_taken_out_before_it_is_paid_in(case):
    refused("paid in before it was taken out", case, 4, 1)
    assert link(case, 4, 1, amount=0) == 1  # an earlier version let it be recorded: it can be taken back


def test_a_withdrawal_is_joined_to_one_deposit(case):
    link(case, 2, 1)
    refused("another deposit is joined to this withdrawal", case, 3, 1)
    assert link(case, 2, 1, why="said again") == 1  # the same link with another reason
    link(case, 2, 1, amount=0)
    assert link(case, 3, 1) == 1


def test_two_links_of_one_withdrawal_given_together_are_refused(case):
    from finflow.people import record

    row = {
        "kind": "cash_link", "object": f"{case.prefix}:L1", "label": None, "amount": None, "valid_from": None,
        "valid_until": None, "decided_by": "inv", "decided_on": None, "why": "notes", "evidence": "receipt",
    }  # fmt: skip
    with pytest.raises(FinflowError, match="another deposit"):
        record(case, [{**row, "subject": f"{case.prefix}:L{line}"} for line in (2, 3)])
    assert case.sql("SELECT count(*) FROM decision").item() == 0


@pytest.mark.parametrize(("deposit", "withdrawal"), [(1, 2), (2, 3), (5, 1)])
def test_a_link_goes_from_a_line_on_which_cash_went_to_one_on_which_it_came(case, deposit, withdrawal):
    refused("on which cash was paid in", case, deposit, withdrawal)


@pytest.mark.parametrize(("deposit", "withdrawal"), [(6, 5), (6, 1)])
def test_a_line_that_names_the_account_on_its_other_side_is_no_cash(case, deposit, withdrawal):
    refused("it is no cash", case, deposit, withdrawal)


def test_a_line_that_names_nobody_may_be_cash(case):
    assert link(case, 7, 1) == 1


def test_money_does_not_arrive_weeks_before_it_left(case):
    credit = f"{case.prefix}:L7"
    with pytest.raises(FinflowError, match="more than 12 days before the debit"):
        case.decide(credit, "mirror", f"{case.other}:L1", **WHO)
    with pytest.raises(FinflowError, match="more than 12 days before the debit"):
        case.decide(f"{case.other}:L1", "mirror", credit, **WHO)
    case.decide(credit, "not_mirror", f"{case.other}:L1", **WHO)  # to keep them apart is no contradiction
    assert case.decide(f"{case.other}:L2", "mirror", credit, **WHO).frame["recorded"].item() == 1
