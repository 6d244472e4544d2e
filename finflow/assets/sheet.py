"""One sheet for each asset, in the order of the report: identification, arithmetic, rules, payments, routes, law."""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import polars as pl

from finflow.assets.words import say
from finflow.errors import FinflowError
from finflow.law import law as table_of_law
from finflow.results import table, text
from finflow.trace.policies import SAID

if TYPE_CHECKING:
    from finflow.assets.overview import Assets

_FIELDS = {
    "kind": "kind", "state": "State", "holder": "holder", "behind": "thought to stand behind the holder (assessment)",
    "amount": "value", "encumbrance": "ranks first", "encumbrance_holder": "ranks first for", "remains": "remains",
    "valued_on": "value on", "value_source": "value from",
}  # fmt: skip
_MONEY = ("amount", "encumbrance", "remains")


@dataclass(frozen=True)
class Sheet:
    """What is known about one asset, shown by a notebook cell that ends with it. `arithmetic` comes before any rule."""

    row: dict[str, Any]
    arithmetic: tuple[str, ...]
    methods: pl.DataFrame
    payments: pl.DataFrame
    routes: pl.DataFrame

    @classmethod
    def of(cls, assets: "Assets", asset_id: str) -> "Sheet":
        """The sheet of one asset of `assets`."""
        rows = assets.frame.filter(pl.col("asset_id") == asset_id).to_dicts()
        if not rows:
            raise unknown_asset(assets.frame.filter(pl.col("origin") == "register")["asset_id"].to_list())
        own = pl.col("asset_id") == asset_id
        parts = (frame.filter(own).drop("asset_id") for frame in (assets.methods, assets.payments, assets.routes))
        return cls(rows[0], tuple(map(_arithmetic, assets.bounds.filter(own).to_dicts())), *parts)

    @property
    def element(self) -> str:
        """Fixed id of the element on a page."""
        return "finflow-asset-" + "".join(c if c.isalnum() else "-" for c in self.row["asset_id"].lower())

    def _repr_html_(self) -> str:
        return self.html()

    def html(self, *, law: bool = True) -> str:
        """The sheet as a part of a page; without the table of law where the page has one for all sheets."""
        listed = "".join(f"<dt>{escape(words)}</dt><dd>{escape(value)}</dd>" for words, value in self._facts())
        sentences = [*self.arithmetic, say("sheet", "rules")] if self.arithmetic else []
        paragraphs = "".join(f"<p>{escape(sentence)}</p>" for sentence in [*sentences, self.row["note"]] if sentence)
        return (
            f'<section class="finflow" id="{self.element}"><h3>{escape(self.row["asset"])}</h3><dl>{listed}</dl>'
            f"{paragraphs}{''.join(self._tables(law=law))}</section>"
        )

    def _facts(self) -> list[tuple[str, str]]:
        """What identifies the asset: words and value, without what is not known or would say the same twice."""
        row = self.row | {"kind": self.row["kind"].replace("_", " ")}
        row |= {name: f"{row['currency']} {text(row[name])}" for name in _MONEY if row[name] is not None}
        if not self.row["encumbrance"]:
            row["remains"] = None
        if row["behind"] == row["holder"]:
            row["behind"] = None
        return [(words, text(row[name])) for name, words in _FIELDS.items() if row[name] is not None]

    def _tables(self, *, law: bool) -> list[str]:
        payments = self.payments.drop("leg_id")
        methods = self.methods.select(
            pl.col("method").replace_strict(SAID["method"]).alias("rule"), pl.exclude("method")
        )
        shown = (
            ("methods", methods, "Amount linked to the source, by accounting rule"),
            ("payments", payments, f"Bank lines that paid, and candidates. {say('sheet', 'candidate')}"),
            ("routes", self.routes, "Roads to the asset: what is shown, what is missing, what speaks against"),
            ("law", self._law() if law else pl.DataFrame(), "Legal bases named above"),
        )
        return [
            table(frame, element=f"{self.element}-{name}", caption=caption)
            for name, frame, caption in shown if not frame.is_empty()
        ]  # fmt: skip

    def _law(self) -> pl.DataFrame:
        named = {code.partition(" ")[0] for codes in self.routes["basis"] for code in codes.split(", ")}
        columns = ("code", "title", "instrument", "article", "as_of", "mark", "to_be_shown")
        return table_of_law().frame.filter(pl.col("code").is_in(sorted(named))).select(columns)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        """The heading and the arithmetic, for a terminal."""
        return "\n".join((self.row["asset"], *self.arithmetic, self.row["note"])).strip()


def unknown_asset(registered: list[str]) -> FinflowError:
    """The error for an id that no asset has; it names the ids a person gave."""
    none = "None is registered: finflow assets CASE --register FILE.csv."
    listed = f"Registered: {', '.join(registered)}." if registered else none
    return FinflowError(f"No asset has this id. {listed} Balances the case found: finflow assets CASE --json.")


def _arithmetic(bound: dict[str, Any]) -> str:
    return say("sheet", arithmetic_of(bound), **bound)


def arithmetic_of(bound: dict[str, Any]) -> str:
    """Which sentence says what arithmetic shows: a minimum, none, or none since an opening balance is not known."""
    if bound["other"] is None:
        return "no_opening"
    return "arithmetic" if bound["at_least"] > 0 else "no_minimum"
