"""What may be shared with whom: codes, expiry, consent."""

from datetime import timedelta

import pytest

import finflow
from finflow import rights
from finflow.errors import FinflowError, LeakRefused
from tests.custody.support import DE, LEDGER, OTHER, WHO, loaded, write
from tests.infra.notebooks import write as notebook

TODAY = rights.today()


@pytest.fixture(autouse=True)
def the_day_stays(monkeypatch):
    """A run of the tests that goes on past midnight stays on its day."""
    monkeypatch.setattr(rights, "today", lambda: TODAY)


CONSENT = {**WHO, "evidence": "letter of 2025-03-01"}


def case_with(folder, *rights_of):
    files = []
    for n, right in enumerate(rights_of):
        place = folder / f"from{n}"
        place.mkdir()
        files.append(write(place, f"{n}.csv", (LEDGER, OTHER, f"\n{DE};2025-05-01;1.00;;;\n")[n], right=right))
    return loaded(folder, *files)


@pytest.mark.parametrize(
    ("codes", "strictest"),
    [(("H0", "H1"), "H1"), (("H2", "H0"), "H2"), (("H3", "H2"), "H3"), (("H0", None), "H1"), (("H0", "H0"), "H0")],
)
def test_the_strictest_code_counts_and_a_file_without_one_has_that_of_the_case(tmp_path, codes, strictest):
    lines = [f'handling_code = "{code}"\n' if code else "" for code in codes]
    case = case_with(tmp_path, *(line or 'authority = "X"\n' for line in lines))
    assert case.sources().strictest == strictest
    assert f"Handling code {strictest}. " in case.network().basis


def test_a_withdrawn_file_makes_nothing_stricter(tmp_path):
    case = case_with(tmp_path, 'handling_code = "H3"\n', 'handling_code = "H0"\n')
    case.withdraw("0.csv", **WHO)
    assert case.sources().strictest == "H0"


def shared(case, partner="DE"):
    path = notebook(case.folder.parent, "10_share", "1 + 1", parameters='partner: str = ""  # authority\n')
    return finflow.run(path, case, partner=partner)


def ended(days):
    return f"expires_on = {TODAY + timedelta(days)}\n"


@pytest.mark.parametrize(
    ("right", "words"),
    [
        ('handling_code = "H2"\n', "handling code H2, the provider must agree first"),
        ('handling_code = "H3"\n', "handling code H3, the provider must agree first"),
        ('handling_code = "H0"\n' + ended(0), "the right to use it has ended"),
    ],
)
def test_sharing_is_refused_with_exit_code_5_naming_exhibits_and_what_to_type(tmp_path, right, words):
    case = case_with(tmp_path, right, 'handling_code = "H1"\n')
    with pytest.raises(LeakRefused, match=rf"E-001 \({words}\).*finflow decide CASE FILE sharing_permitted") as error:
        shared(case)
    assert error.value.exit_code == 5
    assert "E-002" not in str(error.value)
    assert not any((case.folder / "runs").iterdir())
    with pytest.raises(LeakRefused):
        finflow.report.cover(case, "DE")


@pytest.mark.parametrize("right", ['handling_code = "H1"\n', 'handling_code = "H0"\n' + ended(1)])
def test_what_nothing_forbids_may_be_shared(tmp_path, right):
    assert shared(case_with(tmp_path, right)).manifest["parameters"]["partner"] == "DE"


def test_a_copy_for_nobody_is_no_sharing(tmp_path):
    assert shared(case_with(tmp_path, 'handling_code = "H3"\n'), "")


def test_a_file_whose_right_nobody_recorded_is_not_shared(tmp_path):
    with pytest.raises(LeakRefused, match="the right to use it is not recorded"):
        shared(loaded(tmp_path))


def test_consent_is_for_one_file_and_one_partner_and_can_be_taken_back(tmp_path):
    case = case_with(tmp_path, 'handling_code = "H2"\n', 'handling_code = "H2"\n')
    case.decide("0.csv", "sharing_permitted", "DE", **CONSENT)
    with pytest.raises(LeakRefused, match=r"yet: E-002 \("):
        shared(case)
    case.decide("1.csv", "sharing_permitted", "DE", **CONSENT)
    assert shared(case)
    with pytest.raises(LeakRefused):
        shared(case, "HU")
    case.decide("1.csv", "sharing_permitted", "DE", amount="0", **CONSENT)
    with pytest.raises(LeakRefused, match=r"yet: E-002 \("):
        shared(case)


@pytest.mark.parametrize(("decided", "allowed"), [(-1, False), (0, True)])
def test_consent_given_before_a_right_ended_does_not_prolong_it(tmp_path, decided, allowed):
    case = case_with(tmp_path, ended(0))
    case.decide("0.csv", "sharing_permitted", "DE", on=TODAY + timedelta(decided), **CONSENT)
    if allowed:
        assert shared(case)
    else:
        with pytest.raises(LeakRefused, match="has ended"):
            shared(case)


def test_consent_ends_on_its_day(tmp_path):
    case = case_with(tmp_path, 'handling_code = "H2"\n')
    case.decide("0.csv", "sharing_permitted", "DE", valid_until=TODAY, **CONSENT)
    with pytest.raises(LeakRefused):
        shared(case)


@pytest.mark.parametrize("given", [{"object": None, **CONSENT}, {"object": "DE", **WHO}])
def test_consent_without_a_partner_or_the_evidence_of_it_is_refused(tmp_path, given):
    case = case_with(tmp_path, 'handling_code = "H2"\n')
    with pytest.raises(FinflowError, match="name the partner and, as evidence, the provider's consent"):
        case.decide("0.csv", "sharing_permitted", **given)


def test_consent_for_many_files_comes_from_a_file(tmp_path):
    case = case_with(tmp_path, 'handling_code = "H2"\n')
    path = tmp_path / "sharing.csv"
    path.write_text(
        "file,partner,decided_by,decided_on,why,evidence\n0.csv,DE,Prosecutor,2025-03-01,asked,letter\n",
        encoding="utf-8",
    )
    assert case.decide_from(path).frame["recorded"].item() == 1
    assert shared(case)


@pytest.mark.parametrize(("days", "said"), [(-1, "ended"), (0, "ended"), (1, "ends"), (29, "ends"), (30, None)])
def test_a_right_that_ends_soon_warns_when_loading_and_in_custody(tmp_path, days, said):
    path = write(tmp_path, right=ended(days))
    case = finflow.open_case(tmp_path / "case")
    notes = [*case.load(path).notes, *case.custody().notes]
    assert [f"the right to use it {said} on {TODAY + timedelta(days)}" in note for note in notes] == [True] * 2 * bool(
        said
    )


def test_the_page_and_the_manifest_carry_the_code_and_the_cover_says_what_it_means(tmp_path):
    case = case_with(tmp_path, 'handling_code = "H2"\n', 'handling_code = "H1"\n')
    kept = shared(case, "")
    assert kept.manifest["handling_code"] == "H2"
    assert kept.manifest["evidence"] == sorted(case.sources().frame["sha256"])
    assert '<header id="finflow-handling">Handling code H2</header>' in kept.report.read_text(encoding="utf-8")
    cover = str(finflow.report.cover(case))
    assert "H1: it must not be used in judicial proceedings without the permission of the provider" in cover
    assert "H2: it must not be passed on" in cover
