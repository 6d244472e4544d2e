"""What a payment consists of, over the tables of a case: every credit told, the sum the payment, the origins the trail's."""

import shutil
from decimal import Decimal

import polars as pl
import pytest

import finflow
from finflow.errors import DataGap, FinflowError
from finflow.trace.shares import METHODS
from tests.core_support import book

WHO = {"by": "investigator", "why": "shown by the ledger"}

# B sends A 300 of its own 500; A has 100 at the start, cash and a marked credit, and pays 600 for a car.
A = """
    account | date       | amount | other | name   | kind
    A       | 2025-01-02 |    300 | B     | x      | transfer
    A       | 2025-01-03 |    200 |       | PAYER  | transfer
    A       | 2025-01-04 |     50 |       | x      | cash_deposit
    A       | 2025-01-05 |   -600 |       | DEALER | transfer
    A       | 2025-01-06 |     70 |       | LATER  | transfer
"""
B = """
    account | date       | amount | other | name     | kind
    B       | 2025-01-01 |    500 |       | EMPLOYER | transfer
    B       | 2025-01-02 |   -300 | A     | x        | transfer
    B       | 2025-01-03 |    900 |       | LATER    | transfer
"""


@pytest.fixture
def case(tmp_path):
    return finflow.open_case(tmp_path / "case")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    case = finflow.open_case(tmp_path_factory.mktemp("made") / "case")
    with case.writing() as con:
        prefixes = {
            name: book(con, text, file=f"{name}.csv", opening=n) for name, text, n in (("a", A, 100), ("b", B, 0))
        }
    case.resolve()
    case.decide(f"{prefixes['a']}:L2", "proceeds", label="T", **WHO)
    return case.folder, prefixes


@pytest.fixture
def paid(case, made):
    folder, prefixes = made
    shutil.copytree(folder, case.folder, dirs_exist_ok=True)
    return prefixes


def test_every_credit_that_came_to_the_payment_is_told_and_no_later_one(case, paid):
    a, b = paid["a"], paid["b"]
    found = case.composition(f"{a}:L4")
    assert found.frame.select("what", "origin", "leg_id", "amount").rows() == [
        ("other credit", None, f"{b}:L1", 300), ("marked", "T", None, 200), ("opening balance", None, None, 100),
    ]  # fmt: skip
    lifo = case.composition(f"{a}:L4", method="lifo").frame
    assert dict(lifo.select("what", "amount").rows()) == {
        "cash": 50, "marked": 200, "other credit": 300, "opening balance": 50,
    }  # fmt: skip
    assert lifo.filter(pl.col("what") == "cash")["leg_id"].to_list() == [f"{a}:L3"]


def test_of_an_opening_balance_the_account_is_said(case, paid):
    frame = case.composition(f"{paid['a']}:L4").frame
    assert frame.filter(pl.col("what") == "opening balance")["account_id"].to_list() == ["A"]


@pytest.mark.parametrize("method", METHODS)
def test_the_parts_are_the_payment_and_the_origins_are_those_of_the_trail(case, paid, method):
    leg = f"{paid['a']}:L4"
    found = case.composition(leg, method=method)
    assert found.frame["amount"].sum() == 600
    assert found.payments.select("payment", "amount", "residue").rows() == [(leg, 600, 0)]
    trail = case.trace(case.proceeds(), method=method).transfers.filter(pl.col("transfer_id") == leg)
    assert found.payments["marked"].to_list() == (trail["traced"].to_list() or [Decimal(0)])


def test_what_an_account_did_not_hold_is_the_banks(case):
    with case.writing() as con:
        prefix = book(con, "account | date | amount\nA | 2025-01-01 | 100\nA | 2025-01-02 | -150", opening=0)
    case.resolve()
    frame = case.composition(f"{prefix}:L2").frame
    assert frame.select("what", "leg_id", "amount").rows() == [
        ("other credit", f"{prefix}:L1", 100), ("bank credit", None, 50),
    ]  # fmt: skip


def test_an_asset_is_asked_by_its_id(case, paid):
    leg = f"{paid['a']}:L4"
    case.decide("car", "asset_payment", leg, **WHO)
    assert case.composition("car").frame.equals(case.composition(leg).frame)
    with pytest.raises(FinflowError, match="No payment is known for the asset named"):
        case.composition("boat")


def test_what_is_refused(case, paid):
    with pytest.raises(FinflowError, match="fifo, lifo"):
        case.composition(f"{paid['a']}:L4", method="libr_capped")
    with pytest.raises(FinflowError, match="No payment is known"):
        case.composition(f"{paid['a']}:L3")
    with case.writing() as con:
        con.execute("UPDATE evidence.statement SET closing_balance = 11")
    case.resolve()
    with pytest.raises(DataGap):
        case.composition(f"{paid['a']}:L4")


def test_a_page_names_no_account_it_may_not(case, paid):
    found = case.composition(f"{paid['a']}:L4")
    assert "protected account" in found._repr_html_()
    assert "leg id" not in found._repr_html_()
    assert "first in first out" in str(found)
