"""What an amount is worth in another currency: by a rate of a day and a source, or not at all."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import finflow
from finflow.errors import FinflowError
from finflow.keys import basis
from finflow.rates import BANK, Rates, transfer_values
from tests.core_support import book

A = "NL91ABNA0417164300"
HEAD = "| account | date | amount | currency |\n"
LEI = "from_date,currency,units_for_one_euro\n2024-04-01,MDL,19.12\n2024-07-01,MDL,19.25\n"


@pytest.fixture
def case(tmp_path):
    return finflow.open_case(tmp_path / "case")


@pytest.fixture
def kept(case, tmp_path):
    def run(text, name="rates.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return case.rates(path)

    return run


def rate(case, currency, day):
    with case.reading() as con:
        found = Rates(con).of(currency, date.fromisoformat(day))
    return found and (found.per_euro, str(found.on), found.source)


def values(case, lines, currency="EUR"):
    """The values of lines (date, amount, currency), in their order."""
    with case.writing() as con:
        book(con, HEAD + "".join(f"| {A} | {day} | {amount} | {booked} |\n" for day, amount, booked in lines))
    case.resolve()
    with case.reading() as con:
        return transfer_values(con, currency).to_dicts()


@pytest.mark.parametrize(
    ("currency", "day", "found"),
    [
        ("HUF", "2024-01-05", (Decimal("378.23"), "2024-01-05", BANK)),
        ("HUF", "2024-01-07", (Decimal("378.23"), "2024-01-05", BANK)),  # Sunday: the rate of Friday
        ("HUF", "2024-04-01", (Decimal("395.26"), "2024-03-28", BANK)),  # Easter Monday
        ("EUR", "2024-01-07", (Decimal(1), "None", "")),
        ("MDL", "2024-04-01", None),  # none is published
        ("RUB", "2022-03-07", (Decimal("117.2010"), "2022-03-01", BANK)),
        ("RUB", "2022-03-08", None),  # no longer published
        ("BGN", "2026-02-02", None),  # the lev is gone
        ("HUF", "1998-12-31", None),
        ("BTC", "2024-01-05", None),
    ],
)
def test_the_last_published_rate_counts_for_a_few_days(case, currency, day, found):
    assert rate(case, currency, day) == found


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2024-03-31", None),
        ("2024-04-01", (Decimal("19.12"), "2024-04-01", "exhibit E-001")),
        ("2024-06-30", (Decimal("19.12"), "2024-04-01", "exhibit E-001")),
        ("2024-07-01", (Decimal("19.25"), "2024-07-01", "exhibit E-001")),
        ("2024-09-30", (Decimal("19.25"), "2024-07-01", "exhibit E-001")),
        ("2024-10-01", None),  # a quarter after the last
    ],
)
def test_a_rate_of_a_file_holds_until_the_next(case, kept, day, found):
    kept(LEI)
    assert rate(case, "MDL", day) == found


def test_a_published_rate_goes_before_a_supplied_one(case, kept):
    kept(LEI.replace("MDL", "HUF"))
    assert rate(case, "HUF", "2024-04-02")[2] == BANK


def test_values_say_rate_day_and_source_and_none_is_invented(case):
    lines = [("2024-01-07", "-1000", "HUF"), ("2024-01-07", "-5.5", "EUR"), ("2024-01-07", "-100", "MDL")]
    assert [list(row.values())[1:] for row in values(case, lines)] == [
        [Decimal("2.64"), "EUR", Decimal("0.002643893927"), date(2024, 1, 5), BANK, None],
        [Decimal("5.5"), "EUR", Decimal(1), None, "as booked", None],
        [None, "EUR", None, None, None, "no reference rate for MDL on this day or shortly before"],
    ]


def test_two_rates_give_a_value_between_two_currencies(case, kept):
    kept(LEI)
    (row,) = values(case, [("2024-04-14", "-19.12", "MDL")], "HUF")
    assert (row["value"], row["rate_on"]) == (Decimal("391.63"), date(2024, 4, 1))  # forint of Friday 12 April
    assert row["rate_source"] == f"exhibit E-002; {BANK}"


@given(
    st.decimals("0.01", "99999999", places=2),
    st.sampled_from(["USD", "JPY", "HUF", "GBP"]),
    st.sampled_from(["EUR", "JPY", "CHF"]),
)
@settings(deadline=None, max_examples=40)
def test_values_are_exact_and_rounded_once(amount, booked, wanted):
    import duckdb

    from finflow.rates import _pair  # the row of rates a value is made of

    con = duckdb.connect()
    con.execute("CREATE TABLE rate (file_id VARCHAR, from_date DATE, currency VARCHAR, per_euro DECIMAL(28, 8))")
    con.execute("CREATE TABLE exhibit (file_id VARCHAR, exhibit VARCHAR)")
    con.execute("CREATE TABLE transfer AS SELECT 't' AS transfer_id, $a::DECIMAL(28, 8) AS amount, $c AS currency, "
                "DATE '2024-01-05' AS booking_date", {"a": amount, "c": booked})  # fmt: skip
    found = transfer_values(con, wanted)["value"][0]
    if booked == wanted:
        assert found == amount
        return
    _, _, numerator, denominator, *_ = _pair(Rates(con), booked, wanted, date(2024, 1, 5))
    places = 0 if wanted == "JPY" else 2
    units = int(amount * 100) * numerator * 10**places
    whole, rest = divmod(units, denominator * 100)
    assert found * 10**places == whole + (2 * rest >= denominator * 100)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day,currency,rate\n2024-04-01,MDL,19\n", "begins with the line from_date,currency,units_for_one_euro"),
        (LEI.splitlines()[0], "holds a rate"),
        (LEI + "2024-08-01,MDL\n", "line 4: write 3 columns"),
        (LEI + "01.08.2024,MDL,19\n", "line 4: write it like"),
        (LEI + "2024-08-01,MDL,19,5\n", "line 4: write 3 columns"),
        (LEI + "2024-08-01,MDL,0\n", "line 4: units_for_one_euro is no rate"),
        (LEI + "2024-08-01,MDL,-1\n", "line 4: units_for_one_euro is no rate"),
        (LEI + "2024-08-01,MDL,NaN\n", "line 4: units_for_one_euro is no rate"),
        (LEI + "2024-08-01,XQX,1\n", "line 4: currency is no code of ISO 4217"),
        (LEI + "2024-07-01,MDL,19.30\n", "two rates for one day"),
        (b"from_date\xff", "no CSV text in UTF-8"),
    ],
)
def test_a_rates_file_at_fault_is_refused_whole(case, kept, text, said):
    with pytest.raises(FinflowError, match=said):
        kept(text)
    assert case.sql("SELECT count(*) AS n FROM rate")["n"][0] == 0


def test_rates_are_evidence_with_a_right_a_hash_and_an_original(case, kept, tmp_path):
    (tmp_path / "sources.toml").write_text(
        '[[source]]\nfiles = ["rates.csv"]\nobtained_by = "open source"\n', encoding="utf-8"
    )
    with case.reading() as con:
        before = basis(con)
    shown = kept(LEI).frame
    assert shown.rows() == [("MDL", 2, date(2024, 4, 1), date(2024, 7, 1))]
    kept(LEI)  # again: nothing changes
    row = case.sources().frame.row(0, named=True)
    assert (row["file"], row["format"], row["obtained_by"]) == ("rates.csv", "rates", "open source")
    assert (case.folder / "originals" / row["sha256"]).read_bytes() == LEI.encode()
    with case.reading() as con:
        assert basis(con) != before
    case.decide(row["sha256"], "withdrawn", by="judge", why="wrong table")
    assert rate(case, "MDL", "2024-04-01") is None


def test_the_rates_file_of_the_sample_case_is_read(case):
    from finflow.sample import sample_folder

    assert case.rates(sample_folder() / "rates_mdl.csv").frame["rates"].to_list() == [9]
