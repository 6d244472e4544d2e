"""Outputs of a chain over a case: from the files as received, exact, nothing counted twice, leads without amounts."""

import json
from decimal import Decimal

import polars as pl
import pytest

import finflow
from finflow.errors import FinflowError, VerificationFailed
from finflow.load import load
from tests.core_support import copied

NOON = 1_735_732_800  # 2025-01-01 12:00:00 UTC
MAPPING = """
name = "Watched addresses"
files = ["*.json"]
format = "utxo"
chain = "BTC"
inside = ["A", "B"]
"""
WHO = {"by": "investigator", "why": "named by a witness"}


def tx(name, spends, makes, hours=0, **status):
    """spends: TXID:N:ADDRESS:UNITS, several with spaces; makes: ADDRESS:UNITS."""
    vin = [
        {"txid": t, "vout": int(n), "prevout": {"scriptpubkey_address": a, "value": int(v)}}
        for t, n, a, v in (one.split(":") for one in spends.split())
    ]
    vout = [{"scriptpubkey_address": a, "value": int(v)} for a, v in (one.split(":") for one in makes.split())]
    return {
        "txid": name, "vin": vin, "vout": vout,
        "fee": sum(i["prevout"]["value"] for i in vin) - sum(o["value"] for o in vout),
        "status": {"confirmed": True, "block_time": NOON + 3600 * hours, **status},
    }  # fmt: skip


# A is paid 300 (marked) and 700 of its own; pays 400 and 600 less a fee; M, which nobody watches, pays on to B and E.
TXS = [
    tx("in1", "x:0:PAYER:300", "A:300"),
    tx("in2", "y:0:OWN:700", "A:700", 1),
    tx("out", "in2:0:A:700 in1:0:A:300", "S:400 M:590", 2),
    tx("on", "out:1:M:590", "B:500 E:80", 3),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    case = finflow.open_case(folder / "case")
    path = folder / "list.json"
    path.write_text(json.dumps(TXS[:3]), encoding="utf-8")
    (folder / "watched.mapping.toml").write_text(MAPPING, encoding="utf-8")
    more = folder / "more.json"
    more.write_text(
        json.dumps([TXS[3], TXS[0], tx("late", "on:0:B:500", "Z:499", 4, confirmed=False)]), encoding="utf-8"
    )
    load(case, path, more, mapping=folder / "watched.mapping.toml")
    case.resolve()
    return folder


@pytest.fixture
def case(made, tmp_path):
    return copied(made, tmp_path)


@pytest.fixture
def line(case):
    (found,) = case.sql("SELECT leg_id FROM leg WHERE side = 'CRDT' AND amount = 0.000003").rows()
    return found[0]


def units(amount):
    return int(amount.scaleb(8))


def followed(case, method, **more):
    frame = case.trace_outputs(case.proceeds(), method=method, **more).frame
    return {row["output"]: units(row["traced"]) for row in frame.iter_rows(named=True)}


@pytest.mark.parametrize(
    ("method", "wanted"),
    [
        ("fifo", {"in1:0": 300, "out:1": 290, "on:0": 200, "on:1": 80}),
        ("lifo", {"in1:0": 300, "out:0": 300}),
        ("tiho", {"in1:0": 300, "out:1": 300, "on:0": 300}),
        ("haircut", {"in1:0": 300, "out:0": 120, "out:1": 177, "on:0": 150, "on:1": 24}),
    ],
)
def test_marked_money_output_by_output(case, line, method, wanted):
    case.decide(line, "proceeds", label="T", **WHO)
    assert followed(case, method) == wanted


def test_every_unit_is_proved_and_what_nobody_watches_is_passed_through(case, line):
    case.decide(line, "proceeds", label="T", **WHO)
    for method in ("fifo", "lifo", "tiho", "haircut"):
        found = case.trace_outputs(case.proceeds(), method=method)
        assert found.proof.select("marked", "residue").rows() == [(Decimal("0.000003"), 0)], method
    ends = dict(case.trace_outputs(case.proceeds()).ends.select("end", "amount").rows())
    assert {end: units(amount) for end, amount in ends.items()} == {"unspent": 280, "fee": 20}


def test_a_part_and_the_dust_that_is_cut(case, line):
    case.decide(line, "proceeds", label="T", amount="0.00000100", **WHO)
    assert followed(case, "haircut", dust=50) == {"in1:0": 100, "out:1": 59, "on:0": 50}
    found = case.trace_outputs(case.proceeds(), method="haircut", dust=50)
    assert units(found.ends.filter(pl.col("end") == "cut off")["amount"].item()) == 48
    assert "Parts below 50 units are not followed: 0.00000048 BTC cut off." in found.statement
    assert found.proof["residue"].to_list() == [0]


def test_a_page_says_the_ends_and_no_address(case, line):
    case.decide(line, "proceeds", label="T", **WHO)
    found = case.trace_outputs(case.proceeds())
    assert "PAYER" not in found._repr_html_()
    assert "Rests on 4 transactions held" in str(found)


def test_reach_says_no_amount_and_no_measure_rests_on_it(case, line):
    case.decide(line, "proceeds", label="T", **WHO)
    found = case.reach_outputs(case.proceeds())
    assert dict(found.frame.select("output", "steps").rows()) == {
        "in1:0": 0, "out:0": 1, "out:1": 1, "on:0": 2, "on:1": 2,
    }  # fmt: skip
    assert not [name for name, kind in found.frame.schema.items() if kind == pl.Decimal]
    with pytest.raises(FinflowError, match="leads"):
        case.propose("A1", "freeze", basis="STD", why="w", by="b", trail=found)
    with pytest.raises(FinflowError, match="without any amount"):
        case.network(found)


def test_addresses_of_a_privileged_transaction_are_not_said(case, line):
    case.decide(line, "proceeds", label="T", **WHO)
    assert "M" in case.trace_outputs(case.proceeds()).frame["address"].to_list()
    case.decide("BTC/M", "listed", "privileged", **WHO)
    frame = case.trace_outputs(case.proceeds()).frame
    assert frame.filter(pl.col("output") == "out:1")["address"].to_list() == [""]


def test_an_original_that_was_changed_is_refused(case, line):
    case.decide(line, "proceeds", label="T", **WHO)
    for path in (case.folder / "originals").iterdir():
        path.chmod(0o600)
        path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(VerificationFailed, match="missing or changed"):
        case.trace_outputs(case.proceeds())


def test_a_mark_on_a_payment_inside_a_line_whose_place_has_parts_is_that_payment(case):
    """Places like tx[3]/vin[1] and Stmt[1]/Ntry[5] hold a slash themselves."""
    bundled = sorted(leg for (leg,) in case.sql("SELECT leg_id FROM leg").rows() if "vin" in leg)
    assert [leg.rpartition("/")[2] for leg in bundled] == ["1", "2"]
    case.decide(bundled[1], "proceeds", label="T", **WHO)
    assert case.proceeds().frame["leg_id"].to_list() == bundled[1:]


def test_what_is_refused(case, line):
    with pytest.raises(FinflowError, match="No mark is on a line of a chain"):
        case.trace_outputs(case.proceeds())
    (paid,) = case.sql("SELECT leg_id FROM leg WHERE side = 'DBIT' LIMIT 1").rows()
    case.decide(paid[0], "proceeds", label="T", **WHO)
    with pytest.raises(FinflowError, match="money left by"):
        case.trace_outputs(case.proceeds())
    with pytest.raises(FinflowError, match="reach_outputs"):
        case.trace_outputs(case.proceeds(), method="poison")
    with pytest.raises(FinflowError, match="haircut"):
        case.trace_outputs(case.proceeds(), method="fifo", dust=3)
    with pytest.raises(FinflowError, match="never on leads"):
        case.trace_outputs(pl.DataFrame({"query": ["q"], "transfers": [[paid[0]]]}))
