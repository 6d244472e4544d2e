"""FollowTheMoney: every Payment is a record, its parties and accounts found wherever in the file they stand."""

import json
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finflow.errors import FinflowError
from finflow.load import load
from finflow.load.ftm import open_ftm
from finflow.load.mapping import parse_mapping
from finflow.load.settle import Settler
from finflow.resolve import resolve
from tests.load.support import new_case, rows, write
from tests.load.test_fuzz import attempt

MAPPING = 'name = "Leak"\nformat = "ftm"\nfiles = ["*.json"]\ninside = ["Alpha Ltd", "beta 1"]\n'
IBAN = "NL91ABNA0417164300"


def entity(schema: str, key: str, **properties) -> dict:
    return {"id": key, "schema": schema, "properties": properties}


ALPHA = entity("Company", "a", name=["Alpha Ltd", "ALPHA LIMITED"])
XENO = entity("Person", "x", name=["Jo Xeno"])
OURS = entity("BankAccount", "a1", accountNumber=["77"], bic=["TESTDE22"], bankName=["Test Bank"])
THEIRS = entity("BankAccount", "x1", iban=[IBAN], accountNumber=["0417164300"], bankName=["Other Bank"])
PARTIES = (ALPHA, XENO, OURS, THEIRS)


def payment(key: str = "p", **changes) -> dict:
    properties = {
        "payer": ["a"], "beneficiary": ["x"], "payerAccount": ["a1"], "beneficiaryAccount": ["x1"], "amount": ["12.50"],
        "currency": ["EUR"], "date": ["2013-05-01"], "purpose": ["for rent"], "transactionNumber": ["T1"],
    }  # fmt: skip
    kept = {name: value for name, value in (properties | changes).items() if value is not None}
    return entity("Payment", key, **kept)


def read(tmp_path, *entities: dict, text: str | None = None):
    path = tmp_path / "x.json"
    path.write_text("\n".join(map(json.dumps, entities)) if text is None else text, encoding="utf-8")
    opened = open_ftm(path, "x.json", parse_mapping(MAPPING, "m"), "Europe/Amsterdam")
    settler, found = Settler(opened.reading), []
    for batch in opened.batches:
        found += sorted(settler.settle(batch.records).to_pylist(), key=lambda row: row["ordinal"])
    return found


def test_a_payment_and_its_parties_in_any_order(tmp_path) -> None:
    first = read(tmp_path, payment(), *PARTIES)
    last = read(tmp_path, *PARTIES, payment())
    assert first[0] | {"locator": "", "ordinal": 0} == last[4] | {"locator": "", "ordinal": 0}
    expected = {
        "locator": "L1", "account_id": "TESTDE22/77", "side": "DBIT", "amount": Decimal("12.5"), "currency": "EUR",
        "holder_name": "Alpha Ltd", "counterparty_account_id": IBAN, "counterparty_name": "Jo Xeno",
        "counterparty_bank": "Other Bank", "booking_date": date(2013, 5, 1), "booked_at": None, "narrative": "for rent",
        "bank_reference": "T1", "both_sides": False, "kind": "transfer", "rule": None, "fault": None,
    }  # fmt: skip
    assert {name: first[0][name] for name in expected} == expected
    assert [row["rule"] for row in first[1:]] == ["not a payment"] * 4
    assert [row["locator"] for row in first] == ["L1", "L2", "L3", "L4", "L5"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({'payer': ["x"], 'beneficiary': ["a"], 'payerAccount': ["x1"], 'beneficiaryAccount': ["a1"]},
         ("TESTDE22/77", "CRDT", IBAN, "Jo Xeno")),
        ({'beneficiaryAccount': None}, ("TESTDE22/77", "DBIT", None, "Jo Xeno")),
        ({'beneficiary': ["nobody"], 'beneficiaryAccount': ["nobody"]}, ("TESTDE22/77", "DBIT", None, None)),
        ({'amount': 12.5}, ("TESTDE22/77", "DBIT", IBAN, "Jo Xeno")),
        ({'amount': ["12.50", "12.50"]}, ("TESTDE22/77", "DBIT", IBAN, "Jo Xeno")),
    ],
)  # fmt: skip
def test_whose_line_it_is(tmp_path, changes, expected) -> None:
    row = read(tmp_path, payment(**changes), *PARTIES)[0]
    assert row["fault"] is None
    assert (row["account_id"], row["side"], row["counterparty_account_id"], row["counterparty_name"]) == expected
    assert row["amount"] == Decimal("12.5")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"payer": ["x"], "payerAccount": ["x1"]}, "no side inside"),
        ({"payerAccount": None}, "the account of the side inside is empty"),
        ({"amount": ["12.50", "13"]}, "amount with several values"),
        ({"payer": ["a", "x"], "date": ["2013-05-01", "2013-05-02"]}, "date and payer with several values"),
        ({"amount": None}, "amount is empty"),
        ({"amount": ["1,250.00"]}, "amount is not an amount"),
        ({"amount": ["-5"]}, "amount is negative on a row that stands for both sides"),
        ({"amount": ["0"]}, "zero amount"),
        ({"currency": ["euro"]}, "currency is not an ISO 4217 code"),
        ({"currency": None, "amountEur": ["12.50"]}, "currency is empty"),
        ({"date": ["2013-05"]}, "date is not a date of the form %Y-%m-%d"),
        ({"date": None}, "date is empty"),
    ],
)
def test_a_payment_that_is_no_entry_says_why(tmp_path, changes, why) -> None:
    row = read(tmp_path, payment(**changes), *PARTIES)[0]
    assert (row["fault"] or row["rule"]).startswith(why)


@pytest.mark.parametrize(
    ("printed", "at"),
    [("2013-05-01T10:00:00", datetime(2013, 5, 1, 10)), ("2013-05-01T10:00:00+00:00", datetime(2013, 5, 1, 12))],
)
def test_a_time_is_kept_in_the_zone_of_the_case(tmp_path, printed, at) -> None:
    assert read(tmp_path, payment(date=None, startDate=[printed]), *PARTIES)[0]["booked_at"] == at


def test_the_one_owner_of_an_account_is_the_name_of_a_payment_without_one(tmp_path) -> None:
    owned = entity("Ownership", "o", owner=["x"], asset=["x1"])
    assert read(tmp_path, owned, *PARTIES, payment(beneficiary=None))[5]["counterparty_name"] == "Jo Xeno"
    second = entity("Ownership", "o2", owner=["a"], asset=["x1"])
    assert read(tmp_path, owned, second, *PARTIES, payment(beneficiary=None))[6]["counterparty_name"] is None


def test_a_payment_of_the_same_id_is_not_counted_twice(tmp_path) -> None:
    again = read(tmp_path, payment(), payment(amount=["13"]), *PARTIES)[1]
    assert again["fault"] == "a payment of the same id stands on a line before"


def test_a_payment_between_two_inside_stands_for_both_legs(tmp_path) -> None:
    case = new_case(tmp_path)
    write(tmp_path, "l.mapping.toml", MAPPING)
    beta = entity("BankAccount", "x1", accountNumber=["beta1"])
    text = "\n".join(map(json.dumps, (payment(), ALPHA, XENO, OURS, beta)))
    loaded = load(case, write(tmp_path, "x.json", text))
    assert loaded.frame.select("format", "records", "entries", "skipped").rows() == [("ftm", 5, 1, 4)]
    resolve(case)
    moved = "SELECT debtor_account_id, creditor_account_id, amount::VARCHAR, rule FROM transfer"
    assert rows(case, moved) == [("TESTDE22/77", "LEAK/BETA1", "12.50000000", "both legs on one row")]
    legs = "SELECT account_id, side, counterparty_account_id, counterparty_inside FROM leg ORDER BY side DESC"
    assert rows(case, legs) == [
        ("TESTDE22/77", "DBIT", "LEAK/BETA1", True), ("LEAK/BETA1", "CRDT", "TESTDE22/77", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (json.dumps(ALPHA), r"x\.json holds no Payment"),
        (json.dumps(payment()) + "\n" + json.dumps(ALPHA)[:-5], r"x\.json L2 is not one JSON object: .* cut off"),
        (json.dumps(payment()) + "\n{}", r"x\.json L2 is no FollowTheMoney entity \(id, schema, properties\)"),
        (json.dumps(payment()) + '\n{"id": [], "schema": "Person", "properties": {}}', r"L2 is no FollowTheMoney"),
        (json.dumps(payment()) + "\n[1]", r"x\.json L2 is not one JSON object"),
        (json.dumps(payment()) + " {}", r"x\.json L1 is not one JSON object"),
    ],
)
def test_what_is_no_whole_file_of_entities_is_refused(tmp_path, text, words) -> None:
    with pytest.raises(FinflowError, match=words):
        read(tmp_path, text=text)


def test_without_a_mapping_the_refusal_says_what_to_write(tmp_path) -> None:
    path = write(tmp_path, "x.json", json.dumps(payment()))
    with pytest.raises(FinflowError, match=r'format = "ftm" and inside'):
        load(new_case(tmp_path), path)


def test_a_long_file_is_read_a_batch_at_a_time(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("finflow.load.decoding.PIECE", 1000)
    monkeypatch.setattr("finflow.load.ftm.RECORDS", 100)
    found = read(tmp_path, *(payment(str(number)) for number in range(1000)), *PARTIES)
    assert [row["locator"] for row in found if row["fault"] is None] == [f"L{number}" for number in range(1, 1005)]
    assert {row["counterparty_account_id"] for row in found[:1000]} == {IBAN}


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_damaged_file_is_read_whole_or_refused(tmp_path, data) -> None:
    text = "\n".join(map(json.dumps, (payment(), payment("q", amount=["7"]), *PARTIES)))
    for _ in range(data.draw(st.integers(1, 3))):
        at, cut = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 12))
        put = data.draw(
            st.sampled_from(["", "{", "]", '"', "null", "9" * 30, "[", "\n", "1e9", '"x"', "\u2028", "[[["])
        )
        text = text[:at] + put + text[at + cut :]
    found = attempt("x.json", lambda: read(tmp_path, text=text))
    if found is not None:
        assert len(found) == sum(bool(line.strip()) for line in text.split("\n"))
        assert all(row["fault"] or row["rule"] or row["amount"] > 0 for row in found)
