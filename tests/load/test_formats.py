"""Files of banks that nobody here wrote: each loads with what its companion states, or is refused in words."""

import contextlib
import re
from decimal import Decimal
from pathlib import Path

import pytest

from finflow.errors import FinflowError
from finflow.load import load
from tests.load.data import DATA, needs_data
from tests.load.support import new_case, rows

CAMT = sorted((DATA / "formats" / "camt").rglob("*.xml"))
MT940 = sorted((DATA / "formats" / "mt940").rglob("*.sta"))
FRAGMENTS = ("multiline",)  # a line stands behind the end of its last statement
BROKEN = sorted((DATA / "formats" / "broken").rglob("*.xml"))


def outcome(tmp_path: Path, path: Path):
    """The case and the result, or the refusal."""
    case = new_case(tmp_path)
    try:
        return case, load(case, path), None
    except FinflowError as error:
        return case, None, str(error)


def outcome_of_mt940(tmp_path: Path, path: Path):
    """As outcome; a file whose account is no IBAN and that names no bank is loaded again with a mapping that does."""
    case, loaded, refusal = outcome(tmp_path, path)
    if refusal is None or "no bank is named" not in refusal:
        return case, loaded, refusal
    assert rows(case, "SELECT count(*) FROM source_file") == [(0,)]
    mapping = tmp_path / "bank.mapping.toml"
    mapping.write_text('name = "Bank"\nformat = "mt940"\nbank = "TESTBANK"\n', encoding="utf-8")
    return case, load(case, path, mapping=mapping), None


@needs_data("formats/camt")
@pytest.mark.parametrize("path", CAMT, ids=lambda path: path.stem)
def test_camt(tmp_path, path) -> None:
    case, loaded, refusal = outcome(tmp_path, path)
    text = path.read_text(encoding="utf-8")
    if "camt.053" not in text or "<Stmt>" not in text:
        assert refusal is not None
        return
    assert refusal is None
    assert rows(case, "SELECT records FROM source_file") == [(len(re.findall(r"<Ntry>", text)),)]
    booked = [Decimal(found) for found in re.findall(r"<Ntry>.*?<Amt [^>]*>([^<]*)<", text, flags=re.DOTALL)]
    kept = rows(case, "SELECT coalesce(sum(amount), 0) FROM entry")[0][0]
    assert kept == sum(booked) or loaded.frame["rejected"].sum() or loaded.frame["skipped"].sum()


@needs_data("formats/mt940")
@pytest.mark.parametrize("path", MT940, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_mt940(tmp_path, path) -> None:
    """The number of lines, and opening and closing balance, against the values a kept library expects."""
    case, _, refusal = outcome_of_mt940(tmp_path, path)
    data = path.read_bytes()
    whole = re.search(rb":60[FM]:[CD]", data) and re.search(rb":62[FM]:[CD]", data)
    if not whole or path.stem in FRAGMENTS:
        assert refusal is not None
        return
    assert refusal is None
    lines = len(re.findall(rb"(?m)^\s*:61:", data))
    assert rows(case, "SELECT records FROM source_file") == [(lines,)]
    companion = path.with_suffix(".yml")
    expected = companion.read_text(encoding="utf-8") if companion.exists() else ""
    if expected:
        assert expected.count("mt940.models.Transaction\n") in (0, lines)


@needs_data("formats/mt940")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # account, opening, closing and number of lines of the first statement; None: not looked at
        ("jejik/abnamro", ("TESTBANK/517852257", Decimal("3236.28"), Decimal("876.84"), 8)),
        ("self-provided/raiffeisen-cmi", ("UBRTHUHB/123456789150ABCDEF002", Decimal("25170637.10"), None, None)),
        ("self-provided/february_30", ("12345678/1020304050", Decimal(1200), Decimal(1194), 1)),
        ("betterplace/currency_in_25", None),
    ],
)
def test_values_of_mt940_files(tmp_path, name, expected) -> None:
    case, _, refusal = outcome_of_mt940(tmp_path, DATA / "formats" / "mt940" / f"{name}.sta")
    if expected is None:
        assert refusal is not None
        return
    first = "SELECT statement_id FROM statement ORDER BY regexp_extract(locator, '\\d+')::INT LIMIT 1"
    statement = rows(
        case, f"SELECT account_id, opening_balance, closing_balance FROM statement WHERE statement_id = ({first})"
    )[0]
    entries = rows(case, f"SELECT count(*) FROM entry WHERE statement_id = ({first})")[0]
    for found, known in zip((*statement, *entries), expected, strict=True):
        assert known in (found, None)


@needs_data("formats/broken")
@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_broken_files_end_in_words(tmp_path, path) -> None:
    case, loaded, refusal = outcome(tmp_path, path)
    assert (loaded is None) != (refusal is None)
    if refusal is not None:
        assert rows(case, "SELECT count(*) FROM source_file") == [(0,)]


@needs_data("formats/ofx")
def test_formats_of_later_are_refused_in_words(tmp_path) -> None:
    case = new_case(tmp_path)
    for path in sorted((DATA / "formats" / "ofx").rglob("*.ofx"))[:5]:
        with contextlib.suppress(FinflowError):
            load(case, path)
            pytest.fail(f"{path.name} is no format of ours")
