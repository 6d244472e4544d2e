"""The trial on real payments, the whole way in one command:

    .venv/bin/python docs/trials/laundromat.py PATH_OF_PAYMENTS_CSV NEW_FOLDER

It copies the file into the folder, loads it, marks what the largest outside payer paid, traces that under every method,
runs two notebooks, and prints the tables of `docs/trials.md` and the time of each step. It prints no name but those of
the four companies, and no account number.
"""

import csv
import shutil
import sys
import tomllib
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any

import laundromat_tables as tables
import polars as pl

import finflow

HERE = Path(__file__).parent
MAPPING = "laundromat.mapping.toml"
SOURCES = """\
[[source]]
files = ["payments.csv"]
obtained_by = "open source"
authority = "published by OCCRP and Berlingske"
reference = "Azerbaijani Laundromat, raw data"
use_limits = "public data, CC BY 4.0; being named in it says nothing of wrongdoing"
handling_code = "H0"
"""
SETTINGS = """\
number = "TRIAL-1"
title = "Published payments of four companies"
purpose = "trial of the software"
currency = "USD"
"""
DECIDED = {"decided_by": "the trial", "decided_on": "2026-01-01"}
ORIGIN = "largest outside payer"


class Steps:
    """Runs steps by name and keeps how long each took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def __call__(self, name: str, step: Callable[[], Any]) -> Any:
        """What the step gives."""
        print(f"{name} ...", file=sys.stderr)
        begun = perf_counter()
        result = step()
        self.seconds[name] = perf_counter() - begun
        return result


def run(path: Path, folder: Path, steps: Steps, *, notebooks: bool) -> dict[str, pl.DataFrame]:
    """The tables of the trial by their headings, with a case made in `folder`."""
    case = _new_case(path, folder)
    loaded = steps("load", lambda: case.load(folder / "files"))
    _decide_parties(case, folder / "decisions")
    steps("resolve", case.resolve)
    months = steps("check", case.check).frame
    hits = steps("detect, six currencies", lambda: _detect(case))
    steps("mark the payments of the largest payer", lambda: _decide_proceeds(case, folder / "decisions"))
    case.resolve()
    marks = case.proceeds()
    trails = _traced(case, marks, steps)
    receivers = tables.receivers(case, trails)
    compared = steps("compare, ten receivers", lambda: _compared(case, marks, receivers))
    for name in ("40_follow_the_money", "90_jit_report") if notebooks else ():
        steps(f"notebook {name}", lambda notebook=name: finflow.run(notebook, case))
    return {
        "Records": tables.records(case, loaded.frame),
        "In and out": tables.totals(case),
        "Payments between the four companies": tables.between(case),
        "Order inside a day": tables.order(case),
        "Completeness": months.group_by("status").len("account_months"),
        "Red flags": hits,
        "What was marked": tables.marked(case),
        "Where it ends": tables.ends(trails),
        "Still held": tables.held(case, trails),
        "Largest receivers outside": receivers.drop("account_id"),
        "Bounds by arithmetic": compared,
    }


def _new_case(path: Path, folder: Path) -> finflow.Case:
    """A case in `folder`, and beside it the file with its mapping and the right to use it."""
    files = folder / "files"
    files.mkdir(parents=True)
    shutil.copyfile(path, files / "payments.csv")
    shutil.copyfile(HERE / MAPPING, files / MAPPING)
    (files / "sources.toml").write_text(SOURCES, encoding="utf-8")
    (folder / "case").mkdir()
    (folder / "case" / "case.toml").write_text(SETTINGS, encoding="utf-8")
    return finflow.open_case(folder / "case")


def _traced(case: finflow.Case, marks: Any, steps: Steps) -> dict[tuple[str, str], Any]:
    """A trail for each method and same-day order."""
    trails = {}
    for method, order in product(tables.METHODS, tables.ORDERS):
        choice = {"method": method, "same_day": order}
        name = f"trace {method}, {order.replace('_', ' ')}"
        trails[method, order] = steps(name, partial(case.trace, marks, **choice))
    return trails


def _decide_parties(case: finflow.Case, folder: Path) -> None:
    """Record the companies of the mapping as firms whose published ledger this is."""
    inside = tomllib.loads((HERE / MAPPING).read_text(encoding="utf-8"))["two_sided"]["inside"]
    held = dict(case.sql("SELECT DISTINCT holder_name, account_id FROM statement").rows())
    why = {**DECIDED, "why": "one of the four companies whose published payments these are"}
    parties = [
        {"party_id": f"firm {n}", "name": name, "kind": "legal", "accounts": held[name], **why}
        for n, name in enumerate(inside, 1)
    ]
    roles = [
        {"party_id": row["party_id"], "role": "other", "valid_from": "", "valid_until": "", **why} for row in parties
    ]
    case.decide_from(_written(folder / "parties.csv", parties))
    case.decide_from(_written(folder / "roles.csv", roles))


def _decide_proceeds(case: finflow.Case, folder: Path) -> None:
    """Mark every payment of the outside payer who paid in most US dollars; a trial of the arithmetic, no finding."""
    paid = case.sql("""
        SELECT locator FROM entry WHERE side = 'CRDT' AND counterparty_account_id = (
            SELECT counterparty_account_id FROM leg WHERE side = 'CRDT' AND currency = 'USD' AND NOT counterparty_inside
            GROUP BY counterparty_account_id ORDER BY sum(amount) DESC LIMIT 1
        ) ORDER BY seq
    """)
    why = {**DECIDED, "why": "trial of the arithmetic: the largest payer by amount; nothing is said of the payer"}
    rows = [
        {"file": "payments.csv", "locator": locator, "detail_no": "", "amount": "", "origin": ORIGIN, **why}
        for locator in paid["locator"]
    ]
    case.decide_from(_written(folder / "proceeds.csv", rows))


def _written(path: Path, rows: list[dict[str, str]]) -> Path:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def _detect(case: finflow.Case) -> pl.DataFrame:
    """Hits by currency and red flag; a lead only."""
    named = dict(tables.companies(case).rows())
    found = []
    for currency in case.sql("SELECT DISTINCT currency FROM statement ORDER BY 1")["currency"]:
        hits = case.detect(currency=currency).frame.with_columns(
            company=pl.col("subject").replace_strict(named, default="an outside account"), in_=pl.lit(currency)
        )
        found.append(hits.group_by("in_", "query", "indicator", "company").len("hits"))
    return pl.concat(found).rename({"in_": "currency"}).sort("currency", "query", "company")


def _compared(case: finflow.Case, marks: Any, receivers: pl.DataFrame) -> pl.DataFrame:
    """All payments to each of the ten receivers as if they bought one asset: price, bounds, lowest and highest."""
    legs = {}
    for number, account, currency in receivers.select("receiver", "account_id", "currency").rows():
        query = """SELECT debit_leg FROM transfer WHERE debit_leg IS NOT NULL AND creditor_account_id = $account
            AND currency = $currency ORDER BY debit_leg"""
        legs[f"{number:02}"] = case.sql(query, account=account, currency=currency)["debit_leg"].to_list()
    found = case.compare(marks, legs).frame
    return found.with_columns(receiver=pl.col("asset_id").cast(pl.Int64)).select(
        "receiver", "currency", "price", "at_least", "lowest", "highest", "at_most"
    )


def main() -> None:
    """Run the trial and print its tables."""
    if len(sys.argv) != 3 or not Path(sys.argv[1]).is_file() or Path(sys.argv[2]).exists():
        raise SystemExit("Give the path of payments.csv and a folder that is not there yet.")
    path, folder = Path(sys.argv[1]), Path(sys.argv[2])
    steps = Steps()
    for heading, frame in run(path, folder, steps, notebooks=True).items():
        print(f"### {heading}\n\n{tables.markdown(frame)}\n")
    times = pl.DataFrame({"step": list(steps.seconds), "seconds": [f"{taken:.2f}" for taken in steps.seconds.values()]})
    print(f"### Time\n\n{tables.markdown(times)}\n")


if __name__ == "__main__":
    main()
