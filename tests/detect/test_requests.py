"""What to ask for next: who is listed, who is only counted, with which instrument and until when."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from finflow.queries import reference
from finflow.requests import asked
from finflow.settings import Settings
from tests.detect.ledger import build, hold, tables

SETTINGS = Settings(state="NL", members=("NL", "DE", "MD"))
SPANISH, GERMAN = "ES7921000813610123456789", "DE75512108001245126199"

LEDGER = f"""
| line | account | on | in | out | with | kind | place | category |
|---|---|---|---|---|---|---|---|---|
| 1 | C | 2025-03-01 to 2025-03-03 | | 1000 | {SPANISH} | | | |
| 2 | C | 2025-03-04 | 400 | | name:LENDER | | | |
| 3 | C | 2025-03-05 | | 900 | | cash_withdrawal | Breda | |
| 4 | C | 2025-03-06 | | 70 | Korfmarkt | card_payment | Breda | 5411 |
| 5 | C | 2025-03-07 | | 3000 | Jeweller | card_payment | Breda | 5944 |
| 6 | C | 2025-03-08 | | 24 | NightAds | card_payment | | 7311 |
| 7 | V | 2025-03-01 to 2025-03-09 | 100 | | name:PAYER # | | | |
| 8 | V | 2025-03-10 | | 700 | name:NEW LANDLORD | | | |
| 9 | V | 2025-03-11 | | 500 | {SPANISH} | | | |
| 10 | V | 2025-03-12 | | 50 | | cash_withdrawal | Hiding town | |
| 11 | N | 2025-03-13 | | 800 | {GERMAN} | | | |
| 12 | N | 2025-03-14 | 60 | | name:FRIEND | | | |
| 13 | C | 2025-03-15 | | 600 | Shelter house | | | |
| 14 | C | 2025-03-16 | | 10 | | fee | | |
"""
PEOPLE = """
| account | party | kind | role |
|---|---|---|---|
| C | C2 | natural | suspect |
| V | V2 | natural | victim |
| N | N9 | natural | |
"""
LISTED = [{"value": "NightAds", "list": "adult_adverts"}, {"value": "Shelter house", "list": "shelter"}]


def case():
    con, payments = build(next(tables(LEDGER)), LISTED)
    hold(con, next(tables(PEOPLE)))
    return con, payments


def everything(con, about=None):
    return con.sql("SELECT transfer_id, $about AS about, NULL AS linked FROM transfer", params={"about": about}).pl()


def found(**more):
    con, _ = case()
    return asked(con, SETTINGS, everything(con), **more)


def by_account(result):
    return {row["account_id"] or row["place"]: row for row in result.frame.to_dicts()}


def test_lists_where_money_went_and_came_from():
    rows = by_account(found())
    assert set(rows) == {SPANISH, "name:LENDER", "Breda", "Jeweller", "NightAds"}
    spanish = rows[SPANISH]
    assert (spanish["sent"], spanish["received"], spanish["transfers"]) == (Decimal(3500), Decimal(0), 4)
    assert (spanish["first_on"], spanish["last_on"]) == (date(2025, 3, 1), date(2025, 3, 11))
    assert rows["name:LENDER"]["received"] == Decimal(400)


def test_payers_of_protected_persons_and_where_they_live_are_counted_not_listed():
    page = found()._repr_html_() + str(found().frame.to_dicts())
    for word in ("PAYER", "LANDLORD", "Hiding", "FRIEND", "Shelter", "Korfmarkt"):
        assert word not in page
    hidden = found().left_out.filter(pl.col("reason") == "to protect third persons").to_dicts()
    assert [row["transfers"] for row in hidden] == [9 + 1 + 1 + 1 + 1 + 1]
    assert "14 payments in EUR (to protect third persons)" in found().left_out_sentence


def test_receivers_of_people_not_assessed_are_listed_in_a_hit_or_on_a_trail_alone():
    con, _ = case()
    hit = everything(con, "N")
    trail = everything(con).with_columns(linked=Decimal(1))
    for asked_about in (hit, trail):
        assert GERMAN in asked(con, SETTINGS, asked_about).frame["account_id"].to_list()
        assert "NEW LANDLORD" not in str(asked(con, SETTINGS, asked_about).frame["account_id"].to_list())


def test_platforms_are_asked_whoever_paid_them():
    ledger = [
        {"line": "1", "account": "V", "on": "2025-03-01", "out": "500", "with": "CoinPlace", "kind": "card_payment"}
    ]
    con, _ = build(ledger, [{"value": "COINPLACE", "list": "exchange"}])
    hold(con, next(tables(PEOPLE)))
    assert asked(con, SETTINGS, everything(con)).frame.select("account_id", "provider_kind").rows() == [
        ("CoinPlace", "exchange")
    ]


def test_payments_to_a_lawyer_are_left_out():
    con, _ = build(next(tables(LEDGER)), [{"value": SPANISH, "list": "privileged"}])
    hold(con, next(tables(PEOPLE)))
    assert SPANISH not in asked(con, SETTINGS, everything(con)).frame["account_id"].to_list()


def test_small_counts_are_not_given():
    con, _ = case()
    one = pl.DataFrame({"transfer_id": ["8.01.01"], "about": [None], "linked": [None]})
    assert (
        asked(con, SETTINGS, one).left_out_sentence
        == "Not listed: fewer than 5 payments in EUR (to protect third persons)."
    )


def test_largest_first_and_small_sums_left_out():
    result = found(least=Decimal(800))
    assert result.frame["account_id"].to_list() == [SPANISH, "Jeweller", None]
    assert result.left_out["reason"].to_list() == ["less than 800", "to protect third persons"]


@pytest.mark.parametrize(
    ("account", "state", "instrument"),
    [
        (SPANISH, "ES", "European Investigation Order"),
        ("Jeweller", None, "find out the State first"),
    ],
)
def test_instrument_by_state(account, state, instrument):
    row = by_account(found())[account]
    assert (row["state"], row["instrument"]) == (state, instrument)


@pytest.mark.parametrize(
    ("account", "instrument"),
    [
        ("NL91ABNA0417164300", "production order"),
        ("IE29AIBK93115212345678", "mutual legal assistance between Member States"),
        ("GB33BUKB20201555555555", "mutual legal assistance"),
        (GERMAN, "production order in the State of the team member"),
        ("CODRMD2X/123", "production order in the State of the team member"),
    ],
)
def test_instrument_of_other_states(account, instrument):
    con, _ = build([{"line": "1", "account": "C", "on": "2025-03-01", "out": "5000", "with": account}], [])
    assert asked(con, SETTINGS, everything(con, "C")).frame["instrument"].to_list() == [instrument]


def test_how_long_records_are_kept():
    rows = by_account(found())
    assert rows["Breda"]["kept_until"] == date(2025, 6, 3)
    assert rows["Breda"]["provider_kind"] == "cash_machine"
    assert rows["NightAds"]["kept_until"] is None
    assert rows["NightAds"]["provider_kind"] == "adult_adverts"


def test_law_that_nobody_verified_says_so():
    assert found().frame["verified"].to_list() == [False] * 5
    for name in ("state", "instrument", "retention"):
        assert {"source", "verified_by"} <= set(reference(name).columns)
        assert reference(name)["source"].null_count() == 0


def test_linked_is_what_a_trail_follows_there():
    con, _ = case()
    followed = pl.DataFrame(
        {"transfer_id": ["1.01.01", "1.02.01"], "about": [None] * 2, "linked": [Decimal("250"), Decimal("99.5")]}
    )
    (row,) = asked(con, SETTINGS, followed).frame.to_dicts()
    assert (row["account_id"], row["sent"], row["linked"]) == (SPANISH, Decimal(2000), Decimal("349.5"))


def test_a_page_shows_labels_and_no_account_number():
    page = found()._repr_html_()
    assert SPANISH not in page
    assert "cash machines in Breda" in page
    assert 'id="finflow-requests"' in page


def test_reference_tables_are_whole():
    states = reference("state")
    assert states.height == 27
    assert states["state"].is_unique().all()
    assert set(states.filter(pl.col("investigation_order") == "no")["state"]) == {"DK", "IE"}
    groups = reference("merchant_group")
    assert (groups["first_code"] <= groups["last_code"]).all()
    assert groups["first_code"].str.len_chars().unique().to_list() == [4]
    assert reference("purpose_group")["purpose_code"].is_unique().all()
