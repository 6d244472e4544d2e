"""What is shown about each asset before any trace: holders, balances, payments, candidates, roads."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from finflow.assets import assets, register
from finflow.errors import FinflowError
from tests.assets.support import FIRMS, MIXED, VICTIMS, WHO, link_to_a_line_not_held, register_file
from tests.core_support import book


def row(found, asset_id):
    return found.frame.row(by_predicate=pl.col("asset_id") == asset_id, named=True)


def road(found, asset_id, name):
    return found.routes.row(by_predicate=(pl.col("asset_id") == asset_id) & (pl.col("route") == name), named=True)


# ------------------------------------------------------------------------------------------- balances


def found_balances(case):
    return assets(case).frame.filter(pl.col("origin") == "found")


def test_the_last_printed_balance_of_each_account_is_an_asset_with_its_source(case):
    balances = found_balances(case)
    assert dict(balances.select("amount", "value_source").rows()) == {
        Decimal(100): "E-001, L1",
        Decimal(40): "E-002, L1",
    }
    assert set(balances["valued_on"]) == {date(2025, 7, 1), date(2025, 5, 1)}
    assert set(balances["state"]) == {"NL"}
    assert balances["amount"].dtype == pl.Decimal(28, 8)


def test_a_running_balance_later_than_the_last_statement_counts(case):
    with case.writing() as con:
        con.execute("UPDATE evidence.statement SET closing_balance = NULL")
    assert dict(found_balances(case).select("amount", "value_source").rows()) == {
        Decimal(100): "E-001, L4",
        Decimal(40): "E-002, L2",
    }


def test_an_account_that_prints_no_balance_or_none_above_nothing_is_no_asset(case):
    with case.writing() as con:
        con.execute("UPDATE evidence.statement SET closing_balance = -5")
    assert found_balances(case).is_empty()


def test_an_account_of_a_protected_person_is_listed_and_never_a_candidate_for_a_proposal(case):
    hers = found_balances(case).row(by_predicate=pl.col("amount") == 40, named=True)
    assert hers["protected"]
    assert not hers["may_be_proposed"]
    assert hers["note"] == (
        "No freezing is proposed; the proposal concerns the receiver; monitoring is for the prosecutor to consider."
    )


def test_a_balance_of_a_suspect_may_be_proposed(case):
    his = found_balances(case).row(by_predicate=pl.col("amount") == 100, named=True)
    assert (his["may_be_proposed"], his["protected"], his["holder"]) == (True, False, "Sam Suspect")


def test_a_payment_for_an_asset_nobody_registered_counts_for_nothing_and_is_said(case):
    leg = case.sql("SELECT leg_id FROM leg WHERE side = 'DBIT' ORDER BY leg_id LIMIT 1")["leg_id"][0]
    case.decide("CAR1", "asset_payment", leg, by="Inv. Reed", why="invoice")
    found = assets(case)
    assert "Payments linked to assets that nobody registered: 1;" in found.left_out_sentence
    assert "CAR1" not in found.payments["asset_id"].to_list()
    assert "CAR1" not in found.bounds["asset_id"].to_list()


def test_a_registered_account_is_not_counted_twice(case, tmp_path):
    register(case, register_file(tmp_path, "heraccount"))
    assert found_balances(case)["amount"].to_list() == [Decimal(100)]


def test_an_account_without_a_known_holder_is_protected(case):
    with case.writing() as con:
        book(
            con,
            "| account | date | amount |\n| NL99FOOB0000000009 | 2025-05-01 | 7 |",
            file="d.csv",
            opening=0,
            closing=7,
        )
    case.resolve()
    unknown = found_balances(case).row(by_predicate=pl.col("amount") == 7, named=True)
    assert unknown["protected"]
    assert not unknown["may_be_proposed"]


# ------------------------------------------------------------------------------------------- persons on pages


def test_no_protected_person_and_no_account_of_one_stands_on_a_page(registered):
    found = assets(registered)
    pages = found._repr_html_() + "".join(found.sheet(asset)._repr_html_() for asset in found.frame["asset_id"])
    for secret in ("Vera", "Voss", "Name of U1", "Name of T1", VICTIMS, MIXED, FIRMS, "Ring", "Chain", "Watch"):
        assert secret not in pages, secret
    assert "Sam Suspect" in pages
    assert 'id="finflow-assets"' in pages
    assert 'id="finflow-asset-car"' in pages


def test_the_frame_itself_names_nobody_who_is_protected(registered):
    found = assets(registered)
    text = "".join(frame.write_csv() for frame in (found.frame, found.payments, found.routes))
    for secret in ("Vera", "Name of U1", VICTIMS):
        assert secret not in text


def test_holders_are_called_as_pages_call_their_accounts(registered):
    rows = dict(registered.sql("SELECT asset_id, holder_party_id FROM asset").rows())
    called = {
        rows[asset]: holder
        for asset, holder in assets(registered).frame.select("asset_id", "holder").rows()
        if asset in rows
    }
    assert called["S1"] == "Sam Suspect"
    assert (called["N1"], called["F2"], called["T1"]) == ("another person", "a firm", "a third party")
    registered.decide("F1", "role", "other", **WHO)
    registered.resolve()
    assert set(assets(registered).frame.filter(pl.col("asset_id") == "leased")["holder"]) == {"Firm BV"}
    registered.decide("Firm BV", "listed", "shelter", **WHO)
    page = assets(registered)
    assert set(page.frame.filter(pl.col("asset_id") == "leased")["holder"]) == {"company 1"}
    assert "Firm BV" not in page._repr_html_()


def test_values_from_the_register_are_text(case, tmp_path):
    register(
        case, register_file(tmp_path, rows=["x,vehicle,<b>Car</b>,NL,S1,,1,EUR,2025-08-01,<i>,,,,,<u>use</u>,,,,,"])
    )
    found = assets(case)
    pages = found._repr_html_() + found.sheet("x")._repr_html_()
    assert "&lt;b&gt;Car" in pages
    for tag in ("<b>", "<i>", "<u>"):
        assert tag not in pages


def test_a_sheet_of_an_unknown_asset_names_the_known_ones(registered):
    with pytest.raises(FinflowError, match=r"Registered: car, flat, forher"):
        assets(registered).sheet("boat")


def test_the_value_less_what_ranks_first_remains(registered):
    found = assets(registered)
    assert row(found, "flat")["remains"] == Decimal(350)
    assert row(found, "leased")["remains"] == 0
    assert not row(found, "leased")["may_be_proposed"]


# ------------------------------------------------------------------------------------------- payments


def test_a_payment_is_linked_by_a_person_or_only_a_candidate(case, tmp_path):
    plain = "plain,vehicle,Car,NL,S1,,1000.00,EUR,2025-08-01,dealer,,,,,,,,,,"
    register(case, register_file(tmp_path, "gold", rows=None, name="one.csv"))
    register(case, register_file(tmp_path, rows=[plain]))
    standing = assets(case).payments.select("asset_id", "standing", "amount", "exhibit", "locator").rows()
    assert standing == [
        ("gold", "linked by a person", Decimal(500), "E-001", "L4"),
        ("plain", "candidate", Decimal(1000), "E-001", "L2"),
    ]


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ("vehicle,Car,NL,S1,,1000,EUR,2025-08-01,dealer,,", "fits by the value"),
        ("vehicle,Car,NL,S1,,1500,EUR,2025-08-01,dealer,500,bank", "fits by the value less what ranks first"),
        ("vehicle,Car,NL,S1,,7,EUR,2025-08-01,bill of Car House,,", "fits by the description names who was paid"),
        ("vehicle,Car,NL,S1,,1000,EUR,2027-08-01,dealer,,", None),  # two years later
        ("vehicle,Car,NL,S1,,1000,SEK,2025-08-01,dealer,,", None),
        ("vehicle,Car,NL,S1,,900,EUR,2025-08-01,dealer,,", None),  # came in, and 900 from V1 went inside the case
        ("cash,Notes,NL,S1,,1000,EUR,2025-08-01,count,,", None),
        ("vehicle,Car,NL,S1,,999,EUR,2025-08-01,dealer,,", None),
    ],
)
def test_candidates_fit_by_amount_day_and_name(case, tmp_path, line, fits):
    register(case, register_file(tmp_path, rows=[f"x,{line},,,,,,,,"]))
    assert assets(case).payments["said"].to_list() == ([fits] if fits else [])


def test_payments_to_one_account_that_make_up_the_value_fit_together(case, tmp_path):
    with case.writing() as con:
        book(con, f"| account | date | amount | other |\n| {FIRMS} | 2025-05-02 | -30 | NL1NOTARY |\n| {FIRMS} | 2025-05-03 | -45 | NL1NOTARY |\n| {FIRMS} | 2025-05-03 | -45 | NL1OTHER |",
             file="d.csv", holder="Firm BV")  # fmt: skip
    case.resolve()
    register(case, register_file(tmp_path, rows=["x,real_estate,House,NL,S1,,75,EUR,2025-08-01,contract,,,,,,,,,,"]))
    found = assets(case).payments
    assert found["amount"].to_list() == [Decimal(30), Decimal(45)]
    assert set(found["said"]) == {"fits by payments to one account, together the value"}


def test_a_payment_that_came_back_is_no_candidate(case, tmp_path):
    with case.writing() as con:
        book(con, f"| account | date | amount | other | is_reversal |\n| {FIRMS} | 2025-05-02 | -31 | NL1DEAL | no |\n| {FIRMS} | 2025-05-03 | 31 | NL1DEAL | yes |",
             file="d.csv", holder="Firm BV")  # fmt: skip
    case.resolve()
    register(case, register_file(tmp_path, rows=["x,vehicle,Car,NL,S1,,31,EUR,2025-08-01,dealer,,,,,,,,,,"]))
    assert assets(case).payments.is_empty()


def test_a_decided_payment_is_no_longer_a_candidate_and_a_line_not_held_says_so(case, tmp_path):
    register(case, register_file(tmp_path, rows=["x,vehicle,Car,NL,S1,,1000,EUR,2025-08-01,dealer,,,,,,,,,,"]))
    leg = assets(case).payments["leg_id"][0]
    case.decide("x", "asset_payment", leg, **WHO)
    link_to_a_line_not_held(case, "x")
    assert set(assets(case).payments["standing"]) == {"linked by a person", "line not held"}


def test_a_link_taken_back_is_a_candidate_again(case, tmp_path):
    register(case, register_file(tmp_path, rows=["x,vehicle,Car,NL,S1,,1000,EUR,2025-08-01,dealer,,,,,,,,,,"]))
    leg = assets(case).payments["leg_id"][0]
    case.decide("x", "asset_payment", leg, **WHO)
    case.decide("x", "asset_payment", leg, amount=0, **WHO)
    assert assets(case).payments["standing"].to_list() == ["candidate"]


def test_a_payment_cited_on_a_line_printed_again_is_the_one_that_is_counted(case, tmp_path):
    with case.writing() as con:
        again = book(con, f"| account | date | amount | balance_after | name | other |\n| {MIXED} | 2025-06-01 | -1000 | 500 | Car House | NL1CARS |",
                     file="again.csv", holder="Sam Suspect")  # fmt: skip
    case.resolve()
    register(case, register_file(tmp_path, rows=["x,vehicle,Car,NL,S1,,1000,EUR,2025-08-01,dealer,,,,,,,,,,"]))
    first = case.sql("SELECT leg_id FROM leg WHERE amount = 1000")["leg_id"].to_list()
    other = (
        f"{again}:L1"
        if not first[0].startswith(again)
        else case.sql("SELECT entry_id FROM duplicate_entry")["entry_id"][0]
    )
    assert len(first) == 1
    for leg in (first[0], other):
        case.decide("x", "asset_payment", leg, **WHO)
    assert assets(case).payments.select("leg_id", "standing").rows() == [(first[0], "linked by a person")]


# ------------------------------------------------------------------------------------------- roads


def test_each_road_says_what_is_shown_what_is_missing_and_what_speaks_against(registered):
    found = assets(registered)
    assert found.routes.filter(pl.col("asset_id") == "car")["route"].to_list() == [
        "linked to proceeds", "used for the offence", "equivalent value", "held by a third party",
        "out of proportion to lawful income",
    ]  # fmt: skip
    assert road(found, "car", "used for the offence")["shown_by"] == "used for transport"
    assert "No use for the offence is recorded" in road(found, "gold", "used for the offence")["missing"]
    assert "Bank lines linked to the asset by a person: 1." in road(found, "car", "linked to proceeds")["shown_by"]
    assert "No trail" in road(found, "car", "linked to proceeds")["missing"]
    assert road(found, "open", "held by a third party")["against"] == "what N1 knew is open"
    assert "650.00 EUR rank first" in road(found, "flat", "equivalent value")["against"]
    assert "paid" not in road(found, "flat", "held by a third party")["shown_by"]
    assert "suspect is recorded as the holder" in road(found, "car", "equivalent value")["shown_by"]
    assert (
        "Part of the price left accounts recorded as held by a suspect"
        in road(found, "car", "held by a third party")["shown_by"]
    )


def test_unverified_law_is_marked_beside_every_code(registered):
    for codes in assets(registered).routes["basis"]:
        assert all(code.endswith("(unverified)") for code in codes.split(", "))


def test_a_road_never_says_no_where_only_nothing_is_recorded(registered):
    assert (
        road(assets(registered), "car", "out of proportion to lawful income")["against"]
        == "nothing recorded in this case so far"
    )


FORBIDDEN = (
    "trafficker", "controller", "mule", "launder", "tainted", "dirty", "poison", "suspicious", "score", "red flag",
    "guilt", "proves", "clearly", "obvious", "front company", "straw man", "criminal money", "fulfilled", "victim",
)  # fmt: skip


def test_no_page_says_what_only_a_court_may_say(registered):
    found = assets(registered)
    pages = (
        found._repr_html_() + "".join(found.sheet(asset)._repr_html_() for asset in found.frame["asset_id"])
    ).lower()
    for word in FORBIDDEN:
        assert word not in pages, word


def test_assets_writes_nothing_but_its_log(registered):
    before = registered.sql("SELECT count(*) FROM decision").item(), registered.sql("SELECT count(*) FROM asset").item()
    assets(registered)
    assert before == (
        registered.sql("SELECT count(*) FROM decision").item(),
        registered.sql("SELECT count(*) FROM asset").item(),
    )
    assert '"assets"' in (registered.folder / "log.jsonl").read_text(encoding="utf-8")
