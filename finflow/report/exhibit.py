"""The exhibit of a trace: the rule in words, who chose it and when, every run made, what persons' links change, where
rules part, what the figures rest on, and that no money was lost on the way.
"""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from finflow import log, store
from finflow.check import IN_DOUBT
from finflow.labels import labels
from finflow.report.page import Section, heading, say, section
from finflow.results import money, table, text, without_zeros
from finflow.trace.comparison import around
from finflow.trace.earlier import earlier_debits
from finflow.trace.policies import ALLOWED, MEANING, SAID, is_same, is_value, parted, said
from finflow.trace.verbs import compare

if TYPE_CHECKING:
    from finflow.assets import Assets
    from finflow.case import Case
    from finflow.trace.comparison import Comparison
    from finflow.trace.trail import Trail

LOOKING = {
    "trace": "one rule",
    "compare": "every rule, order and other choice",
    "composition": "what one payment was made of",
    "claims": "a balance shared among claimants",
    "earlier_debits": "earlier debits that linked money was to pay for",
    "trace_outputs": "one rule, over transactions of a chain",
}
"""Verbs whose outcome shows traced amounts, as a page calls them."""

_CHOSEN = """
    SELECT subject AS policy, object AS value, amount, decided_by, decided_on, recorded_at
    FROM decision WHERE kind = 'policy' ORDER BY decision_no
"""
_CONFIRMED = "SELECT count(*) FROM decision_holding WHERE kind = 'earlier_debit'"
_UNMATCHED = """
    SELECT count(*) FROM leg
    WHERE side = 'CRDT' AND counterparty_inside AND pair_turn IS NULL
        AND EXISTS (FROM asked WHERE asked.account_id = leg.account_id AND leg.booking_date < asked.until)
        AND leg_id NOT IN (FROM marked)
"""
_ACKNOWLEDGED = """
    SELECT subject AS account_id, object AS month, decided_by, decided_on
    FROM decision_holding WHERE kind = 'gap_acknowledged'
"""


def exhibit(case: "Case", trail: "Trail", found: "Assets | None" = None) -> Section:
    """How the money of a trail was traced; with assets also what arithmetic counts, and what links and rules change.

    Raises DataGap when a figure rests on a gap that nobody acknowledged.
    """
    trail.refuse_gaps()
    made = runs(case)
    asked = found is not None and not found.bounds.is_empty() and not trail.leads_only
    compared = compare(case, trail.marks, None, accounts=None, **around(trail.policies)) if asked else None
    return section(
        "How the money was traced",
        say("traced.statement", statement=trail.statement),
        say("traced.leads") if trail.leads_only else None,
        *_choices(case, trail, made),
        heading("Every run made"),
        say("traced.runs", count=made.height),
        table(made.drop("moment"), element="finflow-runs", caption="Questions asked, each once, by the first time"),
        *(_compared(trail, found, compared) if compared and found else []),
        *_behind(case, trail, compared),
        *_earlier(case, trail),
        heading("Conservation"),
        say("traced.conserved", residue=money(sum(map(abs, trail.proof["residue"]), Decimal(0)))),
        _conserved(trail),
    )


def runs(case: "Case") -> pl.DataFrame:
    """Every question that gave traced amounts, once each: moment, first made, by, what, marks, policies."""
    asked: dict[str, dict[str, Any]] = {}
    users: dict[str, str] = {}
    made: dict[tuple[str, ...], dict[str, Any]] = {}
    for line in log.lines(case.folder):
        if line["verb"] not in LOOKING:
            continue
        if line["phase"] == "intent":
            asked[line["work"]] = line["detail"]
        elif line["phase"] == "done":
            detail = asked.pop(line["work"], {}) | line["detail"]
            row = _run(line, detail, users)
            about = str(detail.get("key") or detail.get("trail"))  # the marks and lines themselves, in a hash
            made.setdefault((row["what"], row["marks"], row["policies"], about), row)
    return pl.DataFrame(list(made.values()), schema=_RUNS)


_RUNS: dict[str, Any] = {
    "moment": pl.Datetime("ms"), "first made": pl.String, "by": pl.String, "what": pl.String, "marks": pl.String,
    "policies": pl.String,
}  # fmt: skip


def _run(line: dict[str, Any], detail: dict[str, Any], users: dict[str, str]) -> dict[str, Any]:
    moment = datetime.fromisoformat(line["time"]).replace(tzinfo=None)
    values = {name: value for name, value in detail.items() if name in ALLOWED}
    other = around(values) if line["verb"] == "compare" else values
    differs = [f"{SAID[p]['']}: {_words(p, v)}" for p, v in other.items() if p == "method" or v != ALLOWED[p][0]]
    differs += [f"{name}: {detail[name]}".replace("_", " ") for name in ("rule", "days") if name in detail]
    return {
        "moment": moment, "first made": f"{moment:%Y-%m-%d %H:%M} UTC",
        "by": users.setdefault(line["user"], f"user {len(users) + 1}"),
        "what": LOOKING[line["verb"]],
        "marks": f"{detail.get('marks', '')}{', leads only' if detail.get('leads_only') else ''}",
        "policies": "; ".join(differs) or "as stated above",
    }  # fmt: skip


def _words(policy: str, value: str) -> str:
    """A value in words; one that an earlier version knew as it was written."""
    return said(policy, value) if is_value(policy, value) else value.replace("_", " ")


def _choices(case: "Case", trail: "Trail", made: pl.DataFrame) -> list[str]:
    """Every policy: its value, the others that were run, who chose it, and whether before results were seen."""
    with case.reading("report") as con:
        chosen = store.frame(con, _CHOSEN).partition_by("policy", as_dict=True, maintain_order=True)
    first = made["moment"].min()
    rows = [
        {
            "choice": f"{SAID[policy]['']}: {MEANING[policy]}", "value": _words(policy, value),
            "it may also be": ", ".join(_words(policy, v) for v in ALLOWED[policy] if v != parted(policy, value)[0]),
            "chosen": _choice(policy, chosen[policy,].to_dicts() if (policy,) in chosen else [], value, first),
        }
        for policy, value in trail.policies.items()
    ]  # fmt: skip
    return [
        *([] if ("method",) in chosen else [say("traced.no_choice")]),
        *([say("traced.first", first=made["first made"][0])] if made.height else []),
        table(pl.DataFrame(rows), element="finflow-policies", caption="Choices made where law or records leave one"),
    ]


def _choice(policy: str, decisions: list[dict[str, Any]], value: str, first: Any) -> str:
    """Who chose, the last choice first; a mind that was changed shows."""
    if not decisions:
        return "as the software proposes; nobody recorded a choice"
    *earlier, last = [(_chosen(row, first), row) for row in decisions]
    told = last[0]
    if last[1]["amount"] == 0:
        told += ", took the choice back"
    elif not is_same(policy, last[1]["value"], value):
        told += ", for another value than the one shown"
    before = [f"{_words(policy, row['value'])}{' taken back' if row['amount'] == 0 else ''}: {said_}"
              for said_, row in reversed(earlier)]  # fmt: skip
    return "; before that ".join([told, *before])


def _chosen(decision: dict[str, Any], first: Any) -> str:
    when = "before" if first is None or decision["recorded_at"] < first else "after"
    return f"{decision['decided_by']} on {decision['decided_on']}, recorded {when} the first results"


def _compared(trail: "Trail", found: "Assets", compared: "Comparison") -> list[str]:
    named = dict(found.frame.select("asset_id", "asset").rows())
    return [
        heading("What arithmetic counts"),
        say("traced.counted"),
        table(_counted(compared, named), element="finflow-counted", caption="Lines counted, by kind", rows=500),
        heading("Lowest and highest of all runs"),
        say("traced.lowest"),
        table(_extremes(compared, named), element="finflow-extremes", caption="Which run gives which amount"),
        heading("Links made by persons"),
        *_links(compared, named),
        *_elections(compared, named),
        heading("Where the rules part"),
        say("traced.partings"),
        table(_partings(compared, trail), element="finflow-partings", caption="First payment at which a rule parts"),
    ]


def _counted(compared: "Comparison", named: dict[str, str]) -> pl.DataFrame:
    by = ("asset_id", "account", "currency", "money", "what")
    lines = compared.counted.group_by(by, maintain_order=True).agg(pl.len().alias("lines"), _sum_or_unknown("amount"))
    return _with_asset(lines, named).rename({"money": "counts as", "what": "line"})


def _sum_or_unknown(name: str) -> pl.Expr:
    return pl.when(pl.col(name).null_count() == 0).then(pl.col(name).sum()).alias(name)


def _extremes(compared: "Comparison", named: dict[str, str]) -> pl.DataFrame:
    return _with_asset(compared.shown(), named)


def _links(compared: "Comparison", named: dict[str, str]) -> list[str]:
    if compared.links.is_empty():
        return [say("traced.no_links")]
    rows = compared.changed_by_links.select(
        "asset_id", "link", "origin", "decided_by", "decided_on", "evidence", "currency",
        pl.col("with_least").alias("at least"), pl.col("at_least").alias("at least without it"),
        pl.col("with_most").alias("at most"), pl.col("at_most").alias("at most without it"),
        pl.col("raises_from").alias("raises the rules by at least"), pl.col("raises_to").alias("by at most"),
    )  # fmt: skip
    caption = "What each link changes; a link that changes nothing here is left out"
    return [say("traced.links"), table(_with_asset(rows, named), element="finflow-links", caption=caption, rows=500)]


def _elections(compared: "Comparison", named: dict[str, str]) -> list[str]:
    """What each election of a person changes, as far as there are any."""
    if compared.elections.is_empty():
        return []
    elected = pl.col("election").replace_strict(named, default="an asset that nobody registered")
    rows = _with_asset(compared.elections, named).select(
        pl.when(pl.col("election").is_null()).then(pl.lit("all elections")).otherwise(elected).alias("election for"),
        "decided_by", "decided_on", "why", "asset", "currency", "amount", "without", "effect",
    )  # fmt: skip
    caption = "Amounts under the rule of the lowest balance, with the elections and without each"
    return [
        heading("Elections of persons"),
        say("traced.elections"),
        table(rows, element="finflow-elections", caption=caption, rows=500),
    ]


def _partings(compared: "Comparison", trail: "Trail") -> pl.DataFrame:
    shown = trail.policies["method"]
    rows = [
        {name: row[name] for name in ("booking_date", "account", "exhibit", "locator", "currency")}
        | {"under the rule shown": row[shown], "rule": _words("method", other), "under it": row[other]}
        for other in ALLOWED["method"]
        for row in compared.parting(shown, other, limit=1).frame.to_dicts()
    ]
    return pl.DataFrame(rows)


def _with_asset(frame: pl.DataFrame, named: dict[str, str]) -> pl.DataFrame:
    asset = pl.col("asset_id").replace_strict(named, default="an asset that nobody registered").alias("asset")
    return frame.select(asset, pl.exclude("asset_id"))


def _behind(case: "Case", trail: "Trail", compared: "Comparison | None") -> list[str]:
    """The account-months behind the figures, of the rule shown and of all that it was compared with; who acknowledged
    those in doubt; and the credits of which the debit is not held.
    """
    every = [trail.rests_on, *([compared.rests_on] if compared else [])]
    months = pl.concat(every).unique(["account_id", "month"]).sort("account_id", "month")
    doubtful = months.filter(pl.col("status").is_in(IN_DOUBT))
    with case.reading("report") as con:
        told, called = store.frame(con, _ACKNOWLEDGED), labels(con)
        until = pl.col("month").max().dt.offset_by("1mo").alias("until")
        con.register("asked", months.group_by("account_id").agg(until))
        con.register("marked", trail.marks.select("leg_id"))
        unmatched = con.execute(_UNMATCHED).fetchall()[0][0]
        con.unregister("asked")
        con.unregister("marked")
    rows = (
        doubtful.with_columns(month=pl.col("month").dt.strftime("%Y-%m"))
        .join(told, on=["account_id", "month"], how="left", maintain_order="left")
        .select(
            pl.col("account_id").replace_strict(called, default=None, return_dtype=pl.String).alias("account"),
            "month", "status", pl.col("decided_by").alias("acknowledged by"), pl.col("decided_on").alias("on"),
        )
    )  # fmt: skip
    counts = {
        "months": months.height,
        "unverified": months.filter(pl.col("status") == "unverified").height,
        "acknowledged": doubtful.height,
    }
    caption = "Months in doubt that a person acknowledged"
    shown = [table(rows, element="finflow-behind", caption=caption, rows=500)] if rows.height else []
    alone = [say("traced.unmatched", count=unmatched)] if unmatched else []
    return [heading("What the figures rest on"), say("traced.gaps", **counts), *alone, *shown]


def _earlier(case: "Case", trail: "Trail") -> list[str]:
    """What persons traced back to debits before linked money came, as far as they decided any."""
    with case.reading("report") as con:
        confirmed = con.execute(_CONFIRMED).fetchall()[0][0]
    if not confirmed or trail.leads_only:
        return []
    found = earlier_debits(case, trail)
    return [heading("Earlier debits"), say("traced.earlier", statement=found.statement)]


def _conserved(trail: "Trail") -> str:
    """The proof without the columns in which nothing stands, which are named; the residue always."""
    frame, left_out = without_zeros(trail.proof, "residue")
    amounts = (pl.col(c).map_elements(text, return_dtype=pl.String) for c in frame.columns[2:])
    caption = f"By source and currency. {left_out}".strip()
    return table(frame.with_columns(amounts), element="finflow-conservation", caption=caption, rows=500)
