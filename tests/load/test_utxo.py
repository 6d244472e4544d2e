"""Transactions of chains without accounts: what each watched address gained or paid, to the last unit."""

import json
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finflow.errors import FinflowError
from finflow.load import load
from finflow.load.mapping import parse_mapping
from finflow.load.settle import Settler
from finflow.load.utxo import open_utxo
from finflow.money import CHAINS
from finflow.places import shipped
from finflow.resolve import _is_valid, resolve
from tests.load.support import new_case, rows, write
from tests.load.test_fuzz import attempt

MAPPING = """
name = "Watched addresses"
files = ["*.json"]
format = "utxo"
chain = "BTC"
inside = ["A", "B"]
"""
NOON = 1_735_732_800  # 2025-01-01 12:00:00 UTC


def tx(name: str, paid: str, got: str, *, fee: int | None = None, **changes) -> dict:
    """One transaction. `paid` and `got`: ADDRESS:UNITS, several with spaces between; - = no address."""

    def ends(text: str) -> list[dict]:
        parts = [part.split(":") for part in text.split()]
        named = [{} if address == "-" else {"scriptpubkey_address": address} for address, _ in parts]
        return [one | {"value": int(value)} for one, (_, value) in zip(named, parts, strict=True)]

    spent, made = ends(paid), ends(got)
    left = sum(one["value"] for one in spent) - sum(one["value"] for one in made)
    return {
        "txid": name,
        "vin": [{"prevout": one} for one in spent],
        "vout": made,
        "fee": left if fee is None else fee,
        "status": {"confirmed": True, "block_time": NOON},
    } | changes


def read(tmp_path, *txs: dict, text: str | None = None, mapping: str = MAPPING, zone: str = "UTC"):
    """The judged records, the payments they bundle, the notes."""
    path = tmp_path / "x.json"
    path.write_text(json.dumps(txs) if text is None else text, encoding="utf-8")
    opened = open_utxo(path, "x.json", parse_mapping(mapping, "m"), zone)
    settler, found, details, notes = Settler(opened.reading), [], [], []
    for batch in opened.batches:
        found += sorted(settler.settle(batch.records).to_pylist(), key=lambda row: row["ordinal"])
        details += settler.details(batch.details).to_pylist()
        notes += batch.notes
    return found, details, notes


def brief(found: list[dict]) -> list[tuple]:
    """Place, address, signed units, other address, kind; or place and why there is no entry."""
    return [
        (row["locator"], row["fault"] or row["rule"])
        if row["fault"] or row["rule"]
        else (
            row["locator"],
            row["account_id"].removeprefix("BTC/"),
            int(row["amount"] * 10**8) * (1 if row["side"] == "CRDT" else -1),
            (row["counterparty_account_id"] or "-").removeprefix("BTC/"),
            row["kind"],
        )
        for row in found
    ]


@pytest.mark.parametrize(
    ("paid", "got", "records"),
    [
        ("A:100", "X:90", [("vin[1]", "A", -90, "X", "transfer"), ("fee", "A", -10, "-", "fee")]),
        ("A:100", "X:60 A:30", [("vin[1]", "A", -60, "X", "transfer"), ("fee", "A", -10, "-", "fee")]),
        ("A:70 A:30", "A:5 X:95", [("vin[1]", "A", -95, "X", "transfer")]),
        ("X:100", "A:60 X:30", [("vout[1]", "A", 60, "X", "transfer")]),
        ("X:100", "Y:1 A:60 Z:39", [("vout[2]", "A", 60, "X", "transfer")]),
        ("X:50 Y:50", "A:90", [("vout[1]", "A", 90, "-", "transfer")]),
        ("A:50 Y:50", "Z:90", [("vin[1]", "A", -50, "Z", "transfer")]),
        ("A:50 Y:50", "Z:40 X:50", [("vin[1]", "A", -50, "-", "transfer")]),
        ("A:100", "B:90", [("vin[1]", "A", -90, "B", "transfer"), ("fee", "A", -10, "-", "fee"),
                           ("vout[1]", "B", 90, "A", "transfer")]),
        ("A:60 B:40", "X:90", [("vin[1]", "A", -60, "X", "transfer"), ("vin[2]", "B", -40, "X", "transfer")]),
        ("A:100", "A:90", [("fee", "A", -10, "-", "fee")]),
        ("A:50 X:50", "A:50 Y:50", [("vin[1]", "zero amount")]),
        ("A:100", "-:90", [("vin[1]", "A", -90, "-", "transfer"), ("fee", "A", -10, "-", "fee")]),
    ],
)  # fmt: skip
def test_an_address_counts_for_what_it_gained_or_paid(tmp_path, paid, got, records) -> None:
    found, details, _ = read(tmp_path, tx("t", paid, got))
    assert brief(found) == [(f"tx[1]/{place}", *rest) for place, *rest in records]
    assert details == []


def test_the_payment_of_a_sole_payer_is_split_among_those_paid(tmp_path) -> None:
    found, details, _ = read(tmp_path, tx("t", "A:1000", "X:600 A:95 Y:200 -:100"))
    assert brief(found) == [("tx[1]/vin[1]", "A", -900, "-", "transfer"), ("tx[1]/fee", "A", -5, "-", "fee")]
    assert [(row["detail_no"], int(row["amount"] * 10**8), row["counterparty_account_id"]) for row in details] == [
        (1, 600, "BTC/X"), (2, 200, "BTC/Y"), (3, 100, None)
    ]  # fmt: skip
    assert {row["locator"] for row in details} == {"tx[1]/vin[1]"}
    assert [row["details"] for row in found] == [3, 0]


def test_a_record_says_when_in_the_zone_of_the_case_and_under_which_name(tmp_path) -> None:
    (row,) = read(tmp_path, tx("t1", "X:5", "A:5"), zone="Europe/Amsterdam")[0]
    assert (row["booking_date"], row["booked_at"]) == (date(2025, 1, 1), datetime(2025, 1, 1, 13))
    assert (row["end_to_end_id"], row["bank_reference"], row["bank"], row["currency"]) == ("t1", "t1", "BTC", "BTC")
    assert row["amount"] == Decimal("0.00000005")


def test_the_reward_of_a_block_has_no_payer(tmp_path) -> None:
    mined = tx("t", "", "A:312500000 -:0", fee=0) | {"vin": [{"is_coinbase": True, "prevout": None}]}
    (row,) = read(tmp_path, mined)[0]
    assert (row["amount"], row["counterparty_account_id"]) == (Decimal("3.125"), None)
    assert (row["bank_transaction_code"], row["kind"]) == ("coinbase", "other")


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (tx("t", "X:5", "Y:5"), "no side inside"),
        (tx("t", "X:5", "A:5", status={"confirmed": False}), "unconfirmed transaction"),
        (tx("t", "X:5", "A:5", status={"confirmed": True}), "status.block_time is no Unix time"),
        (tx("t", "X:5", "A:5", status={"confirmed": True, "block_time": "1735732800"}), "status.block_time is no Unix"),
        (tx("t", "X:5", "A:5", vin=[{"prevout": None}]), "vin[1] has no prevout, so what it spends is not known"),
        (tx("t", "X:5", "A:5", vin=[]), "vin is no list of its parts"),
        (tx("t", "X:5", "A:5", vout=[{"scriptpubkey_address": "A", "value": 0.5}]), "the value of vout[1] is no whole"),
        (tx("t", "X:5", "A:5", vout=[{"scriptpubkey_address": "A", "value": -5}]), "the value of vout[1] is no whole"),
        (tx("t", "X:5", "A:6"), "what its inputs hold is not what its outputs"),
        (tx("t", "X:5", "A:4", fee=2), "what its inputs hold is not what its outputs"),
        ({"vin": [], "vout": []}, "it has no txid or no status"),
    ],
)  # fmt: skip
def test_what_is_no_entry_says_why_and_stays_one_record(tmp_path, made, why) -> None:
    found = brief(read(tmp_path, made, tx("u", "X:9", "A:9"))[0])
    assert found[0][0] == "tx[1]"
    assert found[0][1].startswith(why)
    assert found[1:] == [("tx[2]/vout[1]", "A", 9, "X", "transfer")]


def test_a_transaction_listed_twice_counts_once(tmp_path) -> None:
    once = tx("t", "X:5", "A:5")
    assert brief(read(tmp_path, once, once)[0])[1] == ("tx[2]", "transaction listed again")


def test_notes_say_what_a_transaction_does_not_and_which_addresses_were_not_met(tmp_path) -> None:
    *_, notes = read(tmp_path, tx("t", "A:50 Y:50", "Z:90"), tx("u", "A:5", "Z:5"))
    assert notes[0].startswith("Transactions with several payers: 1.")
    assert notes[1] == "Addresses under inside that are in no transaction of it: 1 of 2"
    assert read(tmp_path, tx("u", "A:5", "B:5"))[2] == []


@pytest.mark.parametrize("text", ['[{"vin": 1}', '[{"vin": 1}] x', '{"vin": 1', "[1]", "[]", "x", '[{"a": }]', "[" * 9])
def test_what_is_no_whole_list_of_transactions_is_refused(tmp_path, text) -> None:
    with pytest.raises(FinflowError, match=r"^x\.json (is not whole JSON|holds no transaction)"):
        read(tmp_path, text=text)


def test_a_list_may_come_as_objects_one_after_another(tmp_path) -> None:
    made = [tx("t", "X:5", "A:5"), tx("u", "A:5", "X:5")]
    assert len(read(tmp_path, text="\n".join(json.dumps(one) for one in made))[0]) == 2


def test_without_a_mapping_the_refusal_says_what_to_write(tmp_path) -> None:
    case = new_case(tmp_path)
    path = write(tmp_path, "x.json", json.dumps([tx("t", "X:5", "A:5")]))
    with pytest.raises(FinflowError, match=r'format = "utxo", chain = "BTC" and inside'):
        load(case, path)


def test_letters_of_an_address_are_kept_and_the_two_sides_join(tmp_path) -> None:
    case = new_case(tmp_path)
    one, two = "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    write(tmp_path, "w.mapping.toml", MAPPING.replace('"A", "B"', f'"{one}", "{two}"'))
    found = write(tmp_path, "x.json", json.dumps([tx("t", f"{one}:100", f"X:40 {two}:50 {one}:7")]))
    assert load(case, found).frame.select("records", "entries").rows() == [(3, 3)]
    resolve(case)
    assert rows(case, "SELECT account_id, inside, scheme, valid FROM account ORDER BY 1") == [
        (f"BTC/{one}", True, "address", True), ("BTC/X", False, "address", False), (f"BTC/{two}", True, "address", True)
    ]  # fmt: skip
    moved = "SELECT debtor_account_id, creditor_account_id, amount FROM transfer ORDER BY amount"
    assert rows(case, moved) == [
        (f"BTC/{one}", None, Decimal("0.00000003")),
        (f"BTC/{one}", "BTC/X", Decimal("0.00000040")),
        (f"BTC/{one}", f"BTC/{two}", Decimal("0.00000050")),
    ]


@pytest.mark.parametrize(
    ("account", "valid"),
    [
        ("BTC/1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", True),
        ("BTC/1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMh", False),
        ("BTC/bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", False),
        ("BTC/bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", None),
        ("ETH/0xdac17f958d2ee523a2206206994597c13d831ec7", None),
    ],
)
def test_an_address_that_fails_its_check_is_marked(account, valid) -> None:
    assert _is_valid(account) is valid


def test_the_query_knows_the_same_chains() -> None:
    text = (shipped("queries") / "resolve" / "account.sql").read_text(encoding="utf-8")
    assert f"'^({'|'.join(CHAINS)})/'" in text


def test_lists_of_two_addresses_that_share_a_transaction_count_it_once(tmp_path) -> None:
    case = new_case(tmp_path)
    write(tmp_path, "w.mapping.toml", MAPPING)
    both = tx("t", "A:100", "B:90")
    first = write(tmp_path, "1.json", json.dumps([both]))
    second = write(tmp_path, "2.json", json.dumps([tx("u", "B:9", "X:8"), both]))
    load(case, first, second)
    resolve(case)
    assert rows(case, "SELECT count(*), sum(amount)::VARCHAR FROM transfer") == [(4, "0.00000109")]


def test_a_long_list_is_read_a_batch_at_a_time(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("finflow.load.decoding.PIECE", 1000)
    monkeypatch.setattr("finflow.load.utxo.RECORDS", 100)
    found, _, _ = read(tmp_path, *(tx(str(number), "X:5 Y:5", "A:5 Z:5") for number in range(1000)))
    assert [row["locator"] for row in found] == [f"tx[{number}]/vout[1]" for number in range(1, 1001)]


ADDRESS = st.sampled_from(["A", "B", "X", "Y", "-"])
FLOWS = st.lists(st.tuples(ADDRESS, st.integers(0, 60)), min_size=1, max_size=4)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(FLOWS, FLOWS)
def test_records_and_their_parts_add_up_to_what_each_address_moved(tmp_path, paid, got) -> None:
    spent, made = (" ".join(f"{address}:{value}" for address, value in flow) for flow in (paid, got))
    found, details, _ = read(tmp_path, tx("t", spent, made))
    if sum(value for _, value in paid) < sum(value for _, value in got):
        assert found[0]["fault"]
        return
    entries = [row for row in found if row["rule"] is None]
    for address in "AB":
        moved = sum(units for _, own, units, *_ in brief(entries) if own == address)
        held = [value for flow in (got, paid) for value in [sum(value for one, value in flow if one == address)]]
        assert moved == held[0] - held[1]
    for row in entries:
        parts = [part["amount"] for part in details if part["locator"] == row["locator"]]
        assert len(parts) == row["details"]
        assert sum(parts) == (row["amount"] if parts else 0)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_damaged_list_is_read_whole_or_refused(tmp_path, data) -> None:
    text = json.dumps([tx("t", "A:50 Y:50", "Z:90"), tx("u", "X:5", "A:4")])
    for _ in range(data.draw(st.integers(1, 3))):
        at, cut = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 12))
        text = (
            text[:at]
            + data.draw(st.sampled_from(["", "{", "]", '"', "null", "9" * 30, "[", "{}", "1e9", "NaN"]))
            + text[at + cut :]
        )
    found, *_ = attempt("x.json", lambda: read(tmp_path, text=text)) or [[]]
    assert all(row["fault"] or row["rule"] or row["amount"] > 0 for row in found)
