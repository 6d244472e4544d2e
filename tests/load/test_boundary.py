"""Boundaries of a source: numbers and names that are no account of anybody, such as a cash desk or a salary pool."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

import finflow
from finflow.errors import FinflowError
from finflow.labels import labels
from finflow.load import load
from tests.core_support import book
from tests.load.data import DATA, needs_data
from tests.load.support import mapping, mapping_text, new_case, rows, settled

ONE = 'counterparty_account = "Other"\ncounterparty_name = "Name"'


@pytest.mark.parametrize(
    ("other", "name", "account"),
    [
        ("-1", "", "boundary:TESTDE22/-1"),
        ("cash desk", "", "boundary:TESTDE22/CASHDESK"),
        ("", "Cash Desk", "boundary:TESTDE22/CASH DESK"),
        ("-10", "", "unknown/-10"),
        ("NL91ABNA0417164300", "Cash desk", "NL91ABNA0417164300"),
        ("", "Cash desks", None),
        ("", "", None),
    ],
)
def test_a_declared_word_becomes_a_boundary(tmp_path, other, name, account):
    found = mapping(top='boundary = ["-1", "Cash Desk"]', columns=ONE)
    text = f"Date;Amount;Other;Name\n2025-01-02;-5.00;{other};{name}\n"
    assert settled(tmp_path, text, found)[0]["counterparty_account_id"] == account


@pytest.mark.parametrize("word", ["null", "0", "N/A", "000", "NOTPROVIDED", "-"])
def test_words_for_nothing_are_no_account(tmp_path, word):
    found = mapping(columns='counterparty_account = "Other"')
    assert (
        settled(tmp_path, f"Date;Amount;Other\n2025-01-02;-5.00;{word}\n", found)[0]["counterparty_account_id"] is None
    )


def test_no_account_of_a_ledger_is_a_boundary():
    with pytest.raises(FinflowError, match="a boundary is no account of anybody"):
        mapping(top='boundary = ["DE89370400440532013000"]')


def test_an_account_that_has_lines_is_no_boundary(tmp_path):
    path, toml = tmp_path / "a.csv", tmp_path / "a.toml"
    path.write_text("Date;Amount;Own\n2025-01-02;-5.00;-1\n", encoding="utf-8")
    text = mapping_text(top='boundary = ["-1"]', columns='account = "Own"')
    toml.write_text(text.replace('account = "DE89370400440532013000"\n', ""), encoding="utf-8")
    with pytest.raises(FinflowError, match="calls this account a boundary"):
        load(new_case(tmp_path), path, mapping=toml)


def test_an_account_without_iban_needs_its_bank(tmp_path):
    """Two banks give out the same numbers: without a bank they would become one account."""
    path, toml = tmp_path / "a.sta", tmp_path / "a.toml"
    path.write_text(
        ":20:X\n:25:0012345678\n:28C:1/1\n:60F:C240101EUR0,\n:61:2401050105C100,NTRFNONREF\n:62F:C240131EUR100,\n-\n",
        encoding="utf-8",
    )
    case = new_case(tmp_path)
    with pytest.raises(FinflowError, match="Write a mapping with the line bank ="):
        load(case, path)
    assert rows(case, "SELECT count(*) FROM source_file") == [(0,)]
    toml.write_text('name = "x"\nformat = "mt940"\nbank = "INGBNL2A"\n', encoding="utf-8")
    load(case, path, mapping=toml)
    assert rows(case, "SELECT account_id FROM statement") == [("INGBNL2A/0012345678",)]


def test_bank_codes_are_checked_and_never_mended(tmp_path):
    case = new_case(tmp_path)
    for name, bank in (("a", "INGBNL2A"), ("b", "INGBQQ2A"), ("c", "Codrubanca")):
        path, toml = tmp_path / f"{name}.sta", tmp_path / f"{name}.toml"
        path.write_text(
            f":20:X\n:25:77{name}\n:28C:1/1\n:60F:C240101EUR0,\n:61:2401050105C1,NTRFNONREF\n:62F:C240131EUR1,\n-\n",
            encoding="utf-8",
        )
        toml.write_text(f'name = "x"\nformat = "mt940"\nbank = "{bank}"\n', encoding="utf-8")
        load(case, path, mapping=toml)
    case.resolve()
    assert rows(case, "SELECT bank, bank_valid FROM account ORDER BY bank") == [
        ("Codrubanca", None), ("INGBNL2A", True), ("INGBQQ2A", False)
    ]  # fmt: skip


HEAD = "| account | date | amount | other |\n"


def test_money_at_a_boundary_left_the_case_and_the_page_names_it(tmp_path):
    case = new_case(tmp_path)
    own, pool = "NL91ABNA0417164300", "boundary:SHOP/CASH DESK"
    with case.writing() as con:
        leg = book(con, f"{HEAD}| {own} | 2025-01-02 | 100 | |\n| {own} | 2025-01-03 | -100 | {pool} |") + ":L1"
    case.resolve()
    case.decide(leg, "proceeds", by="x", why="y", label="O")
    trail = case.trace(case.proceeds(), method="fifo")
    assert trail.ends.select("end", "amount").rows() == [("left the case", Decimal(100))]
    assert rows(case, "SELECT inside, scheme, valid, bank_valid FROM account WHERE NOT inside") == [
        (False, "boundary", None, None)
    ]
    with case.reading() as con:
        assert labels(con)[pool] == "boundary CASH DESK of SHOP"


def test_a_boundary_that_many_pay_is_no_hub_and_nobody_is_asked_about_it(tmp_path):
    """Near miss: the same lines to an account outside do fire, and are asked about."""
    hits, asked = [], []
    for name, other in (("outside", "SHOP/77"), ("boundary", "boundary:SHOP/77")):
        (tmp_path / name).mkdir()
        case = new_case(tmp_path / name)
        lines = [
            f"| SHOP/{n} | 2025-0{month}-{day + more:02} | {amount} | {party} |\n"
            for n in range(1, 6)
            for month in (1, 2, 3)
            for day in range(1, 28, 3)
            for more, amount, party in ((0, 900, "WORK/1"), (1, -900, other))
        ]
        with case.writing() as con:
            for n in range(1, 6):
                own = [line for line in lines if line.startswith(f"| SHOP/{n} ")]
                book(con, HEAD + "".join(own), file=f"{n}.csv")
                con.execute(f"INSERT INTO decision SELECT {2 * n}, 'party', 'F{n}', 'Firm {n}', 'legal', NULL, NULL, NULL, "
                            "'x', DATE '2025-01-01', 'y', NULL, 'u', now()::TIMESTAMP")  # fmt: skip
                con.execute(f"INSERT INTO decision SELECT {2 * n + 1}, 'holder', 'SHOP/{n}', 'F{n}', NULL, NULL, NULL, NULL, "
                            "'x', DATE '2025-01-01', 'y', NULL, 'u', now()::TIMESTAMP")  # fmt: skip
        case.resolve()
        hits.append(case.detect("outflows_converge").frame["subject"].to_list())
        asked.append(other in case.requests(least=0).frame["account_id"].to_list())
    assert hits == [["SHOP/77"], []]
    assert asked == [True, False]


LEDGER = """
name = "AMLGentex"
files = ["*.csv"]
format = "csv"
bank = "AMLGENTEX"
currency = "EUR"
boundary = ["-1", "-2"]
[table]
unused = ["kind"]
[columns]
booking_date = "day"
amount = "amount"
[two_sided]
debtor_account = "payer"
creditor_account = "receiver"
inside = [INSIDE]
rows = "both_sides"
[skip."opening balance"]
column = "kind"
values = ["INITALBALANCE"]
"""


@needs_data("amlgentex")
def test_the_cash_and_salary_nodes_of_a_published_ledger_are_boundaries(tmp_path):
    """Accounts -1 (cash) and -2 (salaries) pay and are paid by everybody; they must become the hub of nothing."""
    log = pl.read_parquet(DATA / "amlgentex" / "tx_log.parquet")
    cash = log.filter(pl.col("nameDest") == -1)["nameOrig"].unique().sort().head(3).to_list()
    some = log.filter(pl.col("nameOrig").is_in(cash) | pl.col("nameDest").is_in(cash))
    path, toml = tmp_path / "ledger.csv", tmp_path / "ledger.toml"
    some.select(
        day=pl.lit(date(2025, 1, 1)) + pl.col("step").cast(pl.Int64) * timedelta(days=1), kind=pl.col("type"),
        amount=pl.col("amount").map_elements(lambda amount: str(Decimal(str(amount)).quantize(Decimal("0.01"))), pl.String),
        payer=pl.col("nameOrig"), receiver=pl.col("nameDest"),
    ).write_csv(path)  # fmt: skip
    toml.write_text(LEDGER.replace("INSIDE", ", ".join(f'"{number}"' for number in cash)), encoding="utf-8")
    case = finflow.open_case(tmp_path / "amlgentex")
    load(case, path, mapping=toml)
    case.resolve()
    met = dict(rows(case, "SELECT account_id, inside FROM account WHERE scheme = 'boundary'"))
    assert met == {"boundary:AMLGENTEX/-1": False, "boundary:AMLGENTEX/-2": False}
    with case.reading() as con:
        assert labels(con)["boundary:AMLGENTEX/-1"] == "boundary -1 of AMLGENTEX"
        leg = con.execute("SELECT leg_id FROM leg WHERE side = 'CRDT' ORDER BY amount DESC, leg_id LIMIT 1").fetchall()[
            0
        ][0]
    hits = case.detect(currency="EUR").frame
    assert not [row for row in hits.rows() if "boundary:" in str(row)]
    assert not case.requests(least=0).frame["account_id"].str.starts_with("boundary:").any()
    case.decide(leg, "proceeds", by="x", why="y", label="O")
    trail = case.trace(case.proceeds(), method="tainted_first")
    assert "left the case" in trail.ends["end"].to_list()
