"""Which two bank lines are one payment, which are left for a person, and what a person decides about them."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import finflow
from finflow.errors import FinflowError
from finflow.resolve.evidence import AGREES, EQUAL, NOT_PRINTED, Evidence
from finflow.resolve.mirrors import Edge, choose
from tests.core_support import book

A, B, C = "NL91ABNA0417164300", "DE89370400440532013000", "HU42117730161111101800000000"
COLUMNS = ["account", "date", "amount", "currency", "other", "name", "end_to_end_id", "uetr", "narrative"]
PAYER, PAYEE = "Sam Payer", "Jane Roe"


def table(lines, columns=COLUMNS):
    """An ASCII table of lines that may leave their last cells out."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines.splitlines()]
    padded = [[*row, *[""] * (len(columns) - len(row))] for row in [columns, *rows]]
    return "\n".join(f"| {' | '.join(row)} |" for row in padded)


@pytest.fixture
def case(tmp_path):
    return finflow.open_case(tmp_path / "case")


@pytest.fixture
def joined(case):
    """Resolve one line of A and one of B (or tables of them); the rules of the transfers found, sorted."""

    def run(debit, credit, *, holders=(PAYER, PAYEE), window=("2025-01-01", "2025-02-01")):
        with case.writing() as con:
            book(con, table(debit), file="a.csv", holder=holders[0], window=window)
            book(con, table(credit), file="b.csv", holder=holders[1], window=window)
        case.resolve()
        return sorted(case.sql("SELECT rule FROM transfer")["rule"].to_list())

    return run


def candidates(case):
    return case.sql("SELECT * FROM mirror_candidate ORDER BY ALL").to_dicts()


def decide(case, one, kind, other, **more):
    return case.decide(one, kind, other, by="investigator", why="statement of the bank", **more)


APART = ["one leg held", "one leg held"]


# ------------------------------------------------------------------------------------------ one account or none


@pytest.mark.parametrize(
    ("debit", "credit", "rule"),
    [
        # the payer's bank prints the payee's account, the payee's bank a name or nothing
        (f"|{A}|2025-01-07|-500|EUR|{B}|Jane Roe", f"|{B}|2025-01-08|500|EUR||S. PAYER", "mirror: creditor"),
        (f"|{A}|2025-01-07|-500|EUR|{B}|Jane Roe", f"|{B}|2025-01-08|500|EUR", "mirror: creditor"),
        (f"|{A}|2025-01-07|-500|EUR|{B}", f"|{B}|2025-01-08|500|EUR||JOB CENTRE BENEFIT", None),
        (f"|{A}|2025-01-07|-500|EUR|{B}", f"|{B}|2025-01-08|500|EUR||Anna Payer", None),  # a relative
        (f"|{A}|2025-01-07|-500|EUR|{B}||X1", f"|{B}|2025-01-08|500|EUR||S. PAYER|X2", None),  # other reference
        # the payee's bank prints the payer's account
        (f"|{A}|2025-01-07|-500|EUR||Roe Jane", f"|{B}|2025-01-08|500|EUR|{A}", "mirror: debtor"),
        (f"|{A}|2025-01-07|-500|EUR||LANDLORD BV", f"|{B}|2025-01-08|500|EUR|{A}", None),
        # no account on either side: a reference that is unique, and a name
        (f"|{A}|2025-01-07|-500|EUR||Jane Roe|R77", f"|{B}|2025-01-08|500|EUR||SAM PAYER|R77", "mirror: reference"),
        (f"|{A}|2025-01-07|-500|EUR||LANDLORD BV|RENT", f"|{B}|2025-01-08|500|EUR||SUBTENANT ANNA|RENT", None),
        (f"|{A}|2025-01-07|-500|EUR||Jane Roe|R77", f"|{B}|2025-01-08|500|EUR||SUBTENANT ANNA|R77", None),
        (f"|{A}|2025-01-07|-500|EUR|||R77", f"|{B}|2025-01-08|500|EUR|||R77", None),  # no name confirms
        # a UETR is enough
        (f"|{A}|2025-01-07|-500|EUR||||u1", f"|{B}|2025-01-08|480|EUR||||u1", "mirror: uetr"),
        (f"|{A}|2025-01-07|-500|EUR|{B}|||u1", f"|{B}|2025-01-08|500|EUR|{A}|||u2", None),
    ],
)  # fmt: skip
def test_what_joins_where_accounts_are_missing(joined, debit, credit, rule):
    assert joined(debit, credit) == ([rule] if rule else APART)


def test_strangers_are_listed_for_a_person_with_what_to_type(case, joined):
    joined(f"|{A}|2025-01-07|-500|EUR||LANDLORD BV|RENT", f"|{B}|2025-01-08|500|EUR||SUBTENANT ANNA|RENT")
    (found,) = candidates(case)
    assert found["why"] == "the printed name is not the holder's"
    assert "reference" in found["agreed"]
    assert "creditor's name differs" in found["differed"]
    told = str(case.resolve())
    assert found["debit_leg"] in told
    assert '"not_mirror"' in told
    assert "ANNA" not in told


def test_a_reference_that_occurs_twice_joins_nothing_without_accounts(case, joined):
    debit = f"|{A}|2025-01-07|-500|EUR||Jane Roe|RENT| | |\n|{A}|2025-01-14|-500|EUR||Jane Roe|RENT| | |"
    assert joined(debit, f"|{B}|2025-01-08|500|EUR||SAM PAYER|RENT") == ["one leg held"] * 3
    assert {row["why"] for row in candidates(case)} == {"no account is printed and the reference is not unique"}


@pytest.mark.parametrize(("first_day", "rules"), [("2025-01-01", ["mirror: creditor"]), ("2025-01-08", APART)])
def test_without_a_name_the_days_between_must_be_covered(case, first_day, rules):
    with case.writing() as con:
        book(con, table(f"|{A}|2025-01-07|-500|EUR|{B}"), file="a.csv", window=("2025-01-01", "2025-02-01"))
        book(con, table(f"|{B}|2025-01-08|500|EUR"), file="b.csv", window=(first_day, "2025-02-01"))
    case.resolve()
    assert sorted(case.sql("SELECT rule FROM transfer")["rule"].to_list()) == rules
    assert len(candidates(case)) == (0 if len(rules) == 1 else 1)


def test_a_holder_recorded_by_a_person_speaks_too(case, joined):
    lines = f"|{A}|2025-01-07|-500|EUR|{B}", f"|{B}|2025-01-08|500|EUR||NIGHT OWL||||"
    assert joined(*lines, holders=(None, None)) == ["mirror: creditor"]  # nothing to compare
    case.decide("V1", "party", "Night Heron", label="natural", by="investigator", why="passport")
    case.decide(A, "holder", "V1", by="investigator", why="bank contract")
    case.resolve()
    assert case.sql("SELECT rule FROM transfer").height == 2


# -------------------------------------------------------------------------------------------------- business days


@pytest.mark.parametrize(
    ("accounts", "debit", "credit", "score"),
    [
        ((A, B), "2025-01-02", "2025-01-03", 93),
        ((A, B), "2025-01-03", "2025-01-06", 93),  # over a weekend
        ((A, B), "2025-04-17", "2025-04-22", 93),  # over Easter, a holiday in both States
        ((A, C), "2024-10-22", "2024-10-24", 93),  # 23 October is a holiday in Hungary alone
        ((A, B), "2024-10-22", "2024-10-24", 91),
        (("FOO/1", "FOO/2"), "2025-04-17", "2025-04-22", 89),  # no State: weekends only
        ((A, B), "2025-01-02", "2025-01-08", None),  # four business days
    ],
)
def test_days_are_business_days_of_both_states(case, accounts, debit, credit, score):
    left, came = accounts
    with case.writing() as con:
        book(con, table(f"|{left}|{debit}|-9|EUR|{came}"), file="a.csv")
        book(con, table(f"|{came}|{credit}|9|EUR|{left}"), file="b.csv")
    case.resolve()
    assert case.sql("SELECT score FROM mirror")["score"].to_list() == ([] if score is None else [score])


# ---------------------------------------------------------------------------------------------------- currencies


@pytest.mark.parametrize(
    ("sent", "currency", "came", "joins"),
    [
        ("-10", "HUF", "5000000", False),  # half a million to one
        ("-100", "HUF", "41000", True),  # the bank of the day: 413.78
        ("-100", "HUF", "36000", True),  # after a fee and a poor rate
        ("-1000", "HUF", "340000", False),  # no fee is that large
        ("-100", "HUF", "46000", False),
        ("-100", "MDL", "1900", False),  # no rate is published for lei
    ],
)
def test_an_exchange_must_be_near_the_reference_rate(case, joined, sent, currency, came, joins):
    rules = joined(f"|{A}|2025-01-02|{sent}|EUR|{B}", f"|{B}|2025-01-03|{came}|{currency}|{A}")
    assert rules == (["mirror: accounts, amount differs"] if joins else APART)
    assert len(candidates(case)) == (0 if joins else 1)


def test_an_exchange_says_by_which_rate_of_which_day(case, joined):
    joined(f"|{A}|2025-01-04|-100|EUR|{B}", f"|{B}|2025-01-06|41000|HUF|{A}")
    agreed = case.sql("SELECT agreed FROM mirror")["agreed"][0]
    assert "implied rate 410, reference rate 414.93 of 2025-01-03, European Central Bank" in agreed


def test_an_instructed_amount_needs_no_rate(case):
    columns = [*COLUMNS[:5], "instructed_amount", "instructed_currency"]
    with case.writing() as con:
        book(con, table(f"|{A}|2025-01-02|-120|EUR|{B}|1900|MDL", columns), file="a.csv")
        book(con, table(f"|{B}|2025-01-03|1900|MDL|{A}", columns), file="b.csv")
    case.resolve()
    assert case.sql("SELECT rule, agreed FROM mirror").rows() == [
        ("mirror: accounts", "debtor's account; creditor's account; instructed amount; 1 business day")
    ]


# ------------------------------------------------------------------------------------------- several that fit


def test_two_that_fit_equally_well_are_left_for_a_person(case):
    """Two payers' lines, one credit without a name: either could be it, so none is."""
    with case.writing() as con:
        book(con, table(f"|{A}|2025-01-07|-500|EUR|{B}"), file="a.csv", window=("2025-01-01", "2025-02-01"))
        book(con, table(f"|{C}|2025-01-08|-500|EUR|{B}"), file="c.csv", window=("2025-01-01", "2025-02-01"))
        book(con, table(f"|{B}|2025-01-08|500|EUR"), file="b.csv", window=("2025-01-01", "2025-02-01"))
    case.resolve()
    assert case.sql("SELECT count(*) AS n FROM mirror")["n"][0] == 0
    assert [row["why"] for row in candidates(case)] == ["several lines fit equally well"] * 2


def test_the_same_words_decide_between_parallel_payments(case, joined):
    debits = f"|{A}|2025-01-07|-5|EUR|{B}||||rent|\n|{A}|2025-01-07|-5|EUR|{B}||||gift|"
    credits = f"|{B}|2025-01-07|5|EUR|{A}||||Gift.|\n|{B}|2025-01-07|5|EUR|{A}||||RENT|"
    assert joined(debits, credits) == ["mirror: accounts"] * 2
    pairs = case.sql("""
        SELECT upper(debit.narrative) || CASE WHEN credit.narrative LIKE 'G%' THEN ' gift' ELSE ' rent' END AS said
        FROM mirror JOIN leg AS debit ON debit.leg_id = mirror.debit_leg JOIN leg AS credit
        ON credit.leg_id = mirror.credit_leg ORDER BY said
    """)
    assert pairs["said"].to_list() == ["GIFT gift", "RENT rent"]


def edge(debit, credit, rule="accounts", *, days=0, words=NOT_PRINTED):
    """An edge between legs named by account, day and number, as "A1.1"."""
    return Edge(
        Evidence(
            legs=(("DBIT", debit), ("CRDT", credit)), debit_place=(debit[:2],), credit_place=(credit[:2],),
            order=(debit, credit), days=days, calendar_days=days, same_uetr=False, reference=NOT_PRINTED, words=words,
            only_here=False, debtor_printed=True, creditor_printed=True, debtor_name=AGREES, creditor_name=AGREES,
            covered=True, exchanged=False, amount=EQUAL, rate="",
        ), rule, None,
    )  # fmt: skip


LEG = st.builds(lambda letter, n: f"{letter}1.{n}", st.sampled_from("ABC"), st.integers(1, 3))
EDGES = st.lists(
    st.builds(
        edge, LEG.map(str.lower), LEG, st.sampled_from(["uetr", "accounts", "debtor"]), days=st.integers(0, 2),
        words=st.sampled_from([AGREES, NOT_PRINTED]),
    ),
    max_size=12, unique_by=lambda found: found.found.legs,
)  # fmt: skip


@given(EDGES, st.randoms())
@settings(deadline=None, max_examples=300)
def test_joining_is_one_to_one_and_the_same_in_whatever_order(found, random):
    joined, left = choose(found)
    legs = [leg for each in joined for leg in each.found.legs]
    assert len(legs) == len(set(legs))
    assert not {leg for each, why in left if why.startswith("several") for leg in each.found.legs} & set(legs)
    shuffled = list(found)
    random.shuffle(shuffled)
    again, left_again = choose(shuffled)
    assert [each.found.legs for each in again] == [each.found.legs for each in joined]
    assert {each.found.legs for each, _ in left_again} == {each.found.legs for each, _ in left}


@given(EDGES)
@settings(deadline=None, max_examples=300)
def test_no_two_free_legs_that_fit_are_forgotten(found):
    joined, left = choose(found)
    used = {leg for each in joined for leg in each.found.legs} | {leg for each, _ in left for leg in each.found.legs}
    assert all(used & set(each.found.legs) for each in found)


def test_the_order_of_loading_changes_no_join(tmp_path):
    files = [
        ("a.csv", f"|{A}|2025-01-07|-500|EUR|{B}| | | | |\n|{A}|2025-01-08|-500|EUR|{B}"),
        ("b.csv", f"|{B}|2025-01-08|500|EUR|{A}| | | | |\n|{B}|2025-01-08|500|EUR||Sam Payer"),
        ("c.csv", f"|{C}|2025-01-07|-500|EUR|{B}"),
    ]
    seen = set()
    for number, order in enumerate(permutations(files)):
        case = finflow.open_case(tmp_path / str(number))
        with case.writing() as con:
            for name, text in order:
                book(con, table(text), file=name, window=("2025-01-01", "2025-02-01"))
        case.resolve()
        seen.add(str(case.sql("SELECT * FROM mirror ORDER BY ALL").rows()) + str(candidates(case)))
    assert len(seen) == 1


# ------------------------------------------------------------------------------------------------------ decisions


@pytest.fixture
def strangers(case, joined):
    joined(f"|{A}|2025-01-07|-500|EUR||LANDLORD BV|RENT", f"|{B}|2025-01-08|500|EUR||SUBTENANT ANNA|RENT")
    (found,) = candidates(case)
    return found["debit_leg"], found["credit_leg"]


@pytest.mark.parametrize("turned", [False, True])
def test_a_person_joins_two_legs_and_takes_it_back(case, strangers, turned):
    one, other = reversed(strangers) if turned else strangers
    decide(case, one, "mirror", other)
    case.resolve()
    assert case.sql("SELECT rule, score FROM transfer").rows() == [("mirror: decided", 100)]
    assert case.sql("SELECT agreed FROM mirror")["agreed"].to_list() == ["a person decided"]
    assert candidates(case) == []
    decide(case, *strangers[:1], "mirror", *strangers[1:], amount=0)  # whichever was named first
    case.resolve()
    assert case.sql("SELECT rule FROM transfer")["rule"].to_list() == APART
    assert len(candidates(case)) == 1


def test_a_person_sets_two_legs_apart_and_takes_it_back(case, joined):
    assert joined(f"|{A}|2025-01-07|-5|EUR|{B}", f"|{B}|2025-01-07|5|EUR|{A}") == ["mirror: accounts"]
    pair = case.sql("SELECT debit_leg, credit_leg FROM mirror").row(0)
    decide(case, pair[1], "not_mirror", pair[0])
    case.resolve()
    assert case.sql("SELECT rule FROM transfer")["rule"].to_list() == APART
    assert candidates(case) == []
    decide(case, pair[0], "not_mirror", pair[1], amount=0)
    case.resolve()
    assert case.sql("SELECT rule FROM transfer")["rule"].to_list() == ["mirror: accounts"]


def test_what_contradicts_a_standing_decision_is_refused(case, strangers):
    decide(case, strangers[0], "mirror", strangers[1])
    with pytest.raises(FinflowError, match="take it back first"):
        decide(case, strangers[0], "not_mirror", strangers[1])
    assert decide(case, strangers[1], "mirror", strangers[0], amount=0).frame["recorded"].to_list() == [1]
    decide(case, strangers[0], "not_mirror", strangers[1])


@pytest.mark.parametrize("kind", ["mirror", "not_mirror"])
def test_a_pair_is_two_lines_of_two_sides(case, strangers, kind):
    with pytest.raises(FinflowError, match="no bank line with this id"):
        decide(case, strangers[0], kind, "0123456789abcdef:L9")
    with pytest.raises(FinflowError, match="object is empty"):
        decide(case, strangers[0], kind, None)
    with pytest.raises(FinflowError, match="one line on which money left and one on which it came"):
        decide(case, strangers[0], kind, strangers[0])


def test_one_leg_is_joined_to_one_other_only(case, joined):
    joined(f"|{A}|2025-01-07|-500|EUR", f"|{B}|2025-01-08|500|EUR|| | | | |\n|{B}|2025-01-09|500|EUR")
    legs = {
        side: case.sql(f"SELECT leg_id FROM leg WHERE side = '{side}' ORDER BY 1")["leg_id"]
        for side in ("DBIT", "CRDT")
    }
    decide(case, legs["DBIT"][0], "mirror", legs["CRDT"][0])
    with pytest.raises(FinflowError, match="take it back first"):
        decide(case, legs["CRDT"][1], "mirror", legs["DBIT"][0])
