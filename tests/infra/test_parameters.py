from datetime import date
from decimal import Decimal

import pytest

from finflow import FinflowError
from finflow.parameters import checked, declared_in, from_text, parameters

CELL = """\
case: str = "saltmarsh"         # folder of the case
partner: str                    # State the report is for
rows: int = 20                  # rows a table shows; "#" inside a text is no comment
sealed: bool = False
methods: list[str] = ["fifo", "l#i=fo"]  # methods to compare
from_date: str = ""             # first day, YYYY-MM-DD
least_amount: str = "1000.00"   # smallest payment shown
"""
DECLARED = declared_in(CELL, "90_jit_report")


def test_the_cell_is_its_own_manual():
    assert [str(parameter) for parameter in DECLARED] == [
        "case: str = 'saltmarsh'  # folder of the case",
        "partner: str  # State the report is for",
        'rows: int = 20  # rows a table shows; "#" inside a text is no comment',
        "sealed: bool = False",
        "methods: list[str] = ['fifo', 'l#i=fo']  # methods to compare",
        "from_date: str = ''  # first day, YYYY-MM-DD",
        "least_amount: str = '1000.00'  # smallest payment shown",
    ]


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("rows = 20", "line 1 of the parameters cell: write name: type = default"),
        ("a: int = 1\nb: float = 1.0", "line 2 of the parameters cell: the type of b must be one of str, int, bool"),
        ("a: int = '1'", "the default of a must be a plain int"),
        ("a: int = True", "the default of a must be a plain int"),
        ("a: str = str(1)", "the default of a must be a plain str"),
        ("a: list[str] = [1]", "the default of a must be a plain list[str]"),
        ("from_date: str = '1 May'", "parameter from_date is no day"),
        ("import os", "write name: type = default"),
        ("%time\na: int = 1", "is not Python"),
        ("a: str = (", "is not Python"),
    ],
)
def test_a_cell_of_another_form_is_refused(cell, says):
    with pytest.raises(FinflowError) as error:
        declared_in(cell, "x")
    assert says in str(error.value)


def test_values_pass_when_all_fits():
    given = {"partner": "NL", "rows": 5, "sealed": True, "methods": ["libr"], "from_date": "2024-05-01"}
    assert checked(DECLARED, given, "x") == given


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"partner": "NL", "row": 5}, "has no parameter 'row'. Did you mean rows?"),
        ({"partner": "NL", "zzz": 5}, "Its parameters: case, from_date, least_amount"),
        ({}, "needs parameter partner: State the report is for."),
        ({"partner": "NL", "rows": "5"}, "parameter rows must be int, not str"),
        ({"partner": "NL", "rows": True}, "parameter rows must be int, not bool"),
        ({"partner": "NL", "sealed": 1}, "parameter sealed must be bool, not int"),
        ({"partner": "NL", "methods": "fifo"}, "parameter methods must be list[str], not str"),
        ({"partner": "NL", "methods": ["fifo", 1]}, "parameter methods must be list[str], not list"),
        ({"partner": "NL", "from_date": "2024-13-01"}, 'parameter from_date is no day. Type it as from_date="2024-05'),
        ({"partner": "NL", "least_amount": "1.000,00"}, "parameter least_amount is no number"),
        ({"partner": "NL", "least_amount": "NaN"}, "parameter least_amount is no number"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_what_to_type(given, says):
    with pytest.raises(FinflowError) as error:
        checked(DECLARED, given, "90_jit_report")
    assert says in str(error.value)
    assert str(error.value).startswith("90_jit_report")


def test_no_message_repeats_the_value():
    for given in ({"from_date": "NL91ABNA0417164300"}, {"least_amount": "NL91ABNA0417164300"}):
        with pytest.raises(FinflowError) as error:
            checked(DECLARED, {"partner": "NL", **given}, "x")
        assert "NL91" not in str(error.value)


def test_a_notebook_without_parameters_takes_none():
    with pytest.raises(FinflowError, match="It takes none"):
        checked((), {"partner": "NL"}, "x")


def test_text_from_a_command_line_gets_its_declared_type():
    pairs = ["partner=N=L", "rows=7", "sealed=YES", "methods=fifo", "methods=libr", "other=1"]
    assert from_text(DECLARED, pairs, "x") == {
        "partner": "N=L",
        "rows": 7,
        "sealed": True,
        "methods": ["fifo", "libr"],
        "other": "1",
    }


@pytest.mark.parametrize("pair", ["partner", "rows=many", "sealed=maybe"])
def test_text_that_is_no_value_is_refused(pair):
    with pytest.raises(FinflowError):
        from_text(DECLARED, [pair], "x")


def test_the_next_cell_gets_days_and_decimals():
    given = parameters(from_date="2024-05-01", decided_on="", least_amount="1000.00", paid_share="0.25", partner="NL")
    assert given.from_date == date(2024, 5, 1)
    assert given.decided_on is None
    assert given.least_amount == Decimal("1000.00")
    assert given.paid_share == Decimal("0.25")
    assert given.partner == "NL"


def test_the_next_cell_refuses_what_is_no_day():
    with pytest.raises(FinflowError, match="parameter from_date is no day"):
        parameters(from_date="yesterday")


def test_a_same_day_order_may_except_accounts():
    order = "printed, A-1=credits_first"
    assert parameters(same_day=order).same_day == order
    assert from_text(DECLARED, [f"same_day={order}"], "the notebook")["same_day"] == order
    with pytest.raises(FinflowError, match="same_day is one of printed"):
        parameters(same_day="printed, A-1=sometimes")
