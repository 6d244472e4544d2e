"""Printed statements: read by a layout, proved by their balances, refused whole where a figure does not follow."""

import io
import re
from decimal import Decimal

import pytest
import tomlkit
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen import canvas

from finflow.errors import FinflowError
from finflow.load import load
from finflow.load.suggest import suggest
from tests.load.support import new_case, rows, write

MAPPING = """
name = "Testbank"
files = ["*.pdf"]
format = "pdf"
bank = "TESTDE22"
account = "DE89370400440532013000"
currency = "EUR"
[table]
decimal = ","
thousands = "."
dates = "%d.%m.%Y"
[layout]
top = '^Date Text'
bottom = '^Page'
opening = 'Opening balance (-?[0-9.,]+)'
closing = 'Closing balance (-?[0-9.,]+)'
[layout.columns]
booking_date = [40, 110]
narrative = [110, 330]
debit = [330, 410]
credit = [410, 480]
balance = [480, 560]
[skip."carried forward"]
line = 'Carried forward'
"""
PAGE = """
Testbank statement | | | |
Opening balance 1.000,00 | | | |
Date | Text | Out | In | Balance
03.02.2025 | Rent flat A | 650,00 | | 350,00
| paid by C. | | |
04.02.2025 | Cash desk Oss | | 2.400,00 | 2.750,00
Carried forward | | | | 2.750,00
Page 1 of 2 | | | |
"""
NEXT = """
Date | Text | Out | In | Balance
03.03.2025 | Fee | 4,50 | | 2.745,50
Closing balance 2.745,50 | | | |
Page 2 of 2 | | | |
"""
LEFT, RIGHT = {0: 45, 1: 115}, {2: 405, 3: 475, 4: 555}


def pdf(*pages: str, password: str | None = None) -> bytes:
    """A statement printed with texts on the left of their columns and amounts on the right."""
    out = io.BytesIO()
    lock = StandardEncryption(password, canPrint=0) if password else None
    drawn = canvas.Canvas(out, pagesize=A4, encrypt=lock, invariant=True)
    for page in pages:
        drawn.setFont("Helvetica", 9)
        for number, line in enumerate(page.strip().splitlines()):
            for at, cell in enumerate(line.split("|")):
                place, height = cell.strip(), 800 - 14 * number
                if at in RIGHT:
                    drawn.drawRightString(RIGHT[at], height, place)
                else:
                    drawn.drawString(LEFT[at], height, place)
        drawn.showPage()
    drawn.save()
    return out.getvalue()


def loaded(tmp_path, data: bytes, mapping: str = MAPPING):
    case = new_case(tmp_path)
    write(tmp_path, "bank.mapping.toml", mapping)
    return case, load(case, write(tmp_path, "a.pdf", data))


def test_a_statement_of_two_pages(tmp_path) -> None:
    case, result = loaded(tmp_path, pdf(PAGE, NEXT))
    assert result.frame.select("format", "records", "entries", "rejected", "skipped").rows() == [("pdf", 4, 3, 0, 1)]
    assert rows(case, "SELECT locator, booking_date::VARCHAR, side, amount, balance_after, narrative FROM entry "
                "ORDER BY seq") == [
        ("p1L4-p1L5", "2025-02-03", "DBIT", Decimal(650), Decimal(350), "Rent flat A paid by C."),
        ("p1L6", "2025-02-04", "CRDT", Decimal(2400), Decimal(2750), "Cash desk Oss"),
        ("p2L2", "2025-03-03", "DBIT", Decimal("4.5"), Decimal("2745.5"), "Fee"),
    ]  # fmt: skip
    assert rows(case, "SELECT locator, rule FROM skipped_row") == [("p1L7", "carried forward")]
    assert rows(case, "SELECT account_id, from_date::VARCHAR, until_date::VARCHAR, opening_balance, closing_balance "
                "FROM statement") == [
        ("DE89370400440532013000", "2025-02-03", "2025-03-04", Decimal(1000), Decimal("2745.5"))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("was", "altered", "says"),
    [
        ("650,00 | | 350,00", "560,00 | | 350,00", "p1L4-p1L5: the balance printed here does not follow"),
        ("04.02.2025 | Cash desk Oss | | 2.400,00 | 2.750,00\n", "", "p2L2: the balance printed here does not follow"),
        ("Opening balance 1.000,00", "Opening balance 1.000,01", "p1L4-p1L5: the balance printed here"),
        ("Opening balance 1.000,00", "Opening balance 1,000.00", "p1L2: what stands as a balance here is not"),
        ("| 650,00 | | 350,00", "| | 650,00 | 350,00", "p1L4-p1L5: the balance printed here does not follow"),
        ("| 650,00 | | 350,00", "| 65O,00 | | 350,00", "p1L4-p1L5: column debit is not an amount"),
        ("03.02.2025 | Rent", "3 Feb | Rent", "p1L4: this line is no booking"),
    ],
)
def test_a_figure_that_does_not_follow_refuses_the_whole_file(tmp_path, was, altered, says) -> None:
    case = new_case(tmp_path)
    write(tmp_path, "bank.mapping.toml", MAPPING)
    assert was in PAGE
    with pytest.raises(FinflowError, match=r"^a\.pdf") as refused:
        load(case, write(tmp_path, "a.pdf", pdf(PAGE.replace(was, altered), NEXT)))
    assert says in str(refused.value)
    assert "Rent" not in str(refused.value)
    assert rows(case, "SELECT count(*) FROM evidence.source_file") == [(0,)]


def test_a_closing_balance_that_does_not_agree(tmp_path) -> None:
    with pytest.raises(FinflowError, match="closing balance does not agree"):
        loaded(tmp_path, pdf(PAGE, NEXT.replace("balance 2.745,50", "balance 2.745,40")))


def test_balances_at_both_ends_prove_a_layout_without_a_column_of_balances(tmp_path) -> None:
    text = MAPPING.replace("balance = [480, 560]\n", "")
    no_column = [
        page.replace("| 350,00", "").replace("| 2.750,00\n", "\n").replace("| 2.745,50\n", "\n")
        for page in (PAGE, NEXT)
    ]
    case, _ = loaded(tmp_path, pdf(*no_column), text)
    assert rows(case, "SELECT sum(CASE side WHEN 'CRDT' THEN amount ELSE -amount END) FROM entry") == [
        (Decimal("1745.50"),)
    ]


def test_without_any_proof_a_layout_is_refused(tmp_path) -> None:
    text = MAPPING.replace("balance = [480, 560]\n", "").replace("closing = 'Closing balance (-?[0-9.,]+)'\n", "")
    with pytest.raises(FinflowError, match="figures prove that it reads right"):
        loaded(tmp_path, pdf(PAGE, NEXT), text)


def test_a_day_printed_once_for_several_lines(tmp_path) -> None:
    page = PAGE.replace("04.02.2025 | Cash", " | Cash")
    with pytest.raises(FinflowError, match="p1L6: this line is no booking"):
        loaded(tmp_path, pdf(page, NEXT))
    (tmp_path / "again").mkdir()
    case, _ = loaded(
        tmp_path / "again", pdf(page, NEXT), MAPPING.replace("[layout]\n", "[layout]\ndates_once = true\n")
    )
    assert rows(case, "SELECT booking_date::VARCHAR FROM entry ORDER BY seq") == [
        ("2025-02-03",), ("2025-02-03",), ("2025-03-03",)
    ]  # fmt: skip


def test_two_statements_in_one_file(tmp_path) -> None:
    second = NEXT.replace("Date |", "Opening balance 2.750,00 | | | |\nDate |")
    case, _ = loaded(tmp_path, pdf(PAGE, second))
    assert rows(case, "SELECT opening_balance, closing_balance FROM statement ORDER BY from_date") == [
        (Decimal(1000), Decimal(2750)), (Decimal(2750), Decimal("2745.5"))
    ]  # fmt: skip


def test_the_account_is_read_from_the_page_when_no_mapping_names_it(tmp_path) -> None:
    text = MAPPING.replace('account = "DE89370400440532013000"\n', "").replace(
        "[layout]\n", "[layout]\naccount = 'IBAN ([A-Z0-9 ]+)$'\n")  # fmt: skip
    page = PAGE.replace("Testbank statement", "IBAN DE89 3704 0044 0532 0130 00")
    case, _ = loaded(tmp_path, pdf(page, NEXT), text)
    assert rows(case, "SELECT DISTINCT account_id FROM entry") == [("DE89370400440532013000",)]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (pdf(""), "holds no text: it is a scan"),
        (pdf(PAGE, password="secret"), "is locked"),
        (pdf(PAGE)[:700], "is damaged or no PDF"),
        (b"%PDF-1.7\n" + b"\xff" * 3000, "is damaged or no PDF"),
    ],
    ids=["scan", "locked", "cut off", "noise"],
)
def test_what_is_no_printed_statement_is_refused_in_words(tmp_path, data, says) -> None:
    with pytest.raises(FinflowError, match=says):
        loaded(tmp_path, data)


def test_a_layout_is_suggested_that_reads_the_statement(tmp_path) -> None:
    page = PAGE.replace("Testbank statement", "Account DE89 3704 0044 0532 0130 00 in EUR").replace(
        "Text | Out | In |", "Description | Debit | Credit |"
    )
    path = write(tmp_path, "a.pdf", pdf(page, NEXT.replace("Text | Out | In |", "Description | Debit | Credit |")))
    found = suggest(path)
    assert [doubt.partition(":")[0] for doubt in found.unsure] == ["bank", "layout.bottom"]
    mapping = tomlkit.parse(found.text)
    assert (mapping["account"], mapping["currency"]) == ("DE89370400440532013000", "EUR")
    assert dict(mapping["table"]) == {"decimal": ",", "thousands": ".", "dates": "%d.%m.%Y"}
    settled = found.text.replace('bank = "?"', 'bank = "TESTDE22"')
    settled = re.sub(r"unsure = .*", "", settled) + '[skip."carried forward"]\nline = "Carried forward"\n'
    case, _ = loaded(tmp_path, path.read_bytes(), settled.replace("[layout]", "[layout]\nbottom = '^Page'"))
    assert rows(case, "SELECT side, amount, narrative FROM entry ORDER BY seq") == [
        ("DBIT", Decimal(650), "Rent flat A paid by C."), ("CRDT", Decimal(2400), "Cash desk Oss"),
        ("DBIT", Decimal("4.5"), "Fee"),
    ]  # fmt: skip


def test_without_known_words_above_the_columns_nothing_is_suggested(tmp_path) -> None:
    with pytest.raises(FinflowError, match="no line of print holds 3 words"):
        suggest(write(tmp_path, "a.pdf", pdf("Dear Sir | | | | \n03.02.2025 | we write to you | | |")))


def test_a_pdf_without_a_mapping_is_told_to_have_one(tmp_path) -> None:
    with pytest.raises(FinflowError, match=r"a\.pdf is a PDF\. Write a mapping with a \[layout\]"):
        load(new_case(tmp_path), write(tmp_path, "a.pdf", pdf(PAGE)))
