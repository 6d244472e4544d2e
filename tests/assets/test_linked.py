"""What of an asset is linked to proceeds: arithmetic first, then the rules; and what may be proposed on that."""

import json
import shutil
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import finflow
from finflow.assets import assets, propose, register
from finflow.errors import DataGap, FinflowError
from finflow.trace.proceeds import proceeds
from finflow.trace.verbs import compare, trace
from tests.assets.support import BY, LEAD, MIXED, WHO, link_to_a_line_not_held, register_file
from tests.core_support import book

SAID = {"by": "A. Jansen, investigator", "why": "to keep what could be confiscated"}
VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "mixed_accounts.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def followed(built_with_assets, tmp_path_factory):
    """The folder of the case with its money followed and its assets compared once: results that each copy keeps."""
    folder = shutil.copytree(built_with_assets, tmp_path_factory.mktemp("followed") / "case")
    case = finflow.open_case(folder)
    assets(case, trace(case, proceeds(case), method="fifo"))
    return folder


@pytest.fixture
def case(followed, tmp_path):
    return finflow.open_case(shutil.copytree(followed, tmp_path / "case"))


@pytest.fixture
def trail(case):
    return trace(case, proceeds(case), method="fifo")


def row(found, asset_id):
    return found.frame.row(by_predicate=pl.col("asset_id") == asset_id, named=True)


def amounts(proposal):
    return proposal.frame.select("amount_low", "amount_high", "currency").row(0)


# 600 opening, 900 marked, 1000 out for the car; 100 wage; 500 out for the gold: every figure below is by hand.


def test_arithmetic_comes_before_the_rules(case, trail):
    car, gold = (row(assets(case, trail), name) for name in ("car", "gold"))
    assert (car["paid"], car["other"], car["at_least"], car["at_most"]) == (1000, 600, 400, 900)
    assert (gold["paid"], gold["at_least"], gold["at_most"]) == (500, 0, 500)
    assert (car["rules_from"], car["rules_to"]) == (400, 900)
    page = assets(case, trail).sheet("car")._repr_html_()
    assert 0 < page.index("whichever accounting rule is applied") < page.index("by accounting rule")


def test_the_sentence_of_the_report_is_said_for_the_account_that_paid(case, trail):
    (said,) = assets(case, trail).sheet("car").arithmetic
    assert said == (
        "Paid from Sam Suspect (NL…0001): 1\u202f000.00 EUR. All money of other or unknown origin that was on or came to "
        "the account before payment: 600.00 EUR. At least 400.00 EUR was therefore proceeds, whichever accounting rule "
        "is applied; at most 900.00 EUR."
    )


def test_where_no_minimum_holds_none_is_claimed(case, trail):
    (said,) = assets(case, trail).sheet("gold").arithmetic
    assert "No minimum holds under every accounting rule; at most 500.00 EUR" in said
    assert "At least" not in said


def test_every_rule_stands_on_the_sheet(case, trail):
    methods = assets(case, trail).methods.filter(pl.col("asset_id") == "car")
    assert dict(methods.select("method", "lowest").rows()) == {
        "fifo": 400,
        "lifo": 900,
        "pro_rata": 600,
        "libr": 400,
        "tainted_first": 900,
    }
    assert all(kind in (pl.String, pl.Decimal(28, 8)) for kind in methods.dtypes)


def test_bounds_enclose_every_rule(case, trail):
    linked = assets(case, trail).frame.drop_nulls("paid")
    assert linked.filter(
        (pl.col("at_least") > pl.col("rules_from")) | (pl.col("rules_to") > pl.col("at_most"))
    ).is_empty()
    assert linked.height == 2


def test_roads_say_what_the_trail_shows(case, tmp_path):
    register(case, register_file(tmp_path, "foreign", name="more.csv"))
    trail = trace(case, proceeds(case))
    for asset in ("car", "foreign"):  # the same payment, and no person decided the parts
        sheet = assets(case, trail).routes.filter(pl.col("route") == "linked to proceeds", pl.col("asset_id") == asset)
        assert "counts for none until a person decides the parts" in sheet["missing"].item()
        assert "was proceeds" not in sheet["shown_by"].item()
        with pytest.raises(FinflowError, match="linked to several assets with more than its amount"):
            compare(case, proceeds(case), [asset])
    rest = compare(case, proceeds(case))
    assert "Left out: 1 payment linked to several assets with more than its amount" in rest._repr_html_()
    assert set(rest.frame["asset_id"]) == {"gold"}
    leg = case.sql("SELECT leg_id FROM leg WHERE amount = 1000").item()
    for asset, part in (("car", 999), ("foreign", 1)):
        case.decide(asset, "asset_payment", leg, amount=part, **WHO)
    assert compare(case, proceeds(case)).statement == ""
    roads = assets(case, trace(case, proceeds(case))).routes.filter(pl.col("route") == "linked to proceeds")
    said = dict(roads.select("asset_id", "shown_by").rows())
    assert "At least 399.00 EUR of what was paid was proceeds" in said["car"]
    assert "no minimum holds" in said["gold"]
    missing = dict(roads.select("asset_id", "missing").rows())
    assert "was paid in EUR" in missing["foreign"]
    assert "No trail" not in missing["car"]
    assert "600.00 EUR of other or unknown origin" in dict(roads.select("asset_id", "against").rows())["car"]


# ------------------------------------------------------------------------------------------- proposals on a trail


@pytest.mark.parametrize(
    ("measure", "basis"), [("freeze", "STD"), ("confiscate", "STD"), ("freeze", "THIRD"), ("freeze", "NCB")]
)
def test_the_range_goes_from_the_arithmetic_minimum_to_the_most_any_rule_gives(case, trail, measure, basis):
    made = propose(case, "car", measure, basis=basis, trail=trail, **SAID)
    assert amounts(made) == (Decimal(400), Decimal(800), "EUR")  # the car is worth 800 now; the rules reach 900
    assert amounts(propose(case, "gold", measure, basis=basis, trail=trail, **SAID)) == (
        Decimal(0),
        Decimal(450),
        "EUR",
    )


def test_the_key_of_the_trail_is_pinned(case, trail):
    made = propose(case, "car", "freeze", basis="STD", trail=trail, **SAID)
    assert made.frame["result_key"].to_list() == [trail.key]
    assert trail.key[:16] in str(made)
    assert (case.folder / "results" / trail.key).is_dir()


def test_freezing_with_a_trail_starts_at_the_minimum(case, trail):
    assert amounts(propose(case, "car", "freeze", basis="FREEZE", trail=trail, **SAID))[:2] == (400, 800)


def test_what_ranks_first_is_never_part_of_a_range(case, tmp_path):
    rows = [
        f"{name},vehicle,Car,NL,S1,,800.00,EUR,2025-08-01,dealer,{first},bank,,,,a.csv#L2,{BY}"
        for name, first in (("m", "500.00"), ("n", "100.00"))
    ]
    with case.writing() as con:
        con.execute("DELETE FROM asset WHERE asset_id = 'car'")
        con.execute("DELETE FROM decision WHERE kind = 'asset_payment' AND subject = 'car'")
    for only, expected in zip(rows, ((300, 300), (400, 700)), strict=True):
        register(case, register_file(tmp_path, rows=[only], name="m.csv"))
        found = trace(case, proceeds(case))
        assert amounts(propose(case, only[0], "freeze", basis="STD", trail=found, **SAID))[:2] == expected
        case.decide(
            only[0],
            "asset_payment",
            case.sql(
                "SELECT object FROM decision WHERE kind = 'asset_payment' ORDER BY decision_no DESC LIMIT 1"
            ).item(),
            amount=0,
            **WHO,
        )


def test_a_basis_that_rests_on_proceeds_needs_a_link(case, trail):
    with pytest.raises(FinflowError, match="No bank line is linked to this asset"):
        propose(case, "flat", "freeze", basis="STD", trail=trail, **SAID)
    link_to_a_line_not_held(case, "flat")
    with pytest.raises(FinflowError, match="stands on a bank line that is not loaded"):
        propose(case, "flat", "freeze", basis="STD", trail=trace(case, proceeds(case)), **SAID)


def test_a_payment_for_two_assets_counts_for_neither_until_it_is_parted(case, tmp_path):
    again = "second,vehicle,Car 2,NL,S1,,800.00,EUR,2025-08-01,dealer,,,,,,a.csv#L4," + BY
    register(case, register_file(tmp_path, rows=[again], name="second.csv"))
    for asset in ("gold", "second"):
        with pytest.raises(FinflowError, match="linked to several assets"):
            propose(case, asset, "freeze", basis="STD", trail=trace(case, proceeds(case)), **SAID)
    leg = case.sql("SELECT leg_id FROM leg WHERE amount = 500").item()
    for asset, part in (("gold", "300"), ("second", "200")):
        case.decide(asset, "asset_payment", leg, amount=part, **WHO)
    trail = trace(case, proceeds(case))
    assert amounts(propose(case, "gold", "freeze", basis="STD", trail=trail, **SAID))[1] == 300
    assert amounts(propose(case, "second", "freeze", basis="STD", trail=trail, **SAID))[1] == 200


def test_a_price_in_another_currency_is_not_compared_with_the_value(case, tmp_path):
    register(case, register_file(tmp_path, "foreign", name="more.csv"))
    case.decide("car", "asset_payment", case.sql("SELECT leg_id FROM leg WHERE amount = 1000").item(), amount=0, **WHO)
    found = trace(case, proceeds(case))
    with pytest.raises(FinflowError, match="another currency"):
        propose(case, "foreign", "freeze", basis="STD", trail=found, **SAID)
    assert amounts(propose(case, "foreign", "freeze", basis="FREEZE", trail=found, **SAID)) == (0, 90000, "HUF")


def test_a_balance_is_proposed_by_value(case, trail):
    his = assets(case).frame.filter((pl.col("origin") == "found") & (pl.col("amount") == 100))["asset_id"][0]
    with pytest.raises(FinflowError, match="part of a balance"):
        propose(case, his, "freeze", basis="STD", trail=trail, **SAID)


def test_nothing_linked_is_refused(case):
    with case.writing() as con:
        leg = con.execute("SELECT leg_id FROM leg WHERE amount = 100 AND side = 'CRDT'").fetchall()[0][0]
    case.decide(leg, "proceeds", label="wage", amount=1, by="inv", why="for this test")
    marks = case.proceeds().frame.filter(pl.col("origin") == "wage")
    with pytest.raises(FinflowError, match="Nothing of what was paid for this asset"):
        propose(case, "car", "freeze", basis="STD", trail=trace(case, marks), **SAID)


def test_marks_that_nobody_decided_are_leads_and_never_an_amount(case):
    leg = case.sql("SELECT leg_id FROM leg WHERE amount = 100 AND side = 'CRDT'").item()
    undecided = pl.DataFrame({"leg_id": [leg], "origin": ["wage"], "amount": [None]})
    leads = trace(case, undecided)
    assert leads.leads_only
    assert trace(case, leads.marks).leads_only  # what a trail of leads followed is no decision either
    case.decide(leg, "proceeds", label="wage", amount=1, by="inv", why="for this test")
    assert trace(case, undecided).leads_only  # another amount than was decided
    assert trace(case, pl.concat([undecided, case.proceeds().frame], how="diagonal_relaxed")).leads_only
    decided = case.proceeds().frame.filter(pl.col("origin") == "wage")
    assert not trace(case, decided).leads_only
    assert trace(case, pl.concat([decided, decided])).leads_only  # a mark that is given twice was decided once
    for refused in (
        lambda: assets(case, leads),
        lambda: propose(case, "car", "freeze", basis="STD", trail=leads, **SAID),
    ):
        with pytest.raises(FinflowError, match="leads"):
            refused()


def test_leads_are_never_an_amount(case, trail):
    transfer = case.sql("SELECT transfer_id FROM transfer WHERE amount = 900").item()
    leads = trace(case, pl.DataFrame({"query": ["rule"], "transfers": [[transfer]]}))
    assert leads.leads_only
    for call in (
        lambda: assets(case, leads),
        lambda: propose(case, "car", "freeze", basis="VALUE", trail=leads, **SAID, **LEAD),
    ):
        with pytest.raises(FinflowError, match="rests on leads"):
            call()


def test_a_trail_of_another_state_of_the_case_is_refused(case, trail):
    case.decide("T1", "role", "suspect", **WHO)
    with pytest.raises(FinflowError, match="Trace again"):
        propose(case, "car", "freeze", basis="STD", trail=trail, **SAID)


def test_a_proposal_does_not_age_the_trail_of_the_next(case, trail):
    propose(case, "car", "freeze", basis="STD", trail=trail, **SAID)
    propose(case, "gold", "freeze", basis="STD", trail=trail, **SAID)
    assert case.sql("SELECT count(*) FROM proposal").item() == 2


def test_an_override_does_not_widen_the_range(case, trail):
    case.decide("S1", "role", "third party", **WHO)
    case.resolve()
    fresh = trace(case, proceeds(case))
    with pytest.raises(FinflowError, match="third party"):
        propose(case, "car", "freeze", basis="STD", trail=fresh, **SAID)
    assert amounts(propose(case, "car", "freeze", basis="STD", trail=fresh, **SAID, **LEAD))[:2] == (400, 800)


def test_a_gap_nobody_acknowledged_stops_the_figures(registered):
    with registered.writing() as con:
        con.execute(
            "UPDATE evidence.statement SET closing_balance = 99 WHERE account_id = $account", {"account": MIXED}
        )
    registered.resolve()
    found = trace(registered, proceeds(registered))
    with pytest.raises(DataGap):
        assets(registered, found)
    assert assets(registered).frame.height > 0


# ------------------------------------------------------------------------------------------- golden accounts


def golden(built, folder, data):
    """The mixed account of a golden vector as a case: its account, its credits marked, its asset with the payments."""
    case = finflow.open_case(folder)
    lines = [f"| {MIXED} | {day} | {amount} |" for day, amount, _ in data["events"]]
    with case.writing() as con:
        first = book(con, "\n".join(["| account | date | amount |", *lines]), file="a.csv", holder="Nan", opening=0)
    use = next(use for _, _, use in data["events"] if use in ("debit:flat", "debit:house"))
    paid = " ".join(f"a.csv#L{n}" for n, event in enumerate(data["events"], 1) if event[2] == use)
    price = -sum(amount for _, amount, what in data["events"] if what == use)
    register(
        case,
        register_file(
            folder.parent,
            rows=[f"it,real_estate,It,HU,N,S,{price},EUR,2025-05-19,contract,,,,own inheritance,,{paid},{BY}"],
        ),
    )
    for party, role in (("N", "other"), ("S", "suspect")):
        case.decide(party, "party", party, label="natural", **WHO)
        case.decide(party, "role", role, **WHO)
    for n, event in enumerate(data["events"], 1):
        if event[2] == "credit:proceeds":
            case.decide(f"{first}:L{n}", "proceeds", label="the offence", **WHO)
    case.resolve()
    return case


@pytest.mark.parametrize("variant", ["unlinked", "linked"])
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["account"])
def test_the_golden_accounts(built, tmp_path, vector, variant):
    data = vector["variants"][variant]
    case = golden(built, tmp_path / "golden", data)
    trail = trace(case, proceeds(case), method="libr")
    found = assets(case, trail)
    it = row(found, "it")
    assert (it["at_least"], it["at_most"]) == (data["arithmetic_minimum"], data["arithmetic_maximum"])
    rules = dict(found.methods.filter(pl.col("asset_id") == "it").select("method", "lowest").rows())
    for method, wanted in data["expected"].items():
        assert abs(float(rules[method]) - wanted["approx"]) < (0.1 if method == "pro_rata" else 0.001), method
    with pytest.raises(FinflowError, match="good faith"):
        propose(case, "it", "freeze", basis="THIRD", trail=trail, **SAID)
    made = propose(case, "it", "freeze", basis="THIRD", trail=trail, **SAID, **LEAD)
    assert amounts(made)[:2] == (data["arithmetic_minimum"], max(rules.values()))
