"""From bank lines to transfers: printed again, mirrored, reversed, ordered; the same whatever came first."""

from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import finflow
from finflow.resolve import rebuild
from finflow.resolve.mirrors import pair_legs
from finflow.resolve.order import chain_balances
from tests.core_support import book

A, B = "NL02FOOB0000000001", "DE02FOOB0000000002"


@pytest.fixture
def case(tmp_path):
    return finflow.open_case(tmp_path / "case")


@pytest.fixture
def resolved(case):
    def run(*files):
        with case.writing() as con:
            for name, text in files:
                book(con, text, file=name)
        case.resolve()
        return case.sql("SELECT * FROM transfer ORDER BY booking_date, transfer_id")

    return run


def column(frame, name):
    return frame[name].to_list()


@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_leg_that_stands_in_two_transfers_stops_it(resolved, monkeypatch, times):
    def paired_too_often(con):
        pair_legs(con)
        legs = "(SELECT leg_id FROM raw_leg WHERE side = 'DBIT'), (SELECT leg_id FROM raw_leg WHERE side = 'CRDT')"
        con.execute("DELETE FROM leg_pair")
        for _ in range(times):
            con.execute(f"INSERT INTO leg_pair SELECT {legs}, 'cash link', 100")

    monkeypatch.setattr("finflow.resolve.pair_legs", paired_too_often)
    lines = f"| account | date | amount |\n| {A} | 2025-01-02 | 5 |\n| {B} | 2025-01-02 | -5 |"
    if times < 2:
        assert resolved(("a.csv", lines)).height == 2 - times
    else:
        with pytest.raises(AssertionError, match="two transfers"):
            resolved(("a.csv", lines))


# ---------------------------------------------------------------------------------------------- printed again

FIRST = f"""
| account | date       | amount | name | bank_reference |
| {A}     | 2025-01-02 |   -10  | shop | r1             |
| {A}     | 2025-01-02 |   -10  | shop | r2             |
| {A}     | 2025-01-03 |   -20  | shop | r3             |
"""
OVERLAP = f"""
| account | date       | amount | name | bank_reference |
| {A}     | 2025-01-03 |   -20  | shop | r3             |
| {A}     | 2025-01-04 |   -20  | shop | r4             |
"""


def test_lines_printed_again_count_once(case, resolved):
    transfers = resolved(("first.csv", FIRST), ("overlap.csv", OVERLAP))
    assert sorted(column(transfers, "amount")) == [10, 10, 20, 20]
    assert case.sql("SELECT rule FROM duplicate_entry")["rule"].to_list() == ["bank reference"]


@pytest.mark.parametrize(("first", "second", "count"), [(2, 1, 2), (1, 2, 2), (2, 2, 2), (3, 0, 3)])
def test_without_a_reference_the_larger_count_of_one_file_holds(resolved, first, second, count):
    line = f"| {A} | 2025-01-02 | -10 | shop |\n"
    head = "| account | date | amount | name |\n"
    other = f"| {A} | 2025-01-09 | -1 | shop |\n"
    transfers = resolved(("one.csv", head + line * first), ("two.csv", head + other + line * second))
    assert column(transfers, "amount").count(10) == count


def test_lines_that_differ_in_the_printed_balance_are_two_movements(resolved):
    head = "| account | date | amount | name | balance_after |\n"
    transfers = resolved(
        ("one.csv", head + f"| {A} | 2025-01-02 | -10 | shop | 90 |"),
        ("two.csv", head + f"| {A} | 2025-01-02 | -10 | shop | 80 |"),
    )
    assert transfers.height == 2


# ------------------------------------------------------------------------------------------------- mirrors


def test_two_banks_printing_one_payment_give_one_transfer_with_two_legs(resolved):
    transfers = resolved(
        ("a.csv", f"| account | date | amount | other |\n| {A} | 2025-01-02 | -100 | {B} |"),
        ("b.csv", f"| account | date | amount | other |\n| {B} | 2025-01-03 | 100 | {A} |"),
    )
    (row,) = transfers.to_dicts()
    assert (row["debtor_account_id"], row["creditor_account_id"]) == (A, B)
    assert row["debit_leg"]
    assert row["credit_leg"]
    assert (row["rule"], row["score"]) == ("mirror: accounts", 93)


def test_parallel_payments_are_never_merged(resolved):
    line = f"| {A} | 2025-01-02 | -100 | {B} |\n"
    transfers = resolved(
        ("a.csv", "| account | date | amount | other |\n" + line * 3),
        ("b.csv", "| account | date | amount | other |\n" + f"| {B} | 2025-01-02 | 100 | {A} |\n" * 2),
    )
    assert sorted(column(transfers, "rule")) == ["mirror: accounts", "mirror: accounts", "one leg held"]


def test_the_nearest_day_is_joined_first(resolved):
    transfers = resolved(
        (
            "a.csv",
            f"| account | date | amount | other |\n| {A} | 2025-01-02 | -100 | {B} |\n| {A} | 2025-01-03 | -100 | {B} |",
        ),
        (
            "b.csv",
            f"| account | date | amount | other |\n| {B} | 2025-01-03 | 100 | {A} |\n| {B} | 2025-01-04 | 100 | {A} |",
        ),
    )
    assert transfers.height == 2
    assert [str(day) for day in column(transfers, "credit_date")] == ["2025-01-04", "2025-01-03"]


@pytest.mark.parametrize(
    ("debit", "credit", "joined"),
    [
        ("| ref | 2025-01-02 | -100 | EUR |", "| ref | 2025-01-03 | 95.50 | EUR |", True),  # net of a fee
        ("| ref | 2025-01-02 | -100 | EUR |", "| ref | 2025-01-03 | 39000 | HUF |", True),  # after exchange
        ("|     | 2025-01-02 | -100 | EUR |", "|     | 2025-01-03 | 39000 | HUF |", True),  # both accounts agree
        ("| ref | 2025-01-02 | -100 | EUR |", "| ref | 2025-01-03 | 40 | EUR |", False),  # no fee is that large
        ("|     | 2025-01-02 | -100 | EUR |", "|     | 2025-01-03 | 101 | EUR |", False),  # more came than went
        ("|     | 2025-01-02 | -100 | EUR |", "|     | 2025-01-09 | 100 | EUR |", False),  # too late
        ("|     | 2025-01-02 | -100 | EUR |", "|     | 2025-01-01 | 100 | EUR |", False),  # arrived before it left
    ],
)
def test_what_is_and_is_not_one_movement(resolved, debit, credit, joined):
    head = "| end_to_end_id | date | amount | currency | account | other |\n"
    transfers = resolved(("a.csv", f"{head}{debit} {A} | {B} |"), ("b.csv", f"{head}{credit} {B} | {A} |"))
    assert transfers.height == (1 if joined else 2)


def test_a_shared_reference_does_not_join_payments_to_other_accounts(resolved):
    head = "| end_to_end_id | date | amount | account | other |\n"
    transfers = resolved(
        ("a.csv", f"{head}| RENT | 2025-01-02 | -100 | {A} | NL91OTHR0000000009 |"),
        ("b.csv", f"{head}| RENT | 2025-01-02 | 100 | {B} | DE91OTHR0000000008 |"),
    )
    assert transfers.height == 2


def test_a_self_transfer_stays_one_transfer(resolved):
    transfers = resolved(
        (
            "a.csv",
            f"| account | date | amount | other |\n| {A} | 2025-01-02 | -7 | {A} |\n| {A} | 2025-01-02 | 7 | {A} |",
        )
    )
    (row,) = transfers.to_dicts()
    assert row["debtor_account_id"] == row["creditor_account_id"] == A


def test_a_row_that_is_both_sides_gives_two_legs_of_one_transfer(case, resolved):
    transfers = resolved(
        (
            "l.csv",
            f"| account | date | amount | other | both_sides |\n| {A} | 2025-01-02 | -7 | {B} | yes |\n| {B} | 2025-01-03 | -1 |  | no |",
        )
    )
    assert column(transfers, "rule") == ["both legs on one row", "one leg held"]
    assert column(
        case.sql("SELECT side FROM leg WHERE transfer_id = (SELECT min(transfer_id) FROM transfer) ORDER BY side"),
        "side",
    ) == ["CRDT", "DBIT"]


def test_a_person_joins_a_deposit_to_a_withdrawal(case, resolved):
    transfers = resolved(
        ("a.csv", f"| account | date | amount | kind |\n| {A} | 2025-01-02 | -500 | cash_withdrawal |"),
        ("b.csv", f"| account | date | amount | kind |\n| {B} | 2025-01-05 | 480 | cash_deposit |"),
    )
    assert transfers.height == 2
    deposit, withdrawal = sorted(
        column(transfers, "transfer_id"), key=lambda leg: column(transfers, "credit_leg").count(leg), reverse=True
    )
    case.decide(deposit, "cash_link", withdrawal, by="investigator", why="same notes", evidence="photo 3")
    case.resolve()
    (row,) = case.sql("SELECT * FROM transfer").to_dicts()
    assert (row["rule"], row["amount"], row["credit_amount"]) == ("cash link", 500, 480)


# ------------------------------------------------------------------------------------------------- reversals


def test_a_reversal_finds_what_it_undoes(resolved):
    transfers = resolved(
        (
            "a.csv",
            f"| account | date | amount | other | is_reversal |\n| {A} | 2025-01-02 | -60 | {B} | |\n| {A} | 2025-01-03 | -60 | {B} | |\n| {A} | 2025-01-05 | 60 | {B} | yes |",
        )
    )
    ids = column(transfers, "transfer_id")
    assert column(transfers, "reverses") == [None, None, ids[1]]


def test_two_reversals_undo_two_transfers(resolved):
    text = f"| account | date | amount | other | is_reversal |\n| {A} | 2025-01-02 | -60 | {B} | |\n| {A} | 2025-01-03 | -60 | {B} | |\n"
    text += f"| {A} | 2025-01-05 | 60 | {B} | yes |\n| {A} | 2025-01-06 | 60 | {B} | yes |"
    assert len(set(column(resolved(("a.csv", text)), "reverses")) - {None}) == 2


def test_a_reversal_of_another_amount_undoes_nothing(resolved):
    text = f"| account | date | amount | other | is_reversal |\n| {A} | 2025-01-02 | -60 | {B} | |\n| {A} | 2025-01-05 | 59 | {B} | yes |"
    assert column(resolved(("a.csv", text)), "reverses") == [None, None]


_BY_IDS = """
    SELECT leg.turn, other.turn AS pair_turn, original.turn AS reverses_turn
    FROM leg
    INNER JOIN transfer ON leg.transfer_id = transfer.transfer_id
    LEFT JOIN leg AS other ON leg.transfer_id = other.transfer_id AND leg.side <> other.side
    LEFT JOIN leg AS original
        ON transfer.reverses = original.transfer_id AND leg.account_id = original.account_id
        AND leg.currency = original.currency AND leg.side <> original.side
    ORDER BY leg.turn
"""


def test_numbers_of_legs_say_what_ids_say_and_a_reversal_of_a_reversal_is_an_ordinary_leg(case, resolved):
    there_and_back = [("02", -60, ""), ("03", 60, "yes"), ("04", -60, "yes"), ("05", -7, "")]
    head = "| account | date | amount | other | is_reversal |\n"
    one, two = (
        head + "".join(f"| {own} | 2025-01-{d} | {sign * n} | {other} | {r} |\n" for d, n, r in there_and_back)
        for own, other, sign in ((A, B, 1), (B, A, -1))
    )
    resolved(("a.csv", one), ("b.csv", two + f"| {B} | 2025-01-06 | -9 | X/1 | |\n"))
    numbers = case.sql("SELECT turn, pair_turn, reverses_turn FROM leg ORDER BY turn")
    assert numbers.rows() == case.sql(_BY_IDS).rows()
    undoing = case.sql("SELECT booking_date FROM leg WHERE reverses_turn IS NOT NULL")
    assert [day.day for day in column(undoing, "booking_date")] == [3, 3]
    assert column(numbers, "pair_turn").count(None) == 1


# ------------------------------------------------------------------------------------------------- order


def order(case):
    return column(case.sql("SELECT amount FROM leg ORDER BY account_id, position"), "amount")


def test_printed_balances_decide_inside_a_day(case, resolved):
    resolved(
        (
            "a.csv",
            f"| account | date | amount | balance_after |\n| {A} | 2025-01-01 | 5 | 5 |\n| {A} | 2025-01-02 | 30 | 75 |\n| {A} | 2025-01-02 | 40 | 45 |\n| {A} | 2025-01-03 | 1 | 76 |",
        )
    )
    assert order(case) == [5, 40, 30, 1]


def test_newest_first_exports_are_turned_round(case, resolved):
    resolved(
        (
            "a.csv",
            f"| account | date | amount |\n| {A} | 2025-01-03 | 3 |\n| {A} | 2025-01-02 | 2 |\n| {A} | 2025-01-02 | 1 |",
        )
    )
    assert order(case) == [1, 2, 3]


def test_printed_moments_decide_before_the_ledger(case, resolved):
    resolved(
        (
            "a.csv",
            f"| account | date | amount | booked_at |\n| {A} | 2025-01-02 | 2 | 18:00:00 |\n| {A} | 2025-01-02 | 1 | 09:00:00 |",
        )
    )
    assert order(case) == [1, 2]


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=6), st.randoms())
@settings(deadline=None, max_examples=200)
def test_a_chain_of_balances_is_found_whenever_there_is_one(amounts, random):
    balance, rows = Decimal(0), []
    for amount in amounts:
        balance += amount
        rows.append((Decimal(amount), balance))
    random.shuffle(rows)
    chain = chain_balances(rows)
    assert sorted(chain) == list(range(len(rows)))
    walked = [rows[index] for index in chain]
    assert all(after[1] - after[0] == before[1] for before, after in zip(walked, walked[1:], strict=False))


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1, max_size=5))
@settings(deadline=None, max_examples=200)
def test_no_chain_is_invented(pairs):
    rows = [(Decimal(signed), Decimal(balance)) for signed, balance in pairs]
    possible = any(
        all(after[1] - after[0] == before[1] for before, after in zip(line, line[1:], strict=False))
        for line in permutations(rows)
    )
    assert (chain_balances(rows) is not None) == possible


# ------------------------------------------------------------------------------------------------- rebuilding


def test_loading_in_any_order_gives_the_same_rows(tmp_path):
    files = [
        (
            "a.csv",
            f"| account | date | amount | other |\n| {A} | 2025-01-02 | -100 | {B} |\n| {A} | 2025-01-02 | -100 | {B} |",
        ),
        ("b.csv", f"| account | date | amount | other |\n| {B} | 2025-01-02 | 100 | {A} |"),
        (
            "c.csv",
            f"| account | date | amount | other |\n| {A} | 2025-01-02 | -100 | {B} |\n| {A} | 2025-01-05 | 4 |  |",
        ),
    ]
    seen = set()
    for number, order_ in enumerate(permutations(files)):
        case = finflow.open_case(tmp_path / str(number))
        with case.writing() as con:
            for name, text in order_:
                book(con, text, file=name)
            rebuild(con)
        seen.add(
            tuple(
                str(case.sql(f"SELECT * FROM {t} ORDER BY ALL").rows())
                for t in ("duplicate_entry", "transfer", "leg", "account", "party")
            )
        )
    assert len(seen) == 1


def test_resolving_again_changes_nothing(case, resolved):
    resolved(("first.csv", FIRST), ("overlap.csv", OVERLAP))
    before = case.sql("SELECT * FROM leg ORDER BY ALL").rows()
    case.resolve()
    assert case.sql("SELECT * FROM leg ORDER BY ALL").rows() == before


def test_every_counted_line_has_its_leg(case, resolved):
    resolved(("first.csv", FIRST), ("overlap.csv", OVERLAP))
    orphans = case.sql("""
        SELECT entry_id FROM entry ANTI JOIN leg USING (entry_id) ANTI JOIN duplicate_entry USING (entry_id)
    """)
    assert orphans.is_empty()


# ------------------------------------------------------------------------------------------------- accounts, parties


def test_names_without_numbers_are_accounts_of_their_own_and_cash_is_none(case, resolved):
    resolved(
        (
            "a.csv",
            f"| account | date | amount | name | kind |\n| {A} | 2025-01-02 | -1 | Corner  Shop | card_payment |\n| {A} | 2025-01-02 | -2 | | transfer |\n| {A} | 2025-01-02 | -3 | ATM Town | cash_withdrawal |",
        )
    )
    assert column(case.sql("SELECT account_id FROM account WHERE NOT inside"), "account_id") == ["name:CORNER SHOP"]
    assert case.sql("SELECT count(*) AS n FROM leg WHERE counterparty_account_id IS NULL")["n"][0] == 2


def test_bad_check_digits_are_marked_and_never_mended(case, resolved):
    resolved(
        ("a.csv", "| account | date | amount | other |\n| NL91ABNA0417164300 | 2025-01-02 | -1 | NL92ABNA0417164300 |")
    )
    assert dict(case.sql("SELECT account_id, valid FROM account").rows()) == {
        "NL91ABNA0417164300": True,
        "NL92ABNA0417164300": False,
    }


def test_holders_come_from_a_person_before_the_bank(case):
    with case.writing() as con:
        book(con, f"| account | date | amount |\n| {A} | 2025-01-02 | 1 |", file="a.csv", holder="J. Roe")
        book(con, f"| account | date | amount |\n| {B} | 2025-01-02 | 1 |", file="b.csv", holder="Jane Roe")
    case.decide("V1", "party", "Jane Roe", label="natural", by="investigator", why="passport")
    case.decide(A, "holder", "V1", by="investigator", why="bank contract")
    case.resolve()
    holders = dict(case.sql("SELECT account_id, holder_party_id FROM account").rows())
    assert holders == {A: "V1", B: "name:JANE ROE"}  # by name alone nobody is taken for another
    assert column(case.sql("SELECT party_id FROM party ORDER BY party_id"), "party_id") == ["V1", "name:JANE ROE"]


def test_pseudonyms_are_given_once_and_kept(case):
    with case.writing() as con:
        book(con, f"| account | date | amount |\n| {A} | 2025-01-02 | 1 |", file="a.csv", holder="Zoe")
    case.resolve()
    with case.writing() as con:
        book(con, f"| account | date | amount |\n| {B} | 2025-01-02 | 1 |", file="b.csv", holder="Ann")
    case.resolve()
    assert dict(case.sql("SELECT party_id, number FROM pseudonym").rows()) == {"name:ZOE": 1, "name:ANN": 2}
