"""What accounts are called: a name only where nobody is endangered or exposed by it."""

import shutil

import pytest

import finflow
from finflow.labels import PAYERS, labels, names
from tests.core_support import book, known

SUSPECT, FIRM, VICTIM, OTHER, NOBODY = (f"NL0{n}FOOB000000000{n}" for n in range(1, 6))
PAYER_A, PAYER_B, SELLER, REFUNDED = (f"NL1{n}BARB000000010{n}" for n in range(1, 5))
WHO = {"by": "prosecutor", "why": "decision"}


@pytest.fixture
def case(tmp_path):
    return finflow.open_case(tmp_path / "case")


def lines(case, account, text, holder=None):
    """Book lines of one account: day, amount, and any column of entry."""
    rows = text.strip().splitlines()
    table = "\n".join([f"| account {rows[0]}", *(f"| {account} {row}" for row in rows[1:])])
    with case.writing() as con:
        return book(con, table, file=f"{account}.csv", holder=holder)


def party(case, party_id, name, kind, *accounts, role=None):
    case.decide(party_id, "party", name, label=kind, **WHO)
    known(case, *accounts)
    for account in accounts:
        case.decide(account, "holder", party_id, **WHO)
    if role:
        case.decide(party_id, "role", role, **WHO)


def called(case):
    case.resolve()
    with case.reading() as con:
        return labels(con)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The folder of a case with persons; made once, copied for each test."""
    case = finflow.open_case(tmp_path_factory.mktemp("recorded") / "case")
    party(case, "C2", "Marlies Example", "natural", SUSPECT, role="suspect")
    party(case, "B1", "Lantern Wellness B.V.", "legal", FIRM, role="other")
    party(case, "V1", "Corina Example", "natural", VICTIM, role="possible victim")
    party(case, "N1", "Ilona Example", "natural", OTHER, role="third party")
    return case.folder


@pytest.fixture
def persons(recorded, tmp_path):
    return finflow.open_case(shutil.copytree(recorded, tmp_path / "case"))


def test_holders_are_named_only_when_suspects_or_firms(persons):
    for account in (SUSPECT, FIRM, VICTIM, OTHER, NOBODY):
        lines(persons, account, "| date | amount |\n| 2025-01-02 | 5 |")
    found = called(persons)
    assert found[SUSPECT] == "Marlies Example (NL…0001)"
    assert found[FIRM] == "Lantern Wellness B.V. (NL…0002)"
    assert found[VICTIM] == "P3 (account 1)"
    assert found[OTHER] == "account NL…0004"
    assert found[NOBODY] == "protected account 1"
    assert "Corina" not in str(found.values())
    assert "Ilona" not in str(found.values())


@pytest.mark.parametrize(
    ("kind", "roles", "named"),
    [
        ("natural", ["suspect"], True),
        ("natural", ["convicted"], True),
        ("unknown", ["suspect"], True),
        ("natural", ["suspect", "victim"], False),
        ("natural", ["suspect", "child"], False),
        ("natural", ["witness"], False),
        ("natural", ["other"], False),
        ("natural", [], False),
        ("unknown", [], False),
        ("legal", ["suspect"], True),
        ("legal", ["other"], True),
        ("legal", [], False),
        ("legal", ["third party"], False),
        ("legal", ["other", "third party"], False),
        ("legal", ["victim"], False),
    ],
)
def test_the_role_decides_about_the_name(case, kind, roles, named):
    lines(case, SUSPECT, "| date | amount |\n| 2025-01-02 | 5 |", holder="Some Body")
    party(case, "X", "Some Body", kind, SUSPECT)
    for role in roles:
        case.decide("X", "role", role, **WHO)
    assert ("Some Body" in called(case)[SUSPECT]) is named


def test_a_role_that_has_ended_names_nobody(persons):
    from datetime import date

    lines(persons, SUSPECT, "| date | amount |\n| 2025-01-02 | 5 |")
    persons.decide("C2", "role", "suspect", valid_until=date(2025, 6, 1), **WHO)
    assert called(persons)[SUSPECT] == "account NL…0001"


def parties(case):
    called(case)
    with case.reading() as con:
        return names(con).parties


def test_a_party_is_called_as_its_accounts_are(persons):
    for account in (SUSPECT, FIRM, VICTIM, OTHER):
        lines(persons, account, "| date | amount |\n| 2025-01-02 | 5 |")
    party(persons, "N9", "Nadine Example", "natural", OTHER, role="other")
    party(persons, "N8", "Nora Example", "natural", role="other")
    party(persons, "F9", "Nine B.V.", "legal", role="other")
    assert parties(persons) == {
        "C2": "Marlies Example", "B1": "Lantern Wellness B.V.", "V1": "P5", "N1": "a third party",
        "N9": "holder of account NL…0004", "N8": "another person", "F9": "a firm",
    }  # fmt: skip


def test_a_shelter_is_not_named_as_a_party_either(persons):
    lines(persons, FIRM, "| date | amount |\n| 2025-01-02 | 5 |")
    assert parties(persons)["B1"] == "Lantern Wellness B.V."
    persons.decide("Lantern Wellness B.V.", "listed", "shelter", **WHO)
    assert parties(persons)["B1"] == "company 1"


def test_a_firm_one_of_whose_accounts_could_lead_to_somebody_is_not_named_as_a_party(persons):
    second = "NL77FOOB0000000001"
    lines(persons, FIRM, "| date | amount |\n| 2025-01-02 | 5 |")
    lines(persons, second, "| date | amount |\n| 2025-01-03 | 5 |")
    lines(persons, VICTIM, f"| date | amount | other |\n| 2025-01-04 | -5 | {second} |")
    persons.decide(second, "holder", "B1", **WHO)
    assert parties(persons)["B1"] == "company 1"


def test_payers_into_a_protected_account_are_one_and_unnamed(persons):
    lines(persons, VICTIM, f"""| date | amount | other | name |
        | 2025-01-02 | 50 | {PAYER_A} | Aart Bosch |
        | 2025-01-03 | 60 | {PAYER_B} | Bart Bosch |
        | 2025-01-04 | 70 | | Cees Bosch |
        | 2025-01-05 | 80 | {REFUNDED} | Dirk Bosch |
        | 2025-01-06 | -80 | {REFUNDED} | Dirk Bosch |""")  # fmt: skip
    found = called(persons)
    assert [found[account] for account in (PAYER_A, PAYER_B, "name:CEES BOSCH")] == [PAYERS] * 3
    assert found[REFUNDED] == "outside account 1"  # money went both ways: one node for all would join strangers
    assert "bosch" not in str(list(found.values())).lower()


def test_a_payer_into_a_suspects_account_is_an_outside_account(persons):
    lines(persons, SUSPECT, f"| date | amount | other | name |\n| 2025-01-02 | 50 | {PAYER_A} | Aart Bosch |")
    assert called(persons)[PAYER_A] == "outside account 1"


def test_a_stranger_who_pays_both_joins_no_aggregate(persons):
    lines(persons, VICTIM, f"| date | amount | other |\n| 2025-01-02 | 50 | {PAYER_A} |")
    lines(persons, SUSPECT, f"| date | amount | other |\n| 2025-01-02 | -50 | {PAYER_A} |")
    assert called(persons)[PAYER_A] == "outside account 1"


def shop(case, account, name, category, kind="card_payment"):
    lines(case, account, f"""| date | amount | name | kind | merchant_category |
        | 2025-01-02 | -50 | {name} | {kind} | {category} |""")  # fmt: skip
    return called(case)["name:" + name.upper()]


@pytest.mark.parametrize(
    ("category", "label"),
    [
        ("5944", "Gold and Watches"),
        ("5521", "Gold and Watches"),
        ("5541", "outside account 1"),
        # hotels, doctors, parties and salons tell where somebody is or what they believe
        ("7011", "outside account 1"),
        ("8011", "outside account 1"),
        ("8661", "outside account 1"),
        ("7298", "outside account 1"),
        ("", "outside account 1"),
    ],
)
def test_shops_are_named_by_their_trade(persons, category, label):
    assert shop(persons, SUSPECT, "Gold and Watches", category) == label


def test_a_name_paid_by_transfer_is_no_shop(persons):
    assert shop(persons, SUSPECT, "Gold and Watches", "5944", kind="transfer") == "outside account 1"


@pytest.mark.parametrize("other", [VICTIM, OTHER, NOBODY])
def test_a_shop_is_not_named_once_somebody_unnamed_buys_there(persons, other):
    shop(persons, SUSPECT, "Gold and Watches", "5944")
    assert shop(persons, other, "Gold and Watches", "5944").startswith("outside account")


@pytest.mark.parametrize(
    ("list_", "label"),
    [
        ("adult_adverts", "Night Adverts"),
        ("exchange", "Night Adverts"),
        ("money_service", "Night Adverts"),
        ("prepaid", "Night Adverts"),
        ("agency", "Night Adverts"),
        ("lodging", "lodging 1"),
        ("shelter", "outside account 1"),
    ],
)
def test_lists_name_platforms_and_hide_places(persons, list_, label):
    persons.decide(" night adverts", "listed", list_, **WHO)
    lines(persons, SUSPECT, "| date | amount | name |\n| 2025-01-02 | -50 | Night Adverts |")
    assert called(persons)["name:NIGHT ADVERTS"] == label


@pytest.mark.parametrize(
    ("list_", "label"),
    [("exchange", "Night Adverts"), ("agency", "outside account 1"), ("shelter", "outside account 1")],
)
def test_only_platforms_are_named_when_a_protected_person_deals_with_them(persons, list_, label):
    persons.decide("Night Adverts", "listed", list_, **WHO)
    lines(persons, VICTIM, "| date | amount | name |\n| 2025-01-02 | -50 | Night Adverts |")
    assert called(persons)["name:NIGHT ADVERTS"] == label


def test_the_list_of_shelters_outweighs_any_other(persons):
    for list_ in ("exchange", "agency", "shelter"):
        persons.decide("Night Adverts", "listed", list_, **WHO)
    lines(persons, SUSPECT, "| date | amount | name |\n| 2025-01-02 | -50 | Night Adverts |")
    assert called(persons)["name:NIGHT ADVERTS"] == "outside account 1"


def test_a_list_may_give_the_account(persons):
    persons.decide(SELLER, "listed", "exchange", **WHO)
    lines(persons, SUSPECT, f"| date | amount | other | name |\n| 2025-01-02 | -50 | {SELLER} | Koralex |")
    assert called(persons)[SELLER] == "Koralex"


def test_a_firm_is_not_named_when_it_could_lead_to_a_protected_person(persons):
    lines(persons, FIRM, "| date | amount |\n| 2025-01-02 | 5 |")
    lines(persons, VICTIM, f"| date | amount | other |\n| 2025-02-08 | -5 | {FIRM} |")
    assert called(persons)[FIRM] == "company 1"


def test_a_shelter_is_not_named_though_it_is_a_firm(persons):
    lines(persons, FIRM, "| date | amount |\n| 2025-01-02 | 5 |")
    persons.decide("Lantern Wellness B.V.", "listed", "shelter", **WHO)
    assert called(persons)[FIRM] == "company 1"


def test_who_pays_a_protected_person_may_be_a_named_firm(persons):
    lines(persons, FIRM, f"| date | amount | other |\n| 2025-02-08 | -5 | {VICTIM} |")
    lines(persons, VICTIM, "| date | amount |\n| 2025-02-01 | 5 |")
    assert called(persons)[FIRM] == "Lantern Wellness B.V. (NL…0002)"


def test_a_firm_whose_statements_are_not_held_is_named_only_as_a_suspect(persons):
    lines(persons, SUSPECT, f"| date | amount | other | name |\n| 2025-01-02 | -50 | {SELLER} | Lawyers Ltd |")
    assert called(persons)[SELLER] == "outside account 1"
    party(persons, "Q9", "Lawyers Ltd", "legal", SELLER, role="other")
    assert called(persons)[SELLER] == "company 1"
    persons.decide("Q9", "role", "suspect", **WHO)
    assert called(persons)[SELLER] == "Lawyers Ltd (NL…0103)"


def test_an_outside_account_of_a_protected_person_stays_protected(persons):
    lines(persons, SUSPECT, f"| date | amount | other | name |\n| 2025-01-02 | -50 | {SELLER} | Corina Example |")
    persons.decide(SELLER, "holder", "V1", **WHO)
    assert called(persons)[SELLER] == "P3 (account 1)"


def test_different_accounts_are_called_differently(persons):
    twin = "DE89FOOB0000000001"
    persons.decide("Night Adverts", "listed", "exchange", **WHO)
    known(persons, twin)
    persons.decide(twin, "holder", "C2", **WHO)
    lines(persons, SUSPECT, f"""| date | amount | other | name |
        | 2025-01-02 | -50 | | Night Adverts |
        | 2025-01-02 | -50 | {SELLER} | Night Adverts |
        | 2025-01-02 | -50 | {twin} | Marlies Example |
        | 2025-01-02 | -50 | NL77FOOB0000000001 | Marlies Example |""")  # fmt: skip
    persons.decide("NL77FOOB0000000001", "holder", "C2", **WHO)
    found = called(persons)
    assert len(set(found.values())) == len(found)
    assert found[SUSPECT] == "Marlies Example (NL…0001)"
    assert found["NL77FOOB0000000001"] == "Marlies Example (NL…0001) (2)"
    assert {found[SELLER], found["name:NIGHT ADVERTS"]} == {"Night Adverts", "Night Adverts (2)"}


def test_a_printed_name_cannot_pass_for_another_label(persons):
    persons.decide("P3 (account 1)", "listed", "exchange", **WHO)
    lines(persons, VICTIM, "| date | amount |\n| 2025-01-01 | 5 |")
    lines(persons, SUSPECT, "| date | amount | name |\n| 2025-01-02 | -50 | P3 (account 1) |")
    found = called(persons)
    assert sorted([found[VICTIM], found["name:P3 (ACCOUNT 1)"]]) == ["P3 (account 1)", "P3 (account 1) (2)"]


def test_marks_that_turn_writing_round_are_dropped(persons):
    persons.decide(SELLER, "listed", "exchange", **WHO)
    lines(persons, SUSPECT, f"| date | amount | other | name |\n| 2025-01-02 | -50 | {SELLER} | Ko\u202era\x07lex |")
    assert called(persons)[SELLER] == "Ko ra lex"


def test_an_empty_case_has_no_labels(case):
    assert called(case) == {}
