"""Files of banks that nobody here wrote: each loads with what its companion states, or is refused in words."""

from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from finflow.errors import FinflowError
from finflow.load.formats import format_of
from finflow.load.mt940 import open_mt940
from finflow.load.settle import Settler
from tests.load.data import DATA, needs_data
from tests.load.formats_table import PAGE, files, lines, table_of
from tests.load.mt940_companion import companion

CAMT = sorted((DATA / "formats" / "camt").rglob("*.xml"))
MT940 = sorted((DATA / "formats" / "mt940").rglob("*.sta"))
WITHOUT_VALUE_DATE = ("february_30", "transaction_details_wrapped", "wrapped_timestamp")  # value date 30 February
TURNED = {"sepa_mt9401": ["-204.88", "-204.88"]}  # RC: the library adds a credit that was taken back


@needs_data("formats")
def test_the_page_of_formats_tells_what_becomes_of_every_file() -> None:
    """`python -m tests.load.formats_table` writes it anew."""
    told = table_of(PAGE.read_text(encoding="utf-8")).splitlines()
    assert len(told) == len(files()) > 200
    assert told == list(lines())


def judged(readable):
    """The judged records of a file in order, and its statements."""
    settler, records, statements = Settler(readable.reading), [], []
    for batch in readable.batches:
        records += sorted(settler.settle(batch.records).to_pylist(), key=lambda row: row["ordinal"])
        statements += batch.statements
    return records, statements


def signed(row) -> Decimal:
    return row["amount"] * (1 if row["side"] == "CRDT" else -1)


@needs_data("formats/mt940")
@pytest.mark.parametrize("path", MT940, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_mt940_has_the_amounts_days_and_balances_of_its_companion(path: Path) -> None:
    balances, expected = companion(path.with_suffix(".yml"))
    try:
        records, statements = judged(open_mt940(path, path.name, None, "UTC"))
    except FinflowError:  # a fragment: never all of a statement
        text = path.read_bytes()
        assert not (b":60" in text and b":62" in text) or path.stem == "multiline"
        return
    assert len(records) == len(expected)
    turned = iter(TURNED.get(path.stem, []))
    for row, known in zip(records, expected, strict=True):
        assert str(row["booking_date"]) == known.get("entry_date", known["date"])
        assert (str(row["value_date"]) == known["date"]) is (path.stem not in WITHOUT_VALUE_DATE)
        if row["fault"]:  # the German mark has been no currency since 2002
            assert (known["currency"], row["fault"]) == ("DEM", ":60F: currency is not an ISO 4217 code")
        elif signed(row) != known["amount"]:
            assert (str(signed(row).normalize()), known["status"]) == (next(turned), "RC")
        assert row["currency"] == known["currency"]
    assert next(turned, None) is None
    last = statements[-1]
    for name, own in (("opening", last.opening), ("closing", last.closing)):
        stated = [
            balances[key][0] for key in balances if key in (f"final_{name}_balance", f"intermediate_{name}_balance")
        ]
        assert Decimal(own or "") in stated


def printed(path: Path) -> tuple[list[tuple[str, str]], list[tuple[str, ...]]]:
    """Amount and side of every entry, and opening and closing balance of every statement, by another way of reading."""
    tree = etree.parse(path)
    entries = [(_at(entry, "Amt"), _at(entry, "CdtDbtInd")) for entry in tree.iter("{*}Ntry")]
    balances = []
    for statement in tree.iter("{*}Rpt", "{*}Stmt", "{*}Ntfctn"):
        by_code = {_at(bal, "Tp", "CdOrPrtry", "Cd"): bal for bal in statement.findall("{*}Bal")}
        ends = (by_code.get("OPBD", by_code.get("PRCD")), by_code.get("CLBD"))
        balances.append(tuple(_signed(end) for end in ends))
    return entries, balances


def _at(element, *steps: str) -> str:
    return element.xpath("string(" + "/".join(f"*[local-name()='{step}']" for step in steps) + ")")


def _signed(balance) -> str | None:
    return None if balance is None else f"{'-' if _at(balance, 'CdtDbtInd') == 'DBIT' else ''}{_at(balance, 'Amt')}"


@needs_data("formats/camt")
@pytest.mark.parametrize("path", CAMT, ids=lambda path: path.stem)
def test_camt_has_every_amount_side_and_balance_of_the_file(path: Path) -> None:
    form = format_of(path, path.name)
    readable = form.reader(path, path.name, None, "UTC")
    if path.stem == "camt053.v2.wrong":
        with pytest.raises(FinflowError, match="without Stmt"):
            judged(readable)
        return
    own, statements = [], []
    for batch in readable.batches:
        own += [(row["amount"], row["side"]) for row in batch.records.to_pylist()]
        statements += batch.statements
    entries, balances = printed(path)
    assert own == entries
    assert [(one.opening, one.closing) for one in statements] == balances
    assert form.name in path.read_text(encoding="utf-8")
