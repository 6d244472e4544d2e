"""Proposals: what is refused and why, what a named lead may override, how much may be proposed."""

from decimal import Decimal

import polars as pl
import pytest

from finflow.assets import assets, over_freezing, proposals, propose, propose_from, register
from finflow.errors import FinflowError
from tests.assets.support import LEAD, VICTIMS, WHO, register_file

BY = {"by": "A. Jansen, investigator", "why": "to keep what could be confiscated"}


@pytest.fixture
def case(registered):
    return registered


def amounts(proposal):
    return proposal.frame.select("amount_low", "amount_high", "currency").row(0)


def count(case):
    return case.sql("SELECT count(*) FROM proposal").item()


# ------------------------------------------------------------------------------------------- refused in words

PROTECTED = [
    ("hers", "holder is a protected person"),
    ("nobody", "nobody has assessed yet"),
    ("forher", "person thought to stand behind the holder is protected"),
    ("heraccount", "account stands in the name of a protected person"),
    ("open", "good faith of a third party is open"),
    ("third", "recorded as a third party"),
    ("let", "landlord"),
]


@pytest.mark.parametrize("measure", ["freeze", "confiscate"])
@pytest.mark.parametrize(("asset", "said"), PROTECTED)
def test_no_measure_is_proposed_against_whom_the_case_protects(case, asset, said, measure):
    with pytest.raises(FinflowError, match=said) as refused:
        propose(case, asset, measure, basis="VALUE", **BY)
    assert "override_by=" in str(refused.value)
    assert count(case) == 0


@pytest.mark.parametrize(("asset", "said"), PROTECTED)
def test_a_named_lead_or_prosecutor_may_override_and_both_are_kept_and_printed(case, asset, said):
    made = propose(case, asset, "freeze", basis="VALUE", **BY, **LEAD)
    kept = case.sql("SELECT override_by, override_why FROM proposal").row(0)
    assert kept == (LEAD["override_by"], LEAD["override_why"])
    for printed in (str(made), made._repr_html_(), proposals(case)._repr_html_()):
        assert LEAD["override_by"] in printed
        assert LEAD["override_why"] in printed


@pytest.mark.parametrize(
    "override",
    [
        {"override_by": "M. de Wit, lead prosecutor"},
        {"override_why": "note 17"},
        {"override_by": "M. de Wit, lead prosecutor", "override_why": "  "},
        {"override_by": "M. de Wit", "override_why": "note 17"},
        {"override_by": "lead prosecutor", "override_why": "note 17"},
        {"override_by": ", lead prosecutor", "override_why": "note 17"},
        {"override_by": "M. de Wit, clerk", "override_why": "note 17"},
        {"override_by": "M. de Wit, misleading intern", "override_why": "note 17"},
        {"override_by": "M. de Wit, clerk of the prosecutor", "override_why": "note 17"},
    ],
)
def test_an_override_without_name_function_or_reason_is_none(case, override):
    with pytest.raises(FinflowError, match="An override names a lead or prosecutor and a reason"):
        propose(case, "hers", "freeze", basis="VALUE", **BY, **override)
    assert count(case) == 0


def test_an_override_decided_before_holds_until_it_is_taken_back(case):
    said = {"label": "lead prosecutor", "by": "M. de Wit", "why": "note 17"}
    case.decide("V1", "protection_overridden", **said)
    made = propose(case, "hers", "freeze", basis="VALUE", **BY)
    assert made.frame.select("override_by", "override_why").row(0) == ("M. de Wit, lead prosecutor", "note 17")
    case.decide("V1", "protection_overridden", amount=0, **said)
    with pytest.raises(FinflowError, match="protected person"):
        propose(case, "hers", "confiscate", basis="VALUE", **BY)


@pytest.mark.parametrize(
    ("asset", "decided", "stands"),
    [
        ("forher", ("S1",), False),  # a suspect holds it, a victim is thought to stand behind
        ("forher", ("V1",), True),
        ("heraccount", ("S1",), False),  # registered for a suspect, on the account of a victim
        ("open", ("N1",), False),  # a question of good faith is open
        ("open", ("open",), True),
        ("let", ("F2",), False),  # nobody suspected holds it
        ("third", ("T1",), True),
    ],
)
def test_an_override_about_one_person_lifts_the_protection_of_no_other(case, asset, decided, stands):
    for subject in decided:
        case.decide(subject, "protection_overridden", label="prosecutor", by="M. de Wit", why="note 17")
    if stands:
        assert propose(case, asset, "freeze", basis="VALUE", **BY).frame["override_why"][0] == "note 17"
    else:
        with pytest.raises(FinflowError, match="override_by="):
            propose(case, asset, "freeze", basis="VALUE", **BY)


def test_a_function_is_read_whole_in_whatever_letters(case):
    said = {"override_by": "M. de Wit,  Lead  Investigator", "override_why": "note 17"}
    assert propose(case, "hers", "freeze", basis="VALUE", **BY, **said).frame["override_by"][0] == said["override_by"]


def test_an_account_of_a_protected_person_that_the_case_found_is_refused_too(case):
    case.decide(VICTIMS, "holder", "V1", **WHO)
    with case.writing() as con:
        con.execute("DELETE FROM asset WHERE asset_id = 'heraccount'")
    hers = assets(case).frame.filter((pl.col("origin") == "found") & (pl.col("amount") == 40))["asset_id"][0]
    with pytest.raises(FinflowError, match="no freezing is proposed"):
        propose(case, hers, "freeze", basis="FREEZE", **BY)
    assert hers.startswith("found-")


def test_a_balance_the_case_found_on_a_suspects_account_may_be_proposed(case):
    his = assets(case).frame.filter((pl.col("origin") == "found") & (pl.col("amount") == 100))["asset_id"][0]
    assert amounts(propose(case, his, "freeze", basis="VALUE", **BY)) == (Decimal(100), Decimal(100), "EUR")


def test_a_victim_who_is_a_suspect_too_stays_protected(case):
    case.decide("V1", "role", "suspect", **WHO)
    case.resolve()
    with pytest.raises(FinflowError, match="protected person"):
        propose(case, "hers", "freeze", basis="VALUE", **BY)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"asset_id": "boat"}, "No asset has this id. Registered: car"),
        ({"measure": "seize"}, "freeze, confiscate, release"),
        ({"basis": ""}, "needs a legal basis"),
        ({"basis": "GUT"}, "needs a legal basis"),
        ({"basis": "FREEZE", "measure": "confiscate"}, "is for: freeze"),
        ({"basis": "RELEASE"}, "is for: release"),
        ({"why": " "}, "needs why"),
        ({"by": ""}, "needs by"),
        ({"asset_id": "leased"}, "nothing remains"),
        ({"basis": "STD"}, "Give the trail"),
        ({"basis": "STD", "asset_id": "flat"}, "Give the trail"),
    ],
)
def test_what_is_no_proposal_is_refused_in_words_and_no_override_helps(case, given, said):
    call = {"asset_id": "car", "measure": "freeze", "basis": "VALUE", **BY, **LEAD} | given
    with pytest.raises(FinflowError, match=said):
        propose(case, call.pop("asset_id"), call.pop("measure"), **call)
    assert count(case) == 0


def test_no_refusal_names_a_person_or_an_account(case):
    for asset in ("hers", "nobody", "forher", "heraccount", "open", "third", "let", "boat"):
        with pytest.raises(FinflowError) as refused:
            propose(case, asset, "freeze", basis="VALUE", **BY)
        for secret in ("Vera", "Voss", "Name of", "Sam", VICTIMS, "N1 knew"):
            assert secret not in str(refused.value)


# ------------------------------------------------------------------------------------------- how much


@pytest.mark.parametrize("basis", ["VALUE", "INSTR", "EXT", "UWEALTH"])
def test_without_a_trace_the_value_less_what_ranks_first_is_proposed(case, basis):
    assert amounts(propose(case, "flat", "freeze", basis=basis, **BY)) == (Decimal(350), Decimal(350), "EUR")


def test_freezing_without_a_trail_reaches_from_nothing_to_what_remains(case):
    assert amounts(propose(case, "flat", "freeze", basis="FREEZE", **BY)) == (Decimal(0), Decimal(350), "EUR")


@pytest.mark.parametrize("basis", ["VALUE", "INSTR", "EXT", "UWEALTH", "FREEZE"])
@pytest.mark.parametrize(("encumbrance", "remains"), [("0.01", "999.99"), ("999.99", "0.01"), ("650.00", "350.00")])
def test_what_ranks_first_is_never_proposed(case, tmp_path, basis, encumbrance, remains):
    row = f"m,real_estate,House,NL,S1,,1000.00,EUR,2025-08-01,contract,{encumbrance},bank,,,,,,,,"
    register(case, register_file(tmp_path, rows=[row], name="m.csv"))
    assert amounts(propose(case, "m", "freeze", basis=basis, **BY))[1] == Decimal(remains)


def test_amounts_are_exact_decimals(case):
    made = propose(case, "car", "freeze", basis="VALUE", **BY).frame
    assert made["amount_low"].dtype == made["amount_high"].dtype == pl.Decimal(28, 8)
    for frame in (over_freezing(case).frame, assets(case).frame):
        assert not any(kind.is_float() for kind in frame.dtypes)


# ------------------------------------------------------------------------------------------- what is printed


def test_a_proposal_says_it_is_for_review_and_what_it_rests_on(case):
    made = propose(case, "car", "confiscate", basis="INSTR", **BY)
    said = str(made)
    assert (
        "Proposal 1, for review by a person: confiscation of Car XX-1 (NL) is proposed for consideration, EUR 800.00."
        in said
    )
    assert "INSTR" in said
    assert "unverified" in said
    assert BY["why"] in said
    assert "overridden" not in said
    assert 'id="finflow-proposal"' in made._repr_html_()
    for word in ("guilt", "criminal", "trafficker", "decided by the", "must be confiscated"):
        assert word not in said.lower()


def test_what_a_person_types_is_text_on_a_page(case):
    made = propose(case, "car", "freeze", basis="VALUE", by="A <b>", why="<script>", **LEAD)
    assert "<script>" not in made._repr_html_() + proposals(case)._repr_html_()
    assert "&lt;script&gt;" in made._repr_html_()


def test_the_asset_of_a_protected_person_is_not_described_after_an_override(case):
    assert "Ring" not in str(propose(case, "hers", "freeze", basis="VALUE", **BY, **LEAD))


def test_the_same_proposal_again_is_the_same_row_and_a_changed_one_a_new_row(case):
    for _ in range(2):
        propose(case, "car", "freeze", basis="VALUE", **BY)
    assert count(case) == 1
    assert propose(case, "car", "freeze", basis="INSTR", **BY).frame["proposal_no"][0] == 2
    assert proposals(case).frame.select("proposal_no", "stands").rows() == [(1, False), (2, True)]


def test_a_release_is_always_allowed_and_ends_what_was_proposed(case):
    propose(case, "hers", "freeze", basis="VALUE", **BY, **LEAD)
    freed = propose(case, "hers", "release", basis="RELEASE", by="A. Jansen", why="hers")
    assert "to release" in str(freed)
    assert amounts(freed) == (Decimal(100), Decimal(100), "EUR")
    assert proposals(case).frame["stands"].to_list() == [False, False]
    for asset in ("leased", "let", "third"):
        propose(case, asset, "release", basis="VALUE", by="A. Jansen", why="not needed")


def test_the_log_holds_ids_and_no_reason(case):
    propose(case, "car", "freeze", basis="VALUE", by="Jane Roe", why="a secret reason", **LEAD)
    log = (case.folder / "log.jsonl").read_text(encoding="utf-8")
    assert '"proposals":[1]' in log
    assert "secret" not in log
    assert "Jane" not in log


# ------------------------------------------------------------------------------------------- over-freezing


def test_freezes_are_summed_by_suspect_and_state_beside_the_value_known(case):
    propose(case, "car", "freeze", basis="VALUE", **BY)
    propose(case, "gold", "freeze", basis="FREEZE", **BY)
    propose(case, "flat", "freeze", basis="VALUE", **BY)
    propose(case, "gold", "confiscate", basis="VALUE", **BY)  # no freeze: not in the sum
    found = over_freezing(case)
    sums = {
        row[1]: row[3:7] for row in found.frame.filter(pl.col("suspect") == "Sam Suspect").rows() if row[2] == "EUR"
    }
    assert sums["NL"][:3] == (2, Decimal(800), Decimal(1250))
    assert sums["ES"][:3] == (1, Decimal(350), Decimal(350))
    assert sums["all States"][:3] == (3, Decimal(1150), Decimal(1600))
    assert sums["ES"][3] == 1350  # flat 350 and the open one 1000
    assert "benefit" in found._repr_html_()


def test_a_released_asset_and_one_account_registered_twice_do_not_count_twice(case, tmp_path):
    rows = [
        f"{name},bank_balance,Balance,NL,S1,,{amount},EUR,2025-08-01,statement,,,NL1OUTSIDE,,,,,,,"
        for name, amount in (("b1", 60), ("b2", 90))
    ]
    register(case, register_file(tmp_path, rows=rows, name="twice.csv"))
    for name in ("b1", "b2", "car"):
        propose(case, name, "freeze", basis="VALUE", **BY)
    propose(case, "car", "release", basis="RELEASE", **BY)
    assert over_freezing(case).frame.filter(pl.col("state") == "NL").select("assets", "low", "high").row(0) == (
        1,
        Decimal(90),
        Decimal(90),
    )


def test_a_value_that_fell_below_what_is_proposed_shows(case):
    propose(case, "car", "freeze", basis="VALUE", **BY)
    with case.writing() as con:
        con.execute("DELETE FROM asset WHERE asset_id <> 'car'")
        con.execute("UPDATE asset SET amount = 500")
        con.execute("UPDATE evidence.statement SET closing_balance = NULL")
        con.execute("UPDATE evidence.long_entry SET balance_after = NULL")
    assert over_freezing(case).frame["above_value"].to_list() == [True, True]


def test_a_freeze_of_a_balance_no_longer_found_still_counts(case):
    his = assets(case).frame.filter((pl.col("origin") == "found") & (pl.col("amount") == 100))["asset_id"][0]
    propose(case, his, "freeze", basis="VALUE", **BY)
    with case.writing() as con:
        con.execute("UPDATE evidence.statement SET closing_balance = NULL")
        con.execute("UPDATE evidence.long_entry SET balance_after = NULL")
    assert over_freezing(case).frame.select("suspect", "high").rows() == [("not recorded", Decimal(100))] * 2
    assert proposals(case).frame["asset"].to_list() == ["an asset no longer found"]


def test_no_freeze_no_sum(case):
    assert over_freezing(case).frame.is_empty()
    assert "No rows" in over_freezing(case)._repr_html_()


# ------------------------------------------------------------------------------------------- in bulk

COLUMNS = "asset_id,measure,basis,proposed_by,proposed_on,why,override_by,override_why"
CAR = "car,freeze,VALUE,A. Jansen,2025-09-02,to keep it,,"


def proposed(tmp_path, *rows, header=COLUMNS):
    path = tmp_path / "proposals.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_proposals_of_a_file_stand_with_their_day_and_change_nothing_the_second_time(case, tmp_path):
    file = proposed(tmp_path, CAR, "hers,freeze,VALUE,A. Jansen,2025-09-03,to keep it,M. de Wit lead prosecutor,")
    with pytest.raises(FinflowError, match=r"proposals\.csv, line 3: .*names a lead or prosecutor"):
        propose_from(case, file)
    assert count(case) == 0  # the first line was no more kept than the second
    file = proposed(tmp_path, CAR, "gold,confiscate,VALUE,A. Jansen,2025-09-03,to keep it,,")
    found = [propose_from(case, file).frame for _ in range(2)][-1]
    assert found.select("asset_id", "measure", "proposed_by", "stands").rows() == [
        ("car", "freeze", "A. Jansen", True),
        ("gold", "confiscate", "A. Jansen", True),
    ]
    assert [str(day) for day in found["proposed_on"]] == ["2025-09-02", "2025-09-03"]


def test_a_file_says_the_same_as_one_call(case, tmp_path):
    trail = case.trace(case.proceeds(), method="fifo")
    rows = [
        "car,freeze,STD,A. Jansen,2025-09-02,why,,",
        "open,freeze,VALUE,A. Jansen,2025-09-02,why,M. de Wit lead prosecutor,note 17",
    ]
    rows[1] = rows[1].replace("M. de Wit lead", '"M. de Wit, lead').replace("prosecutor,", 'prosecutor",')
    kept = propose_from(case, proposed(tmp_path, *rows), trail).frame
    said = [
        propose(case, "car", "freeze", basis="STD", by="A. Jansen", why="why", trail=trail),
        propose(
            case, "open", "freeze", basis="VALUE", by="A. Jansen", why="why", trail=trail,
            override_by="M. de Wit, lead prosecutor", override_why="note 17",
        ),
    ]  # fmt: skip
    assert [one.frame["proposal_no"].item() for one in said] == kept["proposal_no"].to_list() == [1, 2]


FAULTS = {
    "asset_id,measure,basis,proposed_by,proposed_on\ncar,freeze,VALUE,A,2025-09-02": "lacks column why",
    f"{COLUMNS}\ncar,freeze,VALUE,A,2 September,w,,": "line 2: proposed_on is no day",
    f"{COLUMNS}\ncar,freeze,VALUE,A,,w,,": "line 2: proposed_on is empty",
    f"{COLUMNS}\ncar,freeze,VALUE,A,2025-09-02,,,": "line 2: A proposal needs why",
    f"{COLUMNS}\ncar,freeze,VALUE,,2025-09-02,w,,": "line 2: A proposal needs by",
    f"{COLUMNS}\nboat,freeze,VALUE,A,2025-09-02,w,,": "line 2: No asset has this id",
    f"{COLUMNS}\nhers,freeze,VALUE,A,2025-09-02,w,,": "line 2: The holder is a protected person",
}


@pytest.mark.parametrize("content", FAULTS)
def test_a_fault_in_a_file_is_named_by_line_and_keeps_nothing(case, tmp_path, content):
    header, *rows = content.split("\n")
    with pytest.raises(FinflowError, match=FAULTS[content]):
        propose_from(case, proposed(tmp_path, *rows, header=header))
    assert count(case) == 0


def test_a_file_that_is_not_there_is_named(case, tmp_path):
    with pytest.raises(FinflowError, match=r"missing\.csv: there is no file"):
        propose_from(case, tmp_path / "missing.csv")
