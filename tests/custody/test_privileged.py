"""Privileged payments: day and amount stay, nobody sees with whom or what for."""

import pytest

import finflow
from finflow.errors import FinflowError
from tests.core_support import copied
from tests.custody.support import LAWYER, LEDGER, NL, WHO, derived, files_with, leg, loaded, write

CONTENT = (LAWYER, "Duin Advocaten", "DUIN ADVOCATEN", "dossier 77")


def listed_first(folder, value):
    case = finflow.open_case(folder / "case")
    case.decide(value, "listed", "privileged", **WHO)
    case.load(write(folder))
    case.resolve()
    return case


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    listed_first(folder, LAWYER)
    return folder


@pytest.fixture
def case(made, tmp_path):
    return copied(made, tmp_path)


def everything(case):
    """Every row of every view and derived table, as text."""
    names = case.sql("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' AND table_name <> 'decision' "
                     "UNION ALL SELECT view_name FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal "
                     "AND view_name NOT IN ('decision_last', 'decision_holding', 'listed')")  # fmt: skip
    with case.reading() as con:
        return "\n".join(str(con.execute(f'SELECT * FROM "{name}"').fetchall()) for (name,) in names.rows())


@pytest.mark.parametrize("value", [LAWYER, f"{LAWYER[:4]} {LAWYER[4:8]} {LAWYER[8:]}", "duin advocaten", "Dossier 77"])
def test_an_account_a_name_or_a_word_on_the_list_hides_the_payment_from_the_first_moment(tmp_path, value):
    case = listed_first(tmp_path, value)
    assert [text for text in CONTENT if text in everything(case)] == []
    line = case.sql("SELECT * FROM leg WHERE amount = 300").to_dicts()[0]
    assert (line["narrative"], line["kind"], line["counterparty_account_id"]) == ("privileged, excluded", "other", None)
    assert str(line["booking_date"]) == "2025-01-03"


def test_nothing_else_is_hidden(case):
    assert "cigarettes" in everything(case)
    assert case.sql("SELECT count(*) AS n FROM leg WHERE narrative = 'privileged, excluded'")["n"].item() == 1


def test_balances_hold_with_the_amount(case):
    sums = "SELECT sum(CASE side WHEN 'CRDT' THEN amount ELSE -amount END) AS left FROM leg WHERE account_id = $account"
    assert case.sql(sums, account=NL)["left"].item() == 500


def test_a_single_line_hidden_later_disappears_from_what_was_derived_and_comes_back(tmp_path):
    case = loaded(tmp_path, write(tmp_path))
    before = derived(case)
    case.decide(leg(case, 300), "privileged", **WHO)
    assert [text for text in CONTENT if text in str(derived(case))] == []
    case.decide(leg(case, 300), "privileged", amount="0", **WHO)
    assert derived(case) == before


def test_a_list_that_comes_later_hides_at_once(tmp_path):
    case = loaded(tmp_path, write(tmp_path))
    case.decide("Duin Advocaten", "listed", "privileged", **WHO)
    assert [text for text in CONTENT if text in str(derived(case))] == []


def test_a_line_that_is_not_there_cannot_be_hidden(case):
    with pytest.raises(FinflowError, match="no bank line with this id"):
        case.decide("0123456789abcdef:L9", "privileged", **WHO)


def test_a_rejected_record_that_names_the_lawyer_is_hidden(tmp_path):
    case = finflow.open_case(tmp_path / "case")
    case.decide("Duin Advocaten", "listed", "privileged", **WHO)
    case.load(write(tmp_path, ledger=LEDGER + f"{NL};not a day;1.00;;Duin Advocaten;x\n{NL};never;1.00;;Kiosk;x\n"))
    raws = case.sql("SELECT raw FROM rejected_row ORDER BY locator")["raw"].to_list()
    assert raws[0] == "privileged, excluded"
    assert "Kiosk" in raws[1]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT narrative FROM evidence.entry", 'FROM "EVIDENCE".entry', "SUMMARIZE evidence.entry",
        "WITH x AS (SELECT * FROM evidence.entry) SELECT * FROM x", 'SELECT (SELECT max(narrative) FROM "case".evidence.entry)',
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM entry SEMI JOIN evidence.entry USING (entry_id))",
        "SELECT * FROM query('SELECT * FROM evidence.entry')", "FROM query_table('evidence.entry')",
        "FROM pragma_storage_info('evidence.entry')", "FROM read_blob('originals/*')", "FROM 'originals/x.csv'",
        "SELECT 1; SELECT * FROM evidence.entry",
    ],
)  # fmt: skip
def test_no_query_goes_round_the_views(case, query):
    with pytest.raises(FinflowError, match=r"may not read the schema evidence|no files and no other functions|Ask one"):
        case.sql(query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) AS n FROM entry WHERE amount > $least", "FROM duckdb_tables()", "DESCRIBE entry",
        "SELECT unnest([1, 2]) AS n", "SELECT evidence FROM decision", "FROM range(3)",
    ],
)  # fmt: skip
def test_questions_that_go_through_the_views_are_answered(case, query):
    assert case.sql(query, **({"least": 1} if "$" in query else {})).height


def test_pages_say_how_many_and_by_whom_and_not_what(case):
    case.decide(leg(case, 1000), "proceeds", label="O", **WHO)
    trail = case.trace(case.proceeds())
    report = finflow.report
    shown = [
        case.network(trail), case.timeline(trail), case.sankey(trail), trail, case.requests(trail), case.detect(),
        report.material(case), report.inquiries(case, trail), report.annexes(case, trail, case.assets(trail)),
    ]  # fmt: skip
    pages = [page._repr_html_() for page in shown]
    assert [page[:60] for page in pages if any(text in page for text in CONTENT)] == []
    assert "privileged, excluded" in pages[0]
    assert "1 payment as privileged by decision of Lead investigator" in pages[6]


def test_results_and_the_log_hold_nothing_of_it(case):
    case.decide(leg(case, 1000), "proceeds", label="O", **WHO)
    case.trace(case.proceeds())
    held = {"case.duckdb", "originals/" + case.sources().frame["sha256"][0]}
    assert set(files_with(case.folder, *CONTENT)) <= held
