"""What the evidence contradicts is refused when it is typed, in words that name no account and no person."""

from datetime import date

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
            {A}     | 2025-01-04 |    300 |       | cash_deposit
            {A}     | 2025-01-13 |    -50 | {B}   | transfer
            {A}     | 2025-01-14 |     60 | {B}   | transfer
            {A}     | 2025-01-10 |     70 |       | transfer
            {A}     | 2025-01-05 |    300 |       | cash_deposit
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
    refused("paid in more than 5 days before it was taken out", case, 4, 1)
    assert link(case, 4, 1, amount=0) == 1  # an earlier version let it be recorded: it can be taken back
    assert link(case, 8, 1) == 1  # a bank may book a withdrawal days after it was made


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


def test_a_deposit_is_joined_to_one_withdrawal(case):
    with case.writing() as con:
        third = book(con, f"account | date | amount | kind\n{A} | 2025-01-11 | -400 | cash_withdrawal", file="c.csv")
    link(case, 2, 1)
    with pytest.raises(FinflowError, match="this deposit is joined to another withdrawal"):
        case.decide(f"{case.prefix}:L2", "cash_link", f"{third}:L1", label="T", **RECEIPT)


def test_what_stands_is_not_looked_at_again(case):
    """A folder of decisions that an earlier version recorded is read again."""
    with case.writing() as con:
        con.execute("""
            INSERT INTO decision BY NAME SELECT 1 AS decision_no, 'cash_link' AS kind, $subject AS subject,
                $object AS object, 'inv' AS decided_by, DATE '2025-02-01' AS decided_on, 'notes' AS why,
                'x' AS recorded_by, now()::TIMESTAMP AS recorded_at
        """, {"subject": f"{case.prefix}:L4", "object": f"{case.prefix}:L1"})  # fmt: skip
    again = case.decide(
        f"{case.prefix}:L4", "cash_link", f"{case.prefix}:L1", by="inv", why="notes", on=date(2025, 2, 1)
    )
    assert again.frame["recorded"].item() == 0


def test_a_withdrawn_file_stops_no_new_link_and_its_decisions_can_be_taken_back(case):
    link(case, 2, 1)
    case.decide(f"{case.prefix}:L7", "mirror", f"{case.other}:L2", **WHO)
    case.decide(f"{case.other}:L1", "proceeds", label="T", **WHO)
    with case.writing() as con:
        more = book(con, f"account | date | amount | kind\n{B} | 2025-01-12 | 160 | cash_deposit", file="c.csv")
    case.decide(f"{more}:L1", "proceeds", label="T", **WHO)
    case.withdraw("b.csv", **WHO)
    assert case.decide(f"{case.other}:L1", "proceeds", label="T", amount=0, **WHO).frame["recorded"].item() == 1
    assert case.decide(f"{case.prefix}:L7", "mirror", f"{case.other}:L2", amount=0, **WHO).frame["recorded"].item() == 1
    case.withdraw("a.csv", **WHO)
    with case.writing() as con:
        mended = book(con, f"account | date | amount | kind\n{A} | 2025-01-10 | -400 | cash_withdrawal", file="d.csv")
    assert case.decide(f"{more}:L1", "cash_link", f"{mended}:L1", **RECEIPT).frame["recorded"].item() == 1
    assert link(case, 2, 1, amount=0) == 1


LINES = f"""
    account | date       | amount | kind            | bank_reference
    {A}     | 2025-01-10 |   -400 | cash_withdrawal | W1
    {A}     | 2025-01-12 |    150 | cash_deposit    | D1
    {A}     | 2025-01-12 |    200 | cash_deposit    | D2
    {A}     | 2025-01-14 |   -100 | transfer        | P1
"""


def test_a_line_printed_again_is_the_line_that_is_counted(tmp_path):
    case = finflow.open_case(tmp_path / "twice")
    with case.writing() as con:
        one, two = (book(con, LINES, file=f"{name}.csv") for name in "ab")
    case.resolve()
    assert case.sql("SELECT count(*) FROM duplicate_entry").item() == 4
    case.decide(f"{one}:L2", "cash_link", f"{one}:L1", **RECEIPT)
    with pytest.raises(FinflowError, match="another deposit is joined"):
        case.decide(f"{one}:L3", "cash_link", f"{two}:L1", **RECEIPT)
    assert case.decide(f"{two}:L2", "cash_link", f"{two}:L1", **RECEIPT).frame["recorded"].item() == 1  # the same link
    case.decide(f"{one}:L3", "proceeds", label="V1", **WHO)
    with pytest.raises(FinflowError, match="come to more than the payment"):
        case.decide(f"{two}:L3", "proceeds", label="V2", **WHO)
    case.decide("car", "asset_payment", f"{one}:L4", **WHO)
    case.decide("car", "asset_payment", f"{two}:L4", amount=0, **WHO)
    case.decide(f"{one}:L3", "proceeds", label="V1", **WHO)
    with pytest.raises(FinflowError, match="No payment is known"):
        case.compare(case.proceeds())


@pytest.fixture
def batch(case):
    """The line L5 stands for two payments, of 20 and 30."""
    entry = f"{case.prefix}:L5"
    with case.writing() as con:
        for number, amount in ((1, 20), (2, 30)):
            con.execute(
                "INSERT INTO evidence.detail BY NAME SELECT $id AS entry_id, $n AS detail_no, $x AS amount",
                {"id": entry, "n": number, "x": amount},
            )
        con.execute("UPDATE evidence.long_entry SET details = 2 WHERE entry_id = $id", {"id": entry})
    return entry


def test_an_asset_was_paid_by_one_payment_of_a_batch(case, batch):
    with pytest.raises(FinflowError, match="stands for several payments"):
        case.decide("car", "asset_payment", batch, **WHO)
    with pytest.raises(FinflowError, match="larger than the payment"):
        case.decide("car", "asset_payment", f"{batch}/1", amount=21, **WHO)
    assert case.decide("car", "asset_payment", f"{batch}/1", **WHO).frame["recorded"].item() == 1


def test_a_mark_on_a_whole_batch_is_one_on_each_payment_in_it(case, batch):
    case.decide(f"{batch}/1", "proceeds", label="T", amount=5, **WHO)
    with pytest.raises(FinflowError, match="come to more than the payment"):
        case.decide(batch, "proceeds", label="U", **WHO)
    case.decide(f"{batch}/1", "proceeds", label="T", amount=0, **WHO)
    assert case.decide(batch, "proceeds", label="U", **WHO).frame["recorded"].item() == 1
    with pytest.raises(FinflowError, match="come to more than the payment"):
        case.decide(f"{batch}/2", "proceeds", label="T", amount=1, **WHO)
