"""Who holds an account: by decision, never by an equal name; one person under two ids keeps every protection."""

import itertools

import pytest

import finflow
from finflow.labels import labels
from finflow.people import unprotected
from tests.core_support import book

A, B, C = "NL02FOOB0000000001", "DE02FOOB0000000002", "BE02FOOB0000000003"
WHO = {"by": "prosecutor", "why": "decision of the court"}


@pytest.fixture
def case(tmp_path):
    return finflow.open_case(tmp_path / "case")


def printed(case, **holders):
    """Accounts by letter, each with the name its bank prints."""
    with case.writing() as con:
        for letter, name in holders.items():
            account = {"a": A, "b": B, "c": C}[letter]
            book(con, f"| account | date | amount |\n| {account} | 2025-01-02 | 1 |", file=f"{letter}.csv", holder=name)


def party(case, party_id, name, kind, *roles):
    case.decide(party_id, "party", name, label=kind, **WHO)
    for role in roles:
        case.decide(party_id, "role", role, **WHO)


def found(case):
    """Holder of each account, and the accounts held by somebody who may be named."""
    case.resolve()
    with case.reading() as con:
        free, called = unprotected(con), labels(con)
    holders = dict(case.sql("SELECT account_id, holder_party_id FROM account").rows())
    return holders, {account for account, holder in holders.items() if holder in free}, called


# -------------------------------------------------------------------------------------------- equal names


def test_a_victim_of_the_same_name_is_no_suspect(case):
    printed(case, a="ANNA KOVACS", b="Anna Kovacs")
    party(case, "S1", "Anna Kovacs", "natural", "suspect")
    party(case, "V1", "ANNA KOVACS", "natural", "victim")
    holders, free, called = found(case)
    assert holders == {A: "name:ANNA KOVACS", B: "name:ANNA KOVACS"}
    assert free == set()
    assert not any("kovacs" in label.lower() for label in called.values())


@pytest.mark.parametrize("kind", ["natural", "unknown"])
def test_a_namesake_of_a_recorded_person_is_another(case, kind):
    printed(case, a="ANNA KOVACS")
    party(case, "S1", "Anna Kovacs", kind, "suspect")
    assert found(case)[:2] == ({A: "name:ANNA KOVACS"}, set())


def test_a_decision_attaches_the_account(case):
    printed(case, a="ANNA KOVACS", b="Anna Kovacs")
    party(case, "S1", "Anna Kovacs", "natural", "suspect")
    case.decide(A, "holder", "S1", **WHO)
    holders, free, called = found(case)
    assert (holders, free) == ({A: "S1", B: "name:ANNA KOVACS"}, {A})
    assert [called[A], called[B]] == ["Anna Kovacs (NL…0001)", "P2 (account 1)"]


def test_a_firm_is_known_by_its_name_when_no_other_party_has_it(case):
    printed(case, a="LUMEN BV", b="Twice BV", c="Rose")
    party(case, "F1", "Lumen BV", "legal")
    for twin in ("F2", "F3"):
        party(case, twin, "Twice BV", "legal")
    party(case, "F4", "Rose", "legal")
    party(case, "S1", "ROSE", "natural", "suspect")
    holders, free, _ = found(case)
    assert (holders, free) == ({A: "F1", B: "name:TWICE BV", C: "name:ROSE"}, {A})


def test_a_role_on_a_printed_name_holds_while_one_account_prints_it(case):
    printed(case, a="Anna Kovacs")
    case.decide("name:ANNA KOVACS", "role", "suspect", **WHO)
    assert found(case)[1] == {A}
    printed(case, b="ANNA KOVACS")
    assert found(case)[1] == set()
    case.decide("name:ANNA KOVACS", "role", "victim", **WHO)
    assert found(case)[1] == set()


def test_the_same_party_by_a_printed_name_holds_while_one_account_prints_it(case):
    printed(case, a="Anna Kovacs")
    party(case, "S1", "A. Kovacs", "natural", "suspect")
    case.decide("name:ANNA KOVACS", "same_as", "S1", **WHO)
    assert found(case)[:2] == ({A: "S1"}, {A})
    printed(case, b="ANNA KOVACS")
    assert found(case)[:2] == ({A: "name:ANNA KOVACS", B: "name:ANNA KOVACS"}, set())


def test_resolve_says_how_many_holders_are_open_and_what_to_type(case):
    printed(case, a="ANNA KOVACS", b="Zoe Nan")
    party(case, "S1", "Anna Kovacs", "natural", "suspect")
    resolved = case.resolve()
    assert resolved.undecided == 1
    assert "for 1 of the accounts" in str(resolved)
    assert "finflow decide CASE ACCOUNT holder PARTY" in resolved._repr_html_()
    assert "Kovacs" not in "".join(resolved.told)
    case.decide(A, "holder", "S1", **WHO)
    assert case.resolve().told == []


def test_a_role_on_a_name_several_accounts_print_is_open_too(case):
    printed(case, a="Anna Kovacs", b="ANNA KOVACS", c="Zoe")
    assert case.resolve().undecided == 0
    case.decide("name:ANNA KOVACS", "role", "suspect", **WHO)
    assert case.resolve().undecided == 2


# ---------------------------------------------------------------------------------------- the same party


def test_who_is_the_same_as_a_suspect_stays_a_victim(case):
    printed(case, a="JANE VICTIM")
    case.decide("name:JANE VICTIM", "role", "victim", **WHO)
    party(case, "S9", "Jane Doe", "natural", "suspect")
    case.decide("name:JANE VICTIM", "same_as", "S9", **WHO)
    assert found(case)[:2] == ({A: "S9"}, set())


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_roles_follow_the_whole_chain_in_whatever_order_it_is_told(case, order):
    printed(case, a="ANNA K")
    party(case, "M", "Anna M", "natural", "other")
    party(case, "V", "Anna V", "natural", "victim")
    party(case, "Z", "Anna Z", "natural", "suspect")
    links = [("name:ANNA K", "M"), ("M", "Z"), ("V", "Z")]
    for n in order:
        case.decide(links[n][0], "same_as", links[n][1], **WHO)
    holders, free, _ = found(case)
    assert (holders, free) == ({A: "Z"}, set())
    with case.reading() as con:
        assert not {"M", "V", "Z"} & unprotected(con)


def test_a_ring_ends(case):
    printed(case, a="ANNA K")
    party(case, "B1", "Anna", "natural")
    party(case, "A1", "Anna", "natural")
    for one, other in (("name:ANNA K", "B1"), ("B1", "A1"), ("A1", "B1")):
        case.decide(one, "same_as", other, **WHO)
    case.decide("A1", "role", "suspect", **WHO)
    case.decide("B1", "party", "Anna", label="natural", amount=0, **WHO)
    assert found(case)[:2] == ({A: "A1"}, {A})


def test_a_person_said_to_be_a_firm_is_a_person(case):
    printed(case, a="Lumen BV")
    party(case, "F1", "Lumen BV", "legal")
    assert found(case)[1] == {A}
    party(case, "N1", "Anna", "natural")
    case.decide("N1", "same_as", "F1", **WHO)
    assert found(case)[1] == set()


def test_an_account_in_a_victims_name_does_not_pass_to_a_suspect(case):
    printed(case, a="JANE VICTIM")
    case.decide("name:JANE VICTIM", "role", "victim", **WHO)
    party(case, "S9", "Jane Doe", "natural", "suspect")
    party(case, "V1", "Jane Victim", "natural", "victim")
    case.decide(A, "holder", "S9", **WHO)
    assert found(case)[:2] == ({A: "name:JANE VICTIM"}, set())
    assert case.resolve().undecided == 1
    case.decide(A, "holder", "V1", **WHO)
    assert found(case)[:2] == ({A: "V1"}, set())
    case.decide(A, "holder", "S9", **WHO)
    case.decide("name:JANE VICTIM", "role", "victim", amount=0, **WHO)
    assert found(case)[:2] == ({A: "S9"}, {A})


# ------------------------------------------------------------------------------------------ taken back


@pytest.mark.parametrize("kind", ["same_as", "holder"])
def test_a_link_taken_back_no_longer_holds(case, kind):
    printed(case, a="Zoe")
    party(case, "S9", "Jane Doe", "natural", "suspect")
    subject = {"same_as": "name:ZOE", "holder": A}[kind]
    case.decide(subject, kind, "S9", **WHO)
    assert found(case)[:2] == ({A: "S9"}, {A})
    case.decide(subject, kind, "S9", amount=0, **WHO)
    assert found(case)[:2] == ({A: "name:ZOE"}, set())


def test_a_party_taken_back_is_not_recorded(case):
    printed(case, a="Lumen BV")
    party(case, "F1", "Lumen BV", "legal")
    case.decide("F1", "party", "Lumen BV", label="legal", amount=0, **WHO)
    assert found(case)[:2] == ({A: "name:LUMEN BV"}, set())
