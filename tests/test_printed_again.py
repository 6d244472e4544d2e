"""What is printed again and what is not: pages, re-exports, two formats of one month, overlapping exports."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import finflow
from finflow.keys import content_hash
from finflow.resolve.series import Printed, after, continues

A = "NL91ABNA0417164300"
PAYER = "NL39RABO0300065264"


def mt940(number, opened, opening, closed, closing, *lines, first="F", last="F"):
    """A statement; a line is (YYMMDD, C or D, amount, text)."""
    cut = "".join(
        f":61:{day}{day[2:]}{side}{amount},NTRFNONREF\n:86:{text}\n" for day, side, amount, text in lines
    )  # fmt: skip
    return (
        f":20:X\n:25:{A}\n:28C:{number}\n:60{first}:C{opened}EUR{opening},\n{cut}:62{last}:C{closed}EUR{closing},\n-\n"
    )


def stmt(number, opened, opening, closed, closing, *lines):
    """A statement; a line is (day, CRDT or DBIT, amount, reference, name)."""
    entries = "".join(
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt>{reference and f'<AcctSvcrRef>{reference}</AcctSvcrRef>'}"
        f"<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>{name}</Nm></Dbtr><DbtrAcct><Id><IBAN>{PAYER}</IBAN></Id></DbtrAcct>"
        "</RltdPties></TxDtls></NtryDtls></Ntry>"
        for day, side, amount, reference, name in lines
    )
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
        for code, day, amount in (("OPBD", opened, opening), ("CLBD", closed, closing))
    )
    return (
        f"<Stmt><Id>{number}</Id><FrToDt><FrDtTm>{opened}T00:00:00</FrDtTm><ToDtTm>{closed}T23:59:59</ToDtTm></FrToDt>"
        f"<Acct><Id><IBAN>{A}</IBAN></Id><Ccy>EUR</Ccy></Acct>{balances}{entries}</Stmt>"
    )


def camt(*statements):
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr><MsgId>x</MsgId>'
        f"</GrpHdr>{''.join(statements)}</BkToCstmrStmt></Document>"
    )


@pytest.fixture
def loaded(tmp_path):
    """Files by name -> (case, amounts that count, state of each month in doubt)."""

    def load(**files):
        case = finflow.open_case(tmp_path / "case")
        for name, text in files.items():
            path = tmp_path / f"{name}.{'xml' if text.startswith('<') else 'sta'}"
            path.write_text(text, encoding="utf-8", newline="\n")
            case.load(path)
        case.resolve()
        legs = case.sql("SELECT CASE WHEN side = 'CRDT' THEN amount ELSE -amount END AS m FROM leg ORDER BY m")
        frame = case.check().frame.filter(status="reconciled")
        doubtful = case.check().frame.join(frame, on="month", how="anti")
        return case, [int(x) for x in legs["m"]], doubtful["state"].to_list()

    return load


CARD = ("240102", "D", 10, "CARD 1")


def test_like_lines_of_statements_that_follow_each_other_inside_a_day_all_count(loaded):
    _, legs, doubtful = loaded(
        one=mt940("1/1", "240101", 1000, "240102", 990, CARD, last="M"),
        two=mt940("1/2", "240102", 990, "240102", 980, CARD, first="M"),
    )
    assert (legs, doubtful) == ([-10, -10], [])


def test_pages_of_one_day_in_one_file_all_count_even_when_a_balance_comes_back(loaded):
    paid_in = ("240102", "C", 10, "CASH")
    _, legs, doubtful = loaded(
        one=mt940("1/1", "240102", 1000, "240102", 990, CARD, last="M")
        + mt940("1/2", "240102", 990, "240102", 1000, paid_in, first="M", last="M")
        + mt940("1/3", "240102", 1000, "240102", 990, CARD, first="M"),
    )
    assert (legs, doubtful) == ([-10, -10, 10], [])


def by_page(page, opening, closing, *lines, last=False):
    """A page of a statement over a month, as camt.053 sends it: every page states the whole period."""
    whole = stmt("7", "2024-01-01", opening, "2024-01-31", closing, *lines)
    begins, ends = ("OPBD" if page == 1 else "ITBD", "CLBD" if last else "ITBD")
    pages = f"<StmtPgntn><PgNb>{page}</PgNb><LastPgInd>{str(last).lower()}</LastPgInd></StmtPgntn><FrToDt>"
    return whole.replace("OPBD", begins).replace("CLBD", ends).replace("<FrToDt>", pages)


PAGES = [
    by_page(1, 0, 70, ("2024-01-05", "CRDT", 100, "", "X"), ("2024-01-06", "DBIT", 30, "", "Y")),
    by_page(2, 70, 40, ("2024-01-06", "DBIT", 30, "", "Y")),
    by_page(3, 40, 45, ("2024-01-09", "CRDT", 5, "", "Z"), last=True),
]


def test_pages_that_each_state_the_whole_period_are_one_statement(loaded):
    case, moved, doubtful = loaded(pages=camt(*PAGES))
    assert (moved, doubtful) == ([-30, -30, 5, 100], [])
    assert case.sql("SELECT DISTINCT bank_statement_id FROM statement ORDER BY ALL").to_series().to_list() == [
        "7/1", "7/2", "7/3",
    ]  # fmt: skip


def test_pages_in_files_of_their_own_are_one_statement_in_any_order(loaded):
    _, moved, doubtful = loaded(c=camt(PAGES[2]), a=camt(PAGES[0]), b=camt(PAGES[1]))
    assert (moved, doubtful) == ([-30, -30, 5, 100], [])


def test_pages_sent_again_count_once(loaded):
    _, moved, doubtful = loaded(pages=camt(*PAGES), again=camt(*PAGES).replace("<MsgId>x", "<MsgId>y"))
    assert (moved, doubtful) == ([-30, -30, 5, 100], [])


def test_a_page_left_out_leaves_the_month_in_doubt(loaded):
    _, moved, doubtful = loaded(pages=camt(PAGES[0], PAGES[2]))
    assert moved == [-30, 5, 100]
    assert len(doubtful) == 1


def test_a_page_that_is_not_there_makes_a_gap_and_merges_nothing(loaded):
    _, legs, doubtful = loaded(
        one=mt940("1/1", "240101", 1000, "240102", 990, CARD, last="M"),
        three=mt940("1/3", "240102", 980, "240102", 970, CARD, first="M"),
    )
    assert (legs, doubtful) == ([-10, -10], ["EUR gap -10"])


PAID = ("2024-01-05", "CRDT", 100, "R1", "X")
JANUARY = ("1", "2024-01-01", 0, "2024-01-31", 100)


def test_a_statement_twice_in_one_file_counts_once(loaded):
    case, legs, doubtful = loaded(one=camt(stmt(*JANUARY, PAID), stmt(*JANUARY, PAID)))
    assert (legs, doubtful) == ([100], [])
    assert case.check().again.select("exhibit", "counted_in", "lines", "rule").rows() == [
        ("E-001", "E-001", 1, "bank reference")
    ]


@pytest.mark.parametrize("text", ["rent from X", "another wording"])
def test_a_month_in_two_formats_counts_once_and_the_line_that_names_more_stays(loaded, text):
    case, legs, doubtful = loaded(
        one=camt(stmt(*JANUARY, PAID)),
        two=mt940("1/1", "240101", 0, "240131", 100, ("240105", "C", 100, text)),
    )
    assert (legs, doubtful) == ([100], [])
    assert case.sql("SELECT counterparty_account_id FROM leg")[0, 0] == PAYER
    assert case.check().again["rule"].to_list() == ["day printed twice: amount and side"]


def test_three_printings_of_one_month_count_once(loaded):
    _, legs, doubtful = loaded(
        one=camt(stmt(*JANUARY, PAID)),
        two=camt(stmt("2", *JANUARY[1:], PAID)),
        three=mt940("1/1", "240101", 0, "240131", 100, ("240105", "C", 100, "rent")),
    )
    assert (legs, doubtful) == ([100], [])


def test_days_inside_a_month_of_another_format_count_once(loaded):
    lines = [PAID, ("2024-01-06", "DBIT", 30, "R2", "Y"), ("2024-01-06", "DBIT", 30, "R3", "Y")]
    _, legs, doubtful = loaded(
        month=camt(stmt("1", "2024-01-01", 0, "2024-01-31", 40, *lines)),
        day5=mt940("1/1", "240104", 0, "240105", 100, ("240105", "C", 100, "rent")),
        day6=mt940("2/1", "240105", 100, "240106", 40, ("240106", "D", 30, "a"), ("240106", "D", 30, "b")),
    )
    assert (legs, doubtful) == ([-30, -30, 100], [])


def test_what_two_printings_of_a_month_do_not_share_is_never_reconciled(loaded):
    case, legs, doubtful = loaded(
        one=camt(stmt(*JANUARY, PAID)),
        two=mt940("1/1", "240101", 0, "240131", 100, ("240105", "C", 60, "rent"), ("240105", "C", 40, "rent")),
    )
    assert doubtful == ["EUR overlap 200"]
    assert case.check().frame["status"].to_list() == ["overlap"]
    assert legs == [40, 60, 100]  # nobody can say which; the month is in doubt until a person has


def test_what_one_printing_has_beyond_the_other_cancels_against_nothing(loaded):
    there_and_back = [("2024-01-07", side, 5, f"S{side}", "Y") for side in ("CRDT", "DBIT")]
    _, _, doubtful = loaded(one=camt(stmt(*JANUARY, PAID)), two=camt(stmt("2", *JANUARY[1:], PAID, *there_and_back)))
    assert doubtful == ["EUR overlap 10"]


def test_an_export_cut_inside_a_day_and_one_that_begins_with_that_day(loaded):
    whole = [("2024-01-15", "DBIT", 3, "R2", "Y"), ("2024-01-15", "DBIT", 3, "R3", "Y")]
    _, legs, doubtful = loaded(
        one=camt(stmt("1", "2024-01-01", 0, "2024-01-15", 97, PAID, whole[0])),
        two=camt(stmt("2", "2024-01-15", 100, "2024-01-31", 94, *whole)),
    )
    assert (legs, doubtful) == ([-3, -3, 100], [])


def test_the_same_money_on_days_that_do_not_balance_alike_is_two_movements(loaded):
    _, legs, doubtful = loaded(
        one=camt(stmt(*JANUARY, PAID)),
        two=camt(stmt("2", "2024-01-01", 0, "2024-01-31", 200, ("2024-01-05", "CRDT", 100, "R1", "X"),
                      ("2024-01-05", "CRDT", 100, "R2", "X"))),
    )  # fmt: skip
    assert legs == [100, 100]
    assert doubtful == ["EUR overlap 100"]


# ------------------------------------------------------------------------------------------------- what follows what


def printed(first, last, opening, closing, number=None, file="f", moved=0):
    days = [date(2024, 1, day) for day in (first, last + 1)]
    ends = [None if end is None else Decimal(end) for end in (opening, closing)]
    found = Printed(f"{file}:{number}", file, "L1", *days, *ends, number, Decimal(moved))
    return after(found, None)


@pytest.mark.parametrize(
    ("last", "this", "goes_on"),
    [
        (printed(1, 10, 0, 5), printed(11, 20, 5, 9, file="g"), True),
        (printed(1, 10, 0, 5), printed(11, 20, 7, 9, file="g"), True),  # with a gap
        (printed(1, 10, 0, 5, moved=5), printed(10, 20, 5, 9, file="g"), True),  # the day they share began before
        (printed(1, 10, 0, 5, moved=0), printed(10, 20, 5, 9, file="g"), False),  # or is printed again
        (printed(1, 10, 0, 5, "1"), printed(10, 20, 5, 9, "2", file="g"), True),
        (printed(1, 10, 0, 5, moved=5), printed(10, 20, 0, 9, file="g"), False),  # begins with the day again
        (printed(1, 10, 0, 5, moved=5), printed(10, 20, 8, 9, file="g"), True),  # neither: a gap
        (printed(1, 10, 0, 0, "1"), printed(1, 10, 0, 0, "2", file="g"), False),  # an export of one month, twice
        (printed(1, 10, 0, 0, "1"), printed(1, 10, 0, 0, "2"), True),
        (printed(1, 10, 0, 0, "1"), printed(1, 10, 0, 0, "1"), False),
        (printed(1, 10, 0, 0, "1/1"), printed(5, 12, 0, 3, "1/2", file="g"), True),  # a page
        (printed(1, 10, 0, 0, "1"), printed(5, 12, 0, 3, "2", file="g"), False),
        (printed(1, 20, 0, 5, "1/1"), printed(1, 20, 5, 9, "1/2"), True),  # pages that all state the whole period
        (printed(1, 20, 0, 5, "1/1"), printed(1, 20, 6, 9, "1/2"), False),
        (printed(1, 20, 0, None, "1/1"), printed(1, 20, None, 9, "1/2"), True),  # which page ends on what is not said
        (printed(1, 20, 0, None, "1/1"), printed(1, 20, None, 9, "1/2", file="g"), False),
        (printed(1, 20, 0, None, "1/1"), printed(1, 20, None, 9, "2/1"), False),
    ],
)
def test_what_goes_on_after_a_statement(last, this, goes_on):
    assert continues(this, last) is goes_on


# ------------------------------------------------------------------------------------------------------------- order

LINES = [("2024-01-05", "CRDT", 100, "R1", "X"), ("2024-01-06", "DBIT", 30, "R2", "Y"),
         ("2024-01-06", "DBIT", 30, "R3", "Y"), ("2024-01-09", "CRDT", 5, "R4", "Z")]  # fmt: skip
FILES = {
    "month.xml": camt(stmt("1", "2024-01-01", 0, "2024-01-31", 45, *LINES)),
    "again.xml": camt(stmt("2", "2024-01-06", 100, "2024-02-10", 38, *LINES[1:], ("2024-02-02", "DBIT", 7, "R5", "Y"))),
    "one.sta": mt940("1/1", "240104", 0, "240106", 70, ("240105", "C", 100, "rent"), ("240106", "D", 30, "a"), last="M"),
    "two.sta": mt940("1/2", "240106", 70, "240106", 40, ("240106", "D", 30, "a"), first="M"),
    "late.sta": mt940("9/1", "240210", 40, "240212", 39, ("240212", "D", 1, "b")),
}  # fmt: skip


def derived(folder, order):
    case = finflow.open_case(folder / f"case-{'-'.join(order)}")
    for name in order:
        case.load(folder / name)
    case.resolve()
    tables = ("duplicate_entry", "transfer", "leg", "account", "party")
    with case.reading() as con:
        rows = [con.sql(f"SELECT * FROM {table} ORDER BY ALL").fetchall() for table in tables]
        return rows, content_hash(con), case.check().frame.rows(), case.check().gaps.rows()


@pytest.fixture(scope="module")
def in_order(tmp_path_factory):
    folder = tmp_path_factory.mktemp("orders")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return folder, derived(folder, list(FILES))


def test_the_overlapping_files_count_each_movement_once(in_order):
    rows, _, frame, _ = in_order[1]
    assert sorted(int(row[7]) for row in rows[2]) == [1, 5, 7, 30, 30, 100]
    assert [row[2] for row in frame] == ["reconciled", "gap"]


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(list(FILES)))
def test_loading_in_any_order_gives_the_same_case(in_order, order):
    folder, first = in_order
    assert derived(folder, order) == first
