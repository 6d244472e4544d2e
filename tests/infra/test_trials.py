"""The trial on published payments: its figures against the file itself, and what `docs/trials.md` states of them."""

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tests.load.data import DATA, needs_data

ROOT = Path(__file__).parents[2]
FILE = DATA / "laundromat" / "payments.csv"
COMPANIES = ("METASTAR INVEST LLP", "HILUX SERVICES LP", "POLUX MANAGEMENT LP", "LCM ALLIANCE LLP")
pytestmark = needs_data("laundromat/payments.csv")
IN_CENTS = pl.col("amount_orig").map_elements(lambda text: int(abs(Decimal(text)) * 100), return_dtype=pl.Int64)


@pytest.fixture(scope="module")
def payments():
    """The file as it is, read by Polars alone: in cents, who printed each row, and the last digits of core accounts."""
    frame = pl.read_csv(FILE, infer_schema=False)
    paid = pl.col("amount_orig").str.starts_with("-")
    frame = frame.with_columns(
        cents=IN_CENTS, paid=paid, company=pl.when(paid).then("payer_name").otherwise("beneficiary_name")
    )
    whole = frame.select((pl.col("cents") / 100 - pl.col("amount_orig").cast(pl.Float64).abs()).abs().max()).item()
    assert whole < 0.001  # no row has a part of a cent, so cents lose nothing
    return frame


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    """The script, and the tables of one trial on the file without the notebooks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "docs" / "trials")
        import laundromat
    folder = tmp_path_factory.mktemp("trial") / "run"
    return laundromat, laundromat.run(FILE, folder, laundromat.Steps(), notebooks=False)


def records(trial):
    return dict(trial[1]["Records"].rows())


def test_every_record_of_the_file_is_an_entry(trial, payments):
    found = records(trial)
    with FILE.open(encoding="utf-8", newline="") as stream:
        rows = sum(1 for _ in csv.reader(stream)) - 1
    assert found["records"] == found["entries"] == payments.height == rows
    assert (found["rejected"], found["skipped"], found["duplicates"]) == (0, 0, 0)


def test_money_in_and_out_of_each_company_and_currency_is_that_of_the_file(trial, payments):
    out = pl.col("paid")
    sums = payments.group_by("company", "currency").agg(
        (~out).sum().cast(pl.Int64), pl.col("cents").filter(~out).sum().alias("in"),
        out.sum().cast(pl.Int64).alias("lines_out"), pl.col("cents").filter(out).sum().alias("out"),
    )  # fmt: skip
    names = ("company", "currency", "lines_in", "money_in", "lines_out", "money_out")
    found = trial[1]["In and out"].select(names).rows()
    assert {(*row[:3], int(row[3] * 100), row[4], int(row[5] * 100)) for row in found} == set(sums.rows())
    assert len(found) == 21
    assert {row[0] for row in found} == set(COMPANIES)


def own(frame):
    """The last twelve digits of both accounts: however a row writes an account of the four, these are alike."""
    return frame.with_columns(
        debtor=pl.col("payer_account").str.slice(-12), creditor=pl.col("beneficiary_account").str.slice(-12)
    )


def test_payments_printed_by_both_sides_are_joined_and_counted_once(trial, payments):
    frame = own(payments)
    inside = frame.filter(pl.col("company").is_in(COMPANIES))
    core = set(inside.select(pl.when("paid").then("debtor").otherwise("creditor")).to_series())
    assert len(core) == 4
    key = ["date", "debtor", "creditor", "currency", "cents"]
    between = frame.filter(pl.col("debtor").is_in(list(core)) & pl.col("creditor").is_in(list(core)))
    counts = between.group_by(key).agg(sent=pl.col("paid").sum(), got=(~pl.col("paid")).sum())
    assert counts.filter(pl.col("sent") != pl.col("got")).is_empty()
    pairs = counts.group_by("currency").agg(
        pl.col("sent").sum().cast(pl.Int64), (pl.col("cents") * pl.col("sent")).sum()
    )
    table = trial[1]["Payments between the four companies"]
    joined = table.filter(pl.col("what").str.starts_with("printed twice"))
    assert {(r[1], r[2], int(r[3] * 100)) for r in joined.rows()} == set(pairs.rows())
    assert records(trial)["transfers"] == payments.height - joined["transfers"].sum()


def test_self_transfers_are_those_of_the_file(trial, payments):
    same = payments.filter(pl.col("payer_name") == pl.col("beneficiary_name"))
    sums = same.group_by("currency").agg(pl.len().cast(pl.Int64), pl.col("cents").sum())
    table = trial[1]["Payments between the four companies"].filter(pl.col("what").str.starts_with("self"))
    assert {(r[1], r[2], int(r[3] * 100)) for r in table.rows()} == set(sums.rows())


def test_accounts_called_null_do_not_become_one_account(trial, payments):
    other = payments.filter(pl.when("paid").then("beneficiary_account").otherwise("payer_account") == "null")
    names = other.select(pl.when("paid").then("beneficiary_name").otherwise("payer_name")).to_series()
    found = records(trial)
    assert found["lines_of_these"] == other.height
    assert found["outside_known_by_name_only"] == names.str.to_uppercase().str.strip_chars().n_unique()


def test_the_file_sorts_debits_first_so_its_order_inside_a_day_proves_nothing(trial, payments):
    days = payments.group_by("date", maintain_order=True).agg(pl.col("paid"))
    assert all(list(signs) == sorted(signs, reverse=True) for signs in days["paid"])
    (found,) = trial[1]["Order inside a day"].rows(named=True)
    assert found["with_money_in_and_out"] == found["all_debits_before_all_credits"] > 1000
    by_day = own(payments).group_by("date", "company", "currency").agg(pl.col("paid").n_unique(), pl.len())
    expected = (by_day.height, by_day.filter(pl.col("len") > 1).height, by_day.filter(pl.col("paid") > 1).height)
    assert (found["account_days"], found["of_several_lines"], found["with_money_in_and_out"]) == expected


MARKED, OTHER = 1, 0


def first_in_first_out(payments):
    """Where the US dollars of the largest outside payer end, all debits of a day before its credits; written apart."""
    rows = own(payments).filter(pl.col("currency") == "USD").sort("date", ~pl.col("paid"), maintain_order=True)
    rows = rows.with_columns(mine=pl.when("paid").then("debtor").otherwise("creditor"),
                             other=pl.when("paid").then("beneficiary_account").otherwise("payer_account"))  # fmt: skip
    inside = set(rows["mine"])
    payers = rows.filter(~pl.col("paid") & ~pl.col("debtor").is_in(list(inside)) & (pl.col("other") != "null"))
    largest = payers.group_by("other").agg(pl.col("cents").sum()).sort("cents")["other"][-1]
    lots, owed, parcels = defaultdict(list), defaultdict(int), defaultdict(list)
    ends = defaultdict(int)
    for paid, mine, other, cents, key in zip(
        rows["paid"], rows["mine"], rows["other"], rows["cents"],
        rows.select(pl.struct("date", "debtor", "creditor", "cents")).to_series().to_list(), strict=True,
    ):  # fmt: skip
        key = tuple(key.values())
        if paid:
            took, beyond = taken(lots[mine], cents)
            owed[mine] += beyond
            if other[-12:] in inside:
                parcels[key].append([*took, (OTHER, beyond)])
            else:
                ends["left the case"] += sum(units for kind, units in took if kind)
            continue
        pieces = parcels[key].pop(0) if key[1] in inside else [(MARKED if other == largest else OTHER, cents)]
        for kind, units in pieces:
            repaid = min(owed[mine], units)
            owed[mine] -= repaid
            ends["extinguished"] += kind * repaid
            lots[mine].append((kind, units - repaid))
    ends["held"] = sum(units for pile in lots.values() for kind, units in pile if kind)
    return ends, {mine: sum(units for kind, units in pile if kind) for mine, pile in lots.items()}


def taken(pile, cents):
    """Pieces from the front of a pile, and what it lacked."""
    took = []
    while cents and pile:
        kind, units = pile.pop(0)
        used = min(cents, units)
        took.append((kind, used))
        cents -= used
        if units > used:
            pile.insert(0, (kind, units - used))
    return took, cents


def test_a_trace_ends_to_the_cent_where_a_second_reckoning_ends(trial, payments):
    ends, held = first_in_first_out(payments)
    table = trial[1]["Where it ends"]
    for order in ("printed", "debits_first"):
        (row,) = table.filter((pl.col("method") == "fifo") & (pl.col("same_day") == order)).rows(named=True)
        names = ("left_the_case", "held", "extinguished")
        assert {name: int(row[name] * 100) for name in names} == {n: ends[n.replace("_", " ")] for n in names}
    still = trial[1]["Still held"].filter(pl.col("same_day") == "printed")["fifo"]
    assert sorted(int(value * 100) for value in still if value) == sorted(value for value in held.values() if value)


def test_every_marked_cent_has_an_end_under_every_method(trial, payments):
    (marked,) = {trial[1]["What was marked"]["amount"].sum()}
    table = trial[1]["Where it ends"]
    assert table.height == 15
    assert set(table["residue"]) == {0}
    assert set(table.select(pl.sum_horizontal("left_the_case", "held", "extinguished")).to_series()) == {marked}


def test_the_document_states_what_is_measured(trial):
    laundromat, tables = trial
    text = (ROOT / "docs" / "trials.md").read_text(encoding="utf-8")
    for heading, frame in tables.items():
        stated = text.partition(f"### {heading}\n")[2].partition("\n### ")[0]
        assert laundromat.tables.markdown(frame) in stated, heading


def test_the_document_names_the_four_companies_alone(payments):
    text = (ROOT / "docs" / "trials.md").read_text(encoding="utf-8").upper()
    columns = ("payer_name", "beneficiary_name", "payer_account", "beneficiary_account")
    values = set(pl.concat([payments[name].rename("value") for name in columns])) - {*COMPANIES, "null"}
    assert [value for value in values if len(value) > 6 and value.upper() in text] == []
