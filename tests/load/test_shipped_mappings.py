"""The mappings in docs/mappings: each reads a small invented file of its kind, to the last unit."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from finflow.load import load
from finflow.load.mapping import read_mapping
from finflow.resolve import resolve
from tests.load import test_ftm, test_goaml, test_utxo
from tests.load.support import new_case, rows, write

FOLDER = Path(__file__).parents[2] / "docs" / "mappings"
SHIPPED = sorted(FOLDER.glob("*.mapping.toml"))
OWN, OTHER = "0x" + "1" * 40, "0x" + "aB" * 20
KEPT = "ETH/0x" + "ab" * 20

ETHERSCAN = "\n".join([
    '"Txhash","Blockno","UnixTimestamp","DateTime (UTC)","From","To","ContractAddress","Value_IN(ETH)","Value_OUT(ETH)",'
    '"CurrentValue","TxnFee(ETH)","TxnFee(USD)","Historical $Price/Eth","Status","ErrCode","Method"',
    f'"0xa1","1","1","2024-03-01 23:30:00","{OWN}","{OTHER}","","0","1.5","","0.0021","","","","","Transfer"',
    f'"0xa2","2","2","2024-03-02 10:00:00","{OTHER}","{OWN}","","0.250000000000000000","0","","0.001","","","","","Transfer"',
    f'"0xa3","3","3","2024-03-03 10:00:00","{OWN}","{OTHER}","","0","9","","0.003","","","Error(0)","Reverted","Swap"',
    f'"0xa4","4","4","2024-03-04 10:00:00","{OWN}","{OTHER}","","0","0","","0.000123456789","","","","","Approve"',
    f'"0xa5","5","5","2024-03-05 10:00:00","{OWN}","{OTHER}","","0","0.123456789","","0.004","","","","","Transfer"',
])  # fmt: skip

TOKENS = "\n".join([
    '"Transaction Hash","Blockno","UnixTimestamp","DateTime (UTC)","From","To","TokenValue","USDValueDayOfTx",'
    '"ContractAddress","TokenName","TokenSymbol"',
    f'"0xb1","1","1","2024-03-01 10:00:00","{OWN}","{OTHER}","1,250.50","","0xdAC17F958D2ee523a2206206994597C13D831ec7",'
    '"Tether USD","USDT"',
    f'"0xb2","2","2","2024-03-02 10:00:00","{OTHER}","{OWN}","99","","0x{"9" * 40}","Tether USD","USDT"',
])  # fmt: skip


def loaded(tmp_path, name: str, file: str, text: str):
    """The case after one file was loaded by a shipped mapping, and what became of its records."""
    case = new_case(tmp_path)
    write(tmp_path, f"{name}.mapping.toml", (FOLDER / f"{name}.mapping.toml").read_bytes())
    found = load(case, write(tmp_path, file, text))
    counts = found.frame.select("records", "entries", "rejected", "skipped").row(0)
    left = {(row["outcome"], row["reason"]): row["records"] for row in found.left_out.iter_rows(named=True)}
    return case, counts, left


def test_every_shipped_mapping_is_tested_here() -> None:
    named = {read_mapping(path)[0].name for path in SHIPPED}
    text = Path(__file__).read_text(encoding="utf-8")
    assert len(named) == len(SHIPPED) >= 5
    assert [path.name for path in SHIPPED if f'"{path.name.removesuffix(".mapping.toml")}"' not in text] == []


def test_transactions_of_an_ethereum_address(tmp_path) -> None:
    case, counts, left = loaded(tmp_path, "etherscan", "export-0x11.csv", ETHERSCAN)
    assert counts == (10, 5, 2, 3)
    fine = "or column {} has more than 8 decimals, which cannot be kept exactly; it is never rounded"
    assert left == {
        ("rejected", f"column Value_OUT(ETH) {fine.format('TxnFee(ETH)')}"): 2,
        ("skipped", "failed transaction"): 1,
        ("skipped", "no side inside"): 1,
        ("skipped", "zero amount"): 1,
    }
    found = "SELECT locator, account_id, side, amount, counterparty_account_id, kind FROM entry ORDER BY seq"
    assert rows(case, found) == [
        ("L2", f"ETH/{OWN}", "DBIT", Decimal("1.5"), KEPT, "transfer"),
        ("L2/fee", f"ETH/{OWN}", "DBIT", Decimal("0.0021"), None, "fee"),
        ("L3", f"ETH/{OWN}", "CRDT", Decimal("0.25"), KEPT, "transfer"),
        ("L4/fee", f"ETH/{OWN}", "DBIT", Decimal("0.003"), None, "fee"),
        ("L6/fee", f"ETH/{OWN}", "DBIT", Decimal("0.004"), None, "fee"),
    ]
    times = "SELECT booking_date::VARCHAR, booked_at::VARCHAR, currency FROM entry WHERE locator = 'L2'"
    assert rows(case, times) == [("2024-03-01", "2024-03-02 00:30:00", "ETH")]
    resolve(case)
    assert rows(case, "SELECT account_id, inside, scheme, valid FROM account ORDER BY 1") == [
        (f"ETH/{OWN}", True, "address", None), (KEPT, False, "address", None)
    ]  # fmt: skip


def test_a_token_is_its_contract_and_not_its_symbol(tmp_path) -> None:
    case, counts, left = loaded(tmp_path, "etherscan_tokens", "export-address-token-0x11.csv", TOKENS)
    assert counts == (2, 1, 1, 0)
    assert left == {("rejected", "column ContractAddress is not an ISO 4217 code"): 1}
    assert rows(case, "SELECT side, amount, currency FROM entry") == [("DBIT", Decimal("1250.5"), "USDT")]


def test_transactions_of_bitcoin_addresses(tmp_path) -> None:
    one, two = "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    txs = [test_utxo.tx("t", f"{one}:1000", f"X:400 {one}:590"), test_utxo.tx("u", "X:400", f"{two}:400")]
    case, counts, _ = loaded(tmp_path, "utxo", "address_1_txs.json", json.dumps(txs))
    assert counts == (3, 3, 0, 0)
    assert rows(case, "SELECT locator, side, (amount * 100000000)::BIGINT FROM entry ORDER BY seq") == [
        ("tx[1]/vin[1]", "DBIT", 400), ("tx[1]/fee", "DBIT", 10), ("tx[2]/vout[1]", "CRDT", 400)
    ]  # fmt: skip


def test_a_report_of_an_fiu(tmp_path) -> None:
    brought = (
        test_goaml.side("t_from", test_goaml.PERSON.format("from"), "K"),
        test_goaml.side("t_to_my_client", test_goaml.mine("to")),
    )
    text = test_goaml.report(test_goaml.transaction(*brought))
    case, counts, _ = loaded(tmp_path, "goaml", "goaml_1.xml", text)
    assert counts == (1, 1, 0, 0)
    assert rows(case, "SELECT kind, side, currency FROM entry") == [("cash_deposit", "CRDT", "EUR")]


def test_payments_of_a_leak(tmp_path) -> None:
    ours = test_ftm.entity("BankAccount", "a1", accountNumber=["333516150001"])
    payer = test_ftm.entity("Company", "a", name=["Northern Trading LLP"])
    text = "\n".join(map(json.dumps, (test_ftm.payment(), ours, payer, test_ftm.XENO, test_ftm.THEIRS)))
    case, counts, left = loaded(tmp_path, "ftm", "x.ftm.json", text)
    assert (counts, left) == ((5, 1, 0, 4), {("skipped", "not a payment"): 4})
    assert rows(case, "SELECT account_id, side FROM entry") == [("EE123300333516150001", "DBIT")]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name.removesuffix(".mapping.toml"))
def test_a_shipped_mapping_says_what_it_is_for(path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")
