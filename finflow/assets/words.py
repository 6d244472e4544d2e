"""The sentences about assets, from `words.toml`: filled from the case, each chosen by the facts it needs."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from finflow.law import basis
from finflow.results import text


def say(group: str, name: str, **values: Any) -> str:
    """The sentence `name` of a group, filled; amounts as a page prints them."""
    return str(_words()[group][name]).format(**{key: text(value) for key, value in values.items()})


def routes(facts: Mapping[str, bool], values: Mapping[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """Each road to an asset: its name, codes with their mark, what is shown, what is missing, what speaks against.

    A sentence is said when its fact holds (`not` before it: when it does not). Nothing found is said to be nothing
    recorded so far, never that there is nothing.
    """
    return [
        (
            route["name"],
            ", ".join(f"{code} ({basis(code).mark})" for code in route["basis"]),
            *(_said(route[column], facts, values) for column in ("shown_by", "missing", "against")),
        )
        for route in _words()["route"]
    ]


def _said(sentences: list[dict[str, str]], facts: Mapping[str, bool], values: Mapping[str, Any]) -> str:
    printed = {name: text(value) for name, value in values.items()}
    said = [sentence["text"].format(**printed) for sentence in sentences if _holds(sentence["when"], facts)]
    return " ".join(said) or say("sheet", "nothing")


def _holds(when: str, facts: Mapping[str, bool]) -> bool:
    if when in facts:
        return facts[when]
    return when == "always" or not facts[when.removeprefix("not ")]


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(resources.files("finflow.assets").joinpath("words.toml").read_text(encoding="utf-8"))
