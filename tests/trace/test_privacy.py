"""What verbs of tracing write into the log and say in errors: no account, no name, only how many."""

import json
from datetime import date

import pytest
from typer.testing import CliRunner

import finflow
from finflow import cli, log
from finflow.errors import FinflowError
from finflow.report.exhibit import runs
from finflow.trace.policies import ALLOWED, is_value, parted, said, unnamed
from tests.core_support import book, copied

WHO = {"by": "investigator", "why": "shown by the ledger"}
IBAN, SECOND, NAME = "NL91ABNA0417164300", "DE89370400440532013000", "Jane Roe"
LINES = f"""
    account  | date       | amount | name     | other    | kind
    {IBAN}   | 2025-01-01 |    100 | {NAME}   |          | transfer
    {IBAN}   | 2025-01-02 |    -60 | {NAME}   | {SECOND} | transfer
    {SECOND} | 2025-01-02 |     60 | {NAME}   | {IBAN}   | transfer
    {SECOND} | 2025-01-03 |    -40 | {NAME}   |          | transfer
    {IBAN}   | 2025-01-04 |    -90 | {NAME}   |          | transfer
"""
SAME_DAY = f"printed, {IBAN}=credits_first, {SECOND}=debits_first"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    case = finflow.open_case(tmp_path_factory.mktemp("made") / "case")
    with case.writing() as con:
        prefix = book(con, LINES, opening=0)
    case.resolve()
    case.decide(f"{prefix}:L1", "proceeds", label=NAME, **WHO)
    case.decide(NAME, "asset_payment", f"{prefix}:L4", **WHO)
    return case.folder.parent, prefix


@pytest.fixture
def case(made, tmp_path):
    folder, prefix = made
    case = copied(folder, tmp_path)
    case.prefix = prefix
    return case


def is_personal(text):
    return [value for value in (IBAN, SECOND, "ABNA0417", *NAME.split()) if value in text]


ASKED = {
    "trace": lambda case: case.trace(case.proceeds(), method="libr", same_day=SAME_DAY),
    "compare": lambda case: case.compare(
        case.proceeds(), {NAME: [f"{case.prefix}:L4"]}, accounts={IBAN: date(2025, 1, 4)}, same_day=SAME_DAY
    ),
    "claims": lambda case: case.claims(IBAN, case.proceeds(), same_day=SAME_DAY),
    "composition": lambda case: case.composition(NAME, same_day=SAME_DAY),
    "reach": lambda case: case.reach(case.proceeds()),
    "earlier_debits": lambda case: case.earlier_debits(case.trace(case.proceeds(), same_day=SAME_DAY)),
    "why": lambda case: case.trace(case.proceeds(), same_day=SAME_DAY).why(SECOND),
}


@pytest.mark.parametrize("verb", ASKED)
def test_no_account_and_no_name_reaches_the_log(case, verb):
    found = ASKED[verb](case)
    assert str(found)
    lines = [json.dumps(line, ensure_ascii=False) for line in log.lines(case.folder)]
    assert any(f'"{verb}"' in line for line in lines) or verb == "why"
    assert not [line for line in lines if is_personal(line)]


def test_the_log_says_how_many_accounts_have_an_order_of_their_own_and_the_report_reads_it(case):
    trail = ASKED["trace"](case)
    asked = [line["detail"] for line in log.lines(case.folder) if line["verb"] == "trace" and line["phase"] == "intent"]
    assert asked[-1]["same_day"] == "printed, account 1=credits_first, account 2=debits_first"
    assert asked[-1]["dust"] == "none"
    told = "order within a day: as printed, credits first on accounts named: 1, debits first on accounts named: 1"
    assert told in runs(case)["policies"][-1]
    assert told in trail.statement


def test_which_account_cannot_be_told_from_the_place_in_the_log():
    one, other = (unnamed({"same_day": f"printed, {a}=debits_first, {b}=credits_first"}) for a, b in ("AB", "BA"))
    assert one == other
    assert is_value("same_day", one["same_day"])
    assert said("same_day", one["same_day"]) == said("same_day", "printed, A=debits_first, B=credits_first")
    every = {name: values[0] for name, values in ALLOWED.items()} | {"dust": "none, EUR=0.50"}
    assert unnamed(every) == every
    assert parted("dust", unnamed(every)["dust"])[1] == {"EUR": "0.50"}


WRONG = {
    "a trace of an account without a line": lambda case: case.trace(case.proceeds(), same_day=f"{IBAN}1=printed"),
    "a policy with an account": lambda case: case.trace(case.proceeds(), same_day=f"{IBAN}"),
    "a comparison of what nobody paid for": lambda case: case.compare(case.proceeds(), [f"{NAME}s", SECOND]),
    "a comparison on a day": lambda case: case.compare(case.proceeds(), accounts={IBAN: date(2024, 1, 1)}),
    "claims on another account": lambda case: case.claims(SECOND, case.proceeds()),
    "claims by another rule": lambda case: case.claims(IBAN, case.proceeds(), rule="pari"),
    "a composition of an account": lambda case: case.composition(IBAN),
    "a path to an account without traced money": lambda case: case.trace(case.proceeds()).why("Somebody Roe"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_no_error_repeats_an_account_or_a_name(case, wrong):
    with pytest.raises(FinflowError) as caught:
        WRONG[wrong](case)
    assert not is_personal(str(caught.value))


@pytest.mark.parametrize("words", [
    ("composition", IBAN), ("claims", SECOND), ("trace", "--why", f"{NAME}s"),
    ("compare", f"{NAME}s"), ("trace", "-p", f"same_day={IBAN}x=printed"), ("trace", "-p", f"{IBAN}=1"),
    ("composition", NAME, "--same-day", f"{IBAN}=first"), ("earlier-debits", "--tolerance", NAME), ("trace-outputs",),
])  # fmt: skip
def test_no_error_of_the_command_line_repeats_them(case, words):
    told = CliRunner().invoke(cli.app, [words[0], str(case.folder), *words[1:]])
    assert told.exit_code == 2
    assert not is_personal(told.output)
