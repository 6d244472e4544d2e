"""Why a figure stands: what was paid or lies there, how much of it by arithmetic and by the method, and the chains of
bank lines from what was marked. One screen: `trail.why`.

Accounts and assets are called as pages call them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from finflow.counting import counted
from finflow.errors import FinflowError
from finflow.pictures.flows import read_flows
from finflow.results import Result, table, text
from finflow.trace.comparison import LEADS_ONLY, around
from finflow.trace.lineage import LOT_METHODS
from finflow.trace.lines import with_lines
from finflow.trace.policies import SAID, parted

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace.comparison import Comparison
    from finflow.trace.trail import Paths, Trail

SCREEN = 40
"""Lines of the terminal that an answer may fill: what a person sees at once."""
MOST_PAYMENTS = 8
_STEP: dict[str, Any] = {
    "chain": pl.Int64, "origin": pl.String, "explains": pl.Decimal(28, 8), "explains_currency": pl.String,
    "step": pl.Int64, "date": pl.String, "from": pl.String, "to": pl.String, "amount": pl.Decimal(28, 8),
    "currency": pl.String, "exhibit": pl.String, "locator": pl.String, "transfer_id": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Why(Result):
    """The answer in words (`said`), then the largest chains, one row a step; amounts are decimals.

    Columns: chain (largest first), origin, explains (how much of the target the whole chain explains, in
    explains_currency), step, date, from, to (accounts as pages call them), amount, currency, exhibit, locator,
    transfer_id. left: by currency, what the chains leave out; left_out: how many chains there are beside them.
    """

    title: str
    said: tuple[str, ...]
    left: dict[str, Decimal]
    left_out: int

    element: ClassVar[str] = "finflow-why"

    @property
    def sentences(self) -> tuple[str, ...]:
        """The answer for a terminal, as many whole chains as one screen has room for; the largest in any case."""
        lines, without_room = [self.title, *self.said], []
        for number, chain in enumerate(self.frame.partition_by("chain", maintain_order=True)):
            told = [_heading(chain), *_steps(chain)]
            if number and len(lines) + len(told) + 1 > SCREEN:
                without_room.append(chain.row(0, named=True))
                continue
            lines += told
        more = f" Chains without room here: {len(without_room)}; --json prints them." if without_room else ""
        return (*lines, self._uncovered(without_room) + more)

    @property
    def uncovered(self) -> str:
        """What the chains leave out, in words."""
        return self._uncovered([])

    def _uncovered(self, without_room: list[dict[str, Any]]) -> str:
        left = dict(self.left)
        for chain in without_room:
            left[chain["explains_currency"]] += chain["explains"]
        amounts = " and ".join(_money(x, currency) for currency, x in left.items() if x)
        if not amounts:
            return "The chains given cover all of it."
        more = f" Smaller chains left out: {self.left_out}; --chains, or chains= in Python, gives more."
        return f"Not covered by the chains given: {amounts}.{more if self.left_out else ''}"

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    def shown(self) -> pl.DataFrame:
        """The steps of the chains."""
        return self.frame.drop("transfer_id", "explains_currency")

    def _repr_html_(self) -> str:
        paragraphs = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.said)
        steps = table(self.shown(), element=f"{self.element}-chains", caption="The largest chains, step by step")
        return (
            f'<section class="finflow" id="{self.element}"><h3>{escape(self.title)}</h3>{paragraphs}{steps}'
            f"<p>{escape(self.uncovered)}</p></section>"
        )


def why(trail: "Trail", what: str, chains: int) -> Why:
    """What an asset, an account, a transfer or a leg owes to marked money: see `Trail.why`."""
    if chains < 1:
        raise FinflowError("At least one chain is shown: chains=10, or --chains 10 on the command line.")
    if trail.case is None:
        raise FinflowError("This trail does not know its case. Trace again: case.trace(case.proceeds()).")
    from finflow.trace.verbs import key_of

    with trail.case.reading("why") as con:
        if trail.key != key_of(con, trail.policies, trail.marks, trail.leads_only):
            raise FinflowError("The case has changed since this trail was made. Trace again, then ask why.")
    paths = trail.paths(what, limit=chains)
    flows, _ = read_flows(trail.case, trail, "why")
    with trail.case.reading("why") as con:
        flows = with_lines(con, flows.rename({"bank_line": "leg_id"}))
    title, said = _about(trail.case, trail, what)
    said += [*_under(trail, paths), *_exactness(trail)]
    return Why(_frame(paths, flows), title, tuple(said), paths.uncovered, paths.left_out)


def _about(case: "Case", trail: "Trail", what: str) -> tuple[str, list[str]]:
    """What it is, and what arithmetic shows of it; a trail of leads has no amount to state."""
    from finflow.trace.verbs import compare

    chosen = around(trail.policies)
    if what in set(trail.payments["asset_id"]):
        found = None if trail.leads_only else compare(case, trail.marks, None, accounts=None, **chosen)
        return f"{_called(case, what)} ({what})", _of_asset(case, trail, what, found)
    accounts = {account: called for account, called in _accounts(case).items() if account == what}
    if what in accounts:
        with case.reading("why") as con:
            day = con.execute("SELECT max(booking_date) FROM leg WHERE account_id = $id", {"id": what}).fetchall()[0][0]
        found = None if trail.leads_only else compare(case, trail.marks, None, accounts={what: day}, **chosen)
        return f"What lies on {accounts[what]}", _of_account(found, day)
    return f"Transfer or line {what}", []


def _of_asset(case: "Case", trail: "Trail", what: str, found: "Comparison | None") -> list[str]:
    paid = _payments(case, trail, what)
    rows = [
        f"  {row['booking_date']}  {_money(row['amount'], row['currency'])} from {row['account']} "
        f"({row['exhibit']}, {row['locator']}){_came_back(row)}"
        for row in paid.head(MOST_PAYMENTS).to_dicts()
    ]
    more = [f"  and {paid.height - MOST_PAYMENTS} further payments"] if paid.height > MOST_PAYMENTS else []
    said = [
        f"Paid from accounts of the case in {counted(paid.height, 'payment')} that a person linked to it:",
        *rows,
        *more,
    ]
    if (paid["amount"] < paid["leg_amount"]).any():
        said.append("Of some of these lines only a part paid for it. The chains below are of the whole lines.")
    if found is None:
        return said
    mine = pl.col("asset_id") == what
    said += [_arithmetic(row | {"where": "before payment"}) for row in _named(case, found.bounds.filter(mine))]
    without = found.links.filter(mine, pl.col("link") == "all links") if found.links.height else found.links
    alone = without if without.height else found.links.filter(mine)
    said += [
        f"Without the links that persons made ({_and(found.links.filter(mine)['decided_by'])}): at least "
        f"{_money(row['at_least'], row['currency'])}, at most {_money(row['at_most'], row['currency'])}."
        for row in alone.to_dicts()
    ]
    if parted("dust", trail.policies["dust"])[1]:  # a comparison follows small amounts too
        return said
    return said + [
        _by_the_rule(trail.policies["method"], runs) for runs in found.runs.filter(mine).partition_by("currency")
    ]


def _by_the_rule(method: str, runs: pl.DataFrame) -> str:
    """What one rule gives, and the range over the orders of a day where they matter."""
    currency = runs["currency"][0]
    amount = runs.filter(pl.col("run") == method)["amount"].item()
    orders = runs.filter(pl.col("method") == method, pl.col("run").str.starts_with(f"{method}, same_day "))["amount"]
    low, high = min([amount, *orders]), max([amount, *orders])
    moved = f", or {_money(low, currency)} to {_money(high, currency)} by the order within a day" if low < high else ""
    return (
        f"By the rule of this trail ({SAID['method'][method]}), counting the parts that paid for it: "
        f"{_money(amount, currency)}{moved}."
    )


def _of_account(found: "Comparison | None", day: Any) -> list[str]:
    if found is None:
        return []
    rows = found.held.with_columns(price="balance", account=pl.lit(None)).to_dicts()
    return [_arithmetic(row | {"where": f"by {day}"}) for row in rows]


def _arithmetic(row: dict[str, Any]) -> str:
    """The arithmetic of a payment or a balance; the word `at least` stands only where a minimum holds."""
    price, other, least, most = (
        None if row[name] is None else _money(row[name], row["currency"])
        for name in ("price", "other", "at_least", "at_most")
    )
    head = f"By arithmetic, of {price} paid from {row['account']}" if row["account"] else f"By arithmetic, of {price}"
    if other is None:
        return (
            f"{head}: an opening balance is not known, so no minimum can be stated; at most {most} comes from "
            "marked money."
        )
    came = f"money of other or unknown origin that was there or came {row['where']}: {other}"
    if row["at_least"] > 0:
        return f"{head}: {came}; so at least {least} comes from marked money whichever rule is applied, at most {most}."
    return f"{head}: {came}; no minimum holds under every rule; at most {most} comes from marked money."


def _under(trail: "Trail", paths: "Paths") -> list[str]:
    """What the chains are read from: the amounts linked to each source, whole lines."""
    totals: dict[str, Decimal] = dict(paths.uncovered)
    for amount, currency in paths.frame.select("amount", "currency").rows():
        totals[currency] += amount
    amounts = " and ".join(_money(total, currency) for currency, total in sorted(totals.items()))
    lead = f"{LEADS_ONLY} " if trail.leads_only else ""
    return [f"{lead}Linked to the source on these lines, under this rule: {amounts}."]


def _exactness(trail: "Trail") -> list[str]:
    if trail.policies["method"] in LOT_METHODS:
        return []
    return ["This rule keeps one total for each source: the chains are one way to read it, oldest money first."]


def _frame(paths: "Paths", flows: pl.DataFrame) -> pl.DataFrame:
    about = {row["transfer_id"]: row for row in flows.to_dicts()}
    rows = [
        about[transfer]
        | {"chain": n, "origin": chain["origin"], "explains": chain["amount"], "explains_currency": chain["currency"]}
        | {"step": i, "amount": amount, "currency": currency}
        for n, chain in enumerate(paths.frame.to_dicts(), 1)
        for i, (transfer, amount, currency) in enumerate(
            zip(chain["transfers"], chain["amounts"], chain["currencies"], strict=True), 1
        )
    ]
    return pl.DataFrame([{name: row[name] for name in _STEP} for row in rows], schema=_STEP)


def _heading(chain: pl.DataFrame) -> str:
    row = chain.row(0, named=True)
    return f"{row['chain']}. {_money(row['explains'], row['explains_currency'])} of the source {row['origin']}:"


def _steps(chain: pl.DataFrame) -> Iterator[str]:
    for row in chain.to_dicts():
        marked = " [marked]" if row["step"] == 1 else ""
        yield (
            f"   {row['date']}  {row['from']} → {row['to']}  {_money(row['amount'], row['currency'])}  "
            f"{row['exhibit']}, {row['locator']}{marked}"
        )


def _came_back(row: dict[str, Any]) -> str:
    return f": {_money(row['came_back'], row['currency'])} of this line came back" if row["came_back"] else ""


def _payments(case: "Case", trail: "Trail", what: str) -> pl.DataFrame:
    from finflow.trace.asked import payments

    with case.reading("why") as con:
        return with_lines(con, payments(con).filter(pl.col("asset_id") == what).sort("booking_date", "leg_id"))


def _named(case: "Case", bounds: pl.DataFrame) -> list[dict[str, Any]]:
    called = _accounts(case)
    return [row | {"account": called[row["account_id"]]} for row in bounds.to_dicts()]


def _accounts(case: "Case") -> dict[str, str]:
    from finflow.labels import labels

    with case.reading("why") as con:
        return labels(con)


def _called(case: "Case", asset: str) -> str:
    from finflow.assets.facts import gather

    with case.reading("why") as con:
        names = {found.asset_id: found.called for found in gather(con).assets}
    return names.get(asset, "An asset that nobody registered")


def _and(names: pl.Series) -> str:
    return ", ".join(sorted(set(names.drop_nulls()))) or "nobody"


def _money(amount: Decimal, currency: str) -> str:
    return f"{currency} {text(amount)}"
