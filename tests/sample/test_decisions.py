"""What the invented investigator decided cites lines that exist, and marks only what a person could mark."""

import csv
import re
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal

import pytest

from finflow.sample.accounts import ACCOUNTS
from finflow.sample.people import CAST

COMMON = ["decided_by", "decided_on", "why", "evidence"]
LISTS = {"adult_adverts", "lodging", "exchange", "money_service", "agency", "shelter", "prepaid", "privileged"}
ROLES = {"suspect", "convicted", "possible victim", "victim", "child", "witness", "third party", "other"}


@pytest.fixture(scope="module")
def decided(folder):
    def read(name):
        with (folder / name).open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    return read


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("decisions/parties.csv", ["party_id", "name", "kind", "accounts"]),
        ("decisions/roles.csv", ["party_id", "role", "valid_from", "valid_until"]),
        ("decisions/lists.csv", ["value", "list"]),
        ("decisions/proceeds.csv", ["file", "locator", "detail_no", "amount", "origin"]),
        ("decisions/cash_links.csv", ["file", "locator", "detail_no", "withdrawal_file", "withdrawal_locator", "amount", "origin"]),
        ("decisions/gaps.csv", ["account_id", "month", "state"]),
        ("golden/proceeds_hu31.csv", ["file", "locator", "detail_no", "amount", "origin"]),
    ],
)  # fmt: skip
def test_every_file_says_who_when_why_and_on_what(decided, name, columns):
    rows = decided(name)
    assert list(rows[0]) == columns + COMMON
    for row in rows:
        assert row["why"]
        assert row["evidence"]
        assert " " in row["decided_by"]
        assert date(2026, 1, 14) <= date.fromisoformat(row["decided_on"]) <= date(2026, 5, 19)


@pytest.mark.parametrize("name", ["decisions/proceeds.csv", "decisions/cash_links.csv", "golden/proceeds_hu31.csv"])
def test_each_cited_line_exists_is_a_credit_and_is_cited_once(decided, files, name):
    places = [(row["file"], row["locator"]) for row in decided(name)]
    assert len(places) == len(set(places))
    assert all(files.by_place[place].amount > 0 for place in places)
    assert not any("reexport" in file for file, _ in places)


def marked(decided, files, account):
    sums = defaultdict(list)
    names = {account(label): label for label in ("NL-20", "NL-21", "NL-23", "DE-24", "HU-32", "E1")}
    for row in decided("decisions/proceeds.csv"):
        line = files.by_place[row["file"], row["locator"]]
        sums[names.get(line.account, "persons")].append(line)
    return sums


def test_what_is_marked_and_how_much(decided, files, account, rows):
    found = {
        label: (len(lines), sum(line.amount for line in lines))
        for label, lines in marked(decided, files, account).items()
    }
    assert found["NL-21"] == (725, 121_700 + 60_000)
    assert found["NL-23"] == (46, 108_100)
    assert found["DE-24"] == (24, 59_520)
    assert found["HU-32"] == (3, 20_100_000)
    assert abs(found["persons"][1] - 316_566) < 9_497
    assert found["E1"][1] == sum(row.amount for row in rows("E1") if row.amount > 0)


def test_wallet_money_is_marked_on_nl20_only_where_the_wallet_is_not_held(decided, files, account):
    lines = marked(decided, files, account)["NL-20"]
    assert lines
    assert {line.iban for line in lines} == {account("E1")}
    assert all(line.day < date(2025, 1, 1) or (line.day.year, line.day.month) == (2025, 8) for line in lines)


def test_lawful_income_is_never_marked(decided, files):
    for row in decided("decisions/proceeds.csv"):
        line = files.by_place[row["file"], row["locator"]]
        assert not line.purpose
        assert "salaris" not in line.text
        assert "kinderbijslag" not in line.text


def test_origins_name_persons_by_their_number_only(decided, answers):
    names = {word for person in answers["people"].values() for word in person["name"].split() if len(word) > 4}
    origins = {row["origin"] for row in decided("decisions/proceeds.csv")}
    assert not any(name in origin for name in names for origin in origins)
    assert "payments for V1's work" in origins


def test_cash_links_are_the_four_counter_deposits(decided, files):
    rows = decided("decisions/cash_links.csv")
    amounts = [files.by_place[row["file"], row["locator"]].amount for row in rows]
    assert amounts == [3_000_000, 2_900_000, 2_950_000, 2_980_000]
    assert all(row["withdrawal_file"] == "" and row["origin"] for row in rows)


def test_golden_marks_are_nine_days(decided, files):
    days = Counter()
    for row in decided("golden/proceeds_hu31.csv"):
        line = files.by_place[row["file"], row["locator"]]
        days[line.day] += line.amount
    assert len(days) == 9
    assert sum(days.values()) == 24_199_000


def test_roles_are_as_the_case_gives_them(decided):
    roles = defaultdict(set)
    for row in decided("decisions/roles.csv"):
        assert row["role"] in ROLES
        roles[row["party_id"]].add((row["role"], row["valid_from"], row["valid_until"]))
    assert roles["C1"] == roles["C2"] == {("suspect", "2026-01-14", "")}
    assert {role for role, _, _ in roles["V1"]} == {"victim", "suspect"}
    assert ("child", "", "2025-06-09") in roles["V6"]
    assert {role for role, _, _ in roles["N2"]} == {"possible victim"}
    assert {role for role, _, _ in roles["X1"]} == {"third party"}
    assert {role for role, _, _ in roles["K2"]} == {role for role, _, _ in roles["N1"]} == {"other"}
    assert "disputed" in next(row["why"] for row in decided("decisions/roles.csv") if row["party_id"] == "K2")


def test_firms_are_never_victims(decided):
    firms = {row["party_id"] for row in decided("decisions/parties.csv") if row["kind"] == "legal"}
    assert {"B1", "B2"} <= firms
    for row in decided("decisions/roles.csv"):
        assert row["party_id"] not in firms or row["role"] in ("other", "third party")


def test_payers_families_and_look_alikes_are_not_parties(decided, answers):
    recorded = {row["party_id"] for row in decided("decisions/parties.csv")}
    innocent = {truth["holder"] for truth in answers["accounts"].values() if truth["innocent"]}
    assert not recorded & (innocent | {"F1", "F3", "F8"})
    assert len(recorded) == 20


def test_parties_hold_the_accounts_the_truth_gives_them(decided, answers):
    for row in decided("decisions/parties.csv"):
        inside = {t["account_id"] for t in answers["accounts"].values() if t["holder"] == row["party_id"]}
        assert inside <= set(row["accounts"].split())


def test_the_lawyer_is_marked_privileged(decided, folder):
    (role,) = [row for row in decided("decisions/roles.csv") if row["party_id"] == "LAW"]
    assert "privileged" in role["why"]
    assert [row["value"] for row in decided("decisions/lists.csv") if row["list"] == "privileged"] == [
        "Duinmeer Roos Advocaten"
    ]
    assert "privileged" in (folder / "bank" / "sources.toml").read_text(encoding="utf-8")


def test_the_shelter_that_looks_like_something_else_is_on_no_list(decided):
    rows = decided("decisions/lists.csv")
    assert {row["list"] for row in rows} <= LISTS
    assert not any("Windstilte" in row["value"] for row in rows)


def test_gaps_are_acknowledged_where_something_is_missing(decided, account):
    found = {(row["account_id"], row["month"]) for row in decided("decisions/gaps.csv")}
    assert (account("E1"), "2025-08") in found
    assert (account("E1"), "2024-12") in found
    assert (account("E1"), "2025-07") not in found
    assert (account("HU-31"), "2025-07") in found


def test_every_bank_file_has_one_right_and_one_mapping(folder):
    import fnmatch
    import tomllib

    sources = tomllib.loads((folder / "bank" / "sources.toml").read_text(encoding="utf-8"))["source"]
    mappings = [
        tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted((folder / "bank").glob("*.mapping.toml"))
    ]
    for path in (folder / "bank").iterdir():
        if path.suffix != ".toml":
            assert sum(fnmatch.fnmatch(path.name, g) for source in sources for g in source["files"]) == 1, path.name
            assert sum(fnmatch.fnmatch(path.name, g) for each in mappings for g in each["files"]) == 1, path.name


def test_assets_are_paid_by_lines_that_exist(decided, files):
    paid = {}
    for row in decided("assets.csv"):
        lines = [files.by_place[tuple(item.split("#"))] for item in row["payments"].split()]
        paid[row["asset_id"]] = -sum((line.amount for line in lines), Decimal(0))
    assert paid["flat-hu"] == 48_000_000
    assert paid["flat-es"] == 85_210
    assert paid["suv"] == 58_900
    assert paid["crypto"] == 46_300
    assert paid["gold-watches"] == 50_600
    assert {asset for asset, amount in paid.items() if not amount} == {
        "flat-b", "safe", "balance-NL-20", "balance-NL-21", "balance-NL-22", "balance-NL-23", "balance-NL-25",
        "balance-DE-24", "balance-E1",
    }  # fmt: skip


def test_registered_balances_are_those_of_the_accounts(decided, answers):
    by_number = {truth["account_id"]: truth for truth in answers["accounts"].values()}
    for row in decided("assets.csv"):
        if row["kind"] == "bank_balance":
            assert Decimal(row["amount"]) * 100 == by_number[row["account_id"]]["balance"]


def test_assets_are_held_by_recorded_parties(decided):
    parties = {row["party_id"] for row in decided("decisions/parties.csv")}
    for row in decided("assets.csv"):
        assert row["holder_party_id"] in parties
        assert row["beneficial_owner_party_id"] in parties | {""}


MARKS_OF_THE_DESIGN = re.compile(rf"\b({'|'.join([*CAST, *ACCOUNTS])})\b")
PROSE = ("why", "evidence", "description", "good_faith_question", "use_note", "encumbrance_holder", "override_why")


@pytest.mark.parametrize(
    "name",
    ["assets.csv", "proposals.csv", *(f"decisions/{name}.csv" for name in ("cash_links", "gaps", "proceeds", "roles"))],
)
def test_an_investigator_writes_in_words_and_not_in_marks_of_the_design(decided, name):
    texts = [row[column] for row in decided(name) for column in PROSE if column in row]
    assert any(texts)
    assert [text for text in texts if MARKS_OF_THE_DESIGN.search(text)] == []


def test_limits_of_use_are_written_in_words_too(folder):
    lines = (folder / "bank" / "sources.toml").read_text(encoding="utf-8").splitlines()
    limits = [line for line in lines if line.startswith("use_limits")]
    assert limits
    assert [line for line in limits if MARKS_OF_THE_DESIGN.search(line)] == []
