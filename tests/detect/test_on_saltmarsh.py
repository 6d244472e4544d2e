"""The rules on the sample case, measured against its own truth: who is found, who is found for no reason, who is shown."""

import pytest

from finflow.queries import red_flags

RULES = {query.indicator for query in red_flags().values()}
BEYOND = {  # hits on innocent accounts beyond those the case names: false leads that were measured and are known
    "NL-64": {"HT39"},  # the trader's account is near its lowest after market days of one month
}


WITH_SIDE_EVIDENCE = ("HT02", "HT20", "HT22")


def fired(saltmarsh, hits=None):
    """Indicator -> accounts it fired on."""
    found = {}
    for indicator, subject in (hits or saltmarsh.hits).frame.select("indicator", "subject").unique().iter_rows():
        found.setdefault(indicator, set()).add(subject)
    return found


def expected(saltmarsh):
    return {e["indicator"]: set(e["accounts"]) for e in saltmarsh.answers["expected_hits"] if e["indicator"] in RULES}


@pytest.mark.parametrize("indicator", ["HT02", "HT04", "HT05", "HT08", "HT10", "HT12", "HT34", "HT35", "HT39", "HT40",
                                       "HT41", "HT46", "HT47"])  # fmt: skip
def test_every_account_expected_is_found(saltmarsh, indicator):
    assert expected(saltmarsh)[indicator] <= fired(saltmarsh)[indicator]


def test_all_that_is_expected_of_our_rules_is_tested_here(saltmarsh):
    assert set(expected(saltmarsh)) - set(WITH_SIDE_EVIDENCE) == {
         "HT04", "HT05", "HT08", "HT10", "HT12", "HT34", "HT35", "HT39", "HT40", "HT41", "HT46", "HT47",
    }  # fmt: skip


@pytest.mark.parametrize("indicator", WITH_SIDE_EVIDENCE)
def test_with_side_evidence_every_account_expected_of_it_is_found(saltmarsh, indicator):
    assert expected(saltmarsh)[indicator] <= fired(saltmarsh, saltmarsh.with_side)[indicator]


def test_every_row_of_the_side_evidence_is_accounted_for(saltmarsh):
    assert saltmarsh.loaded.frame["format"].to_list() == ["adverts: csv", "devices: csv", "mandates: csv", "kyc: csv"]
    assert saltmarsh.loaded.frame.select("rejected", "skipped").sum().row(0) == (0, 0)
    assert saltmarsh.loaded.frame["right"].unique().to_list() == ["production order"]


def test_without_side_evidence_its_rules_are_silent(saltmarsh):
    assert {"HT20", "HT21", "HT22"}.isdisjoint(fired(saltmarsh))


def test_adverts_of_the_site_and_texts_of_the_bank_count_the_same(saltmarsh):
    rule = "query = 'adverts_for_several_people'"
    seen, told = (hits.frame.sql(f"SELECT subject, amount, transfers FROM self WHERE {rule}") for hits in
                  (saltmarsh.hits, saltmarsh.with_side))  # fmt: skip
    assert told.select("subject", "amount").rows() == seen.select("subject", "amount").rows()
    assert set(told["transfers"].explode()) == set(seen["transfers"].explode())


def test_side_evidence_leaves_the_innocent_alone_and_victims_on_the_welfare_list(saltmarsh):
    hits = saltmarsh.with_side
    innocent = {account for one in saltmarsh.answers["look_alikes"] for account in one["accounts"]}
    assert innocent.isdisjoint(hits.frame["subject"])
    victims = {a["account_id"] for a in saltmarsh.answers["accounts"].values() if str(a["holder"]).startswith("V")}
    assert victims.isdisjoint([*hits.subjects["subject"], *hits.single["subject"]])
    assert victims & set(hits.frame["subject"]) <= set(hits.welfare["subject"])
    assert not any(one["place"] in str(hits.frame.to_dicts()) for one in saltmarsh.answers["must_not_show"])


def test_innocent_accounts_fire_the_rules_they_are_known_for(saltmarsh):
    by_account = {}
    for indicator, accounts in fired(saltmarsh).items():
        for account in accounts:
            by_account.setdefault(account, set()).add(indicator)
    for innocent in saltmarsh.answers["look_alikes"]:
        for account, label in zip(innocent["accounts"], innocent["labels"], strict=True):
            known = set(innocent["fires"]) & RULES | BEYOND.get(label, set())
            assert by_account.get(account, set()) <= known, label


def test_the_family_is_seen_through_the_money_service_only(saltmarsh):
    (found,) = fired(saltmarsh)["HT36"]
    assert found not in saltmarsh.hits.subjects["subject"].to_list()
    assert found not in saltmarsh.hits.single["subject"].to_list()


def test_innocent_accounts_never_stand_in_an_order(saltmarsh):
    innocent = {account for one in saltmarsh.answers["look_alikes"] for account in one["accounts"]}
    assert innocent.isdisjoint(saltmarsh.hits.subjects["subject"])


def test_the_collectors_and_the_firm_stand_first(saltmarsh):
    label = {account["account_id"]: name for name, account in saltmarsh.answers["accounts"].items()}
    listed = [label[subject] for subject in saltmarsh.hits.subjects["subject"]]
    assert listed == ["NL-20", "NL-23", "NL-21"]


def test_victims_are_on_the_welfare_list_and_nowhere_else(saltmarsh):
    victims = {a["account_id"] for a in saltmarsh.answers["accounts"].values() if a["holder"] in
               {"V1", "V2", "V3", "V4", "V5", "V7", "V8"}}  # fmt: skip
    hits = saltmarsh.hits
    assert victims <= set(hits.welfare["subject"])
    assert victims.isdisjoint([*hits.subjects["subject"], *hits.single["subject"]])


def test_nothing_shows_where_the_person_who_escaped_is(saltmarsh):
    hits, asked = saltmarsh.hits, saltmarsh.requests
    shown = str([frame.to_dicts() for frame in (hits.frame, hits.welfare, hits.requests, asked.frame, asked.left_out)])
    assert "Rotterdam" in shown  # where another person's machines are
    assert not any(one["place"] in shown for one in saltmarsh.answers["must_not_show"])


def test_no_payer_is_asked_about(saltmarsh):
    (nine,) = [one for one in saltmarsh.answers["look_alikes"] if one.get("payer_account")]
    assert nine["payer_account"] not in saltmarsh.requests.frame["account_id"].to_list()
    assert nine["payer_account"] not in saltmarsh.hits.requests["account_id"].to_list()


def test_the_first_things_to_request_are_asked_for(saltmarsh):
    rows = {row["where"]: row for row in saltmarsh.requests.shown().to_dicts()}
    assert {"NocturnAds", "Rapidsend", "Koralex", "lodging 1"} <= set(rows)
    spanish = [row for row in rows.values() if row["state"] == "ES"]
    assert [row["instrument"] for row in spanish] == ["European Investigation Order"]
    assert {row["instrument"] for row in rows.values() if row["state"] == "HU"} == {
        "production order in the State of the team member"
    }


def test_the_rules_are_logged_with_counts(saltmarsh):
    log = (saltmarsh.case.folder / "log.jsonl").read_text(encoding="utf-8")
    line = next(line for line in log.splitlines() if '"detect"' in line and '"done"' in line)
    assert '"outflows_converge": 4' in line or '"outflows_converge":4' in line
