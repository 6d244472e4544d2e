"""The sample case: three payments to a lawyer, 9,500 in all, of which nothing but day and amount is seen."""

from decimal import Decimal

import pytest

import finflow
from finflow.sample import sample_folder

LAWYER = ("Duinmeer", "DUINMEER", "declaratie dossier")


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    case = finflow.open_case(tmp_path_factory.mktemp("salt") / "case")
    case.load(sample_folder() / "bank" / "noordkade_NL-22_2026.xml")
    case.decide_from(sample_folder() / "decisions" / "lists.csv")
    case.resolve()
    return case


def test_the_lawyer_is_paid_9500_and_not_seen(case):
    found = case.sql("SELECT booking_date, amount FROM leg WHERE narrative = 'privileged, excluded' ORDER BY ALL")
    assert found["amount"].sum() == Decimal(9500)
    assert [f"{day:%m-%d}" for day in found["booking_date"]] == ["01-20", "02-24", "04-14"]
    with case.reading() as con:
        rows = [
            con.execute(f"SELECT * FROM {name}").fetchall()
            for name in ("entry", "detail", "transfer", "leg", "account")
        ]
    assert [text for text in LAWYER if text in str(rows)] == []


def test_the_report_counts_them(case):
    page = finflow.report.material(case)._repr_html_()
    assert "3 payments as privileged by decision of Financial investigator A. Verhulsdonk" in page
    pages = [case.requests(), case.detect(), case.network()]
    assert [text for text in LAWYER for page in pages if text in page._repr_html_()] == []
    assert "privileged, excluded" in pages[2]._repr_html_()
