"""A template of side evidence: one kind of table beside the bank files, as a TOML file in `templates/`.

The file is the one source of what the kind is: the tables of the case, the reading of its files, the empty CSV file a
person fills in and `docs/side_evidence.md` are all made from it.

    title = "Adverts"                          # what a page calls it
    row = "one posting of one advert"          # what one row stands for
    purpose = "Adverts as the site ..."
    indicators = ["HT02"]                      # which indicators need it
    calculations = ["benefit"]                 # which calculations need it
    grain = ["site", "advert_id", "posted_on"] # the columns that name a row
    handling = "Contacts are compared, never printed."

    [columns]                                  # one a line: type, required, meaning
    site = { type = "name", required = true, meaning = "Site that published it" }
    role = { type = "one of", values = ["holder", "proxy"], meaning = "..." }
    birth_date = { type = "day", protected = true, meaning = "..." }

A protected column (sex, citizenship, birth, health) stands in a table of its own, in the schema `protected_fact`, which
red flags cannot read.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Type = Literal[
    "text", "name", "account", "day", "moment", "amount", "currency", "number", "state", "yes or no", "one of", "phone",
    "email",
]  # fmt: skip
Text = Annotated[str, Field(min_length=1)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z_]*[a-z]$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Column(_Part):
    """One column: its type, whether a row needs it, what it means; `values` are those of `one of`."""

    type: Type
    meaning: Text
    required: bool = False
    protected: bool = False
    values: list[Text] = []

    @model_validator(mode="after")
    def _whole(self) -> "Column":
        if (self.type == "one of") != bool(self.values):
            raise ValueError("values go with type one of")
        if self.required and self.protected:
            raise ValueError("a protected column is never required")
        return self


class Template(_Part):
    """One kind of side evidence; the module's text shows every key. `kind` is the name of its file and of its table."""

    kind: Identifier
    title: Text
    row: Text
    purpose: Text
    indicators: Annotated[list[Annotated[str, Field(pattern=r"^HT\d\d$")]], Field(min_length=1)]
    calculations: list[Text]
    grain: Annotated[list[Identifier], Field(min_length=1)]
    handling: Text
    columns: dict[Identifier, Column]

    @model_validator(mode="after")
    def _whole(self) -> "Template":
        if unknown := [name for name in self.grain if name not in self.columns]:
            raise ValueError(f"grain names {unknown[0]}, which is no column")
        amounts = [name for name, column in self.columns.items() if column.type == "amount"]
        if bool(amounts) != ("currency" in self.columns):
            raise ValueError("amounts go with one column currency")
        return self

    def open_columns(self) -> dict[str, Column]:
        """The columns a red flag may read."""
        return {name: column for name, column in self.columns.items() if not column.protected}

    def protected_columns(self) -> dict[str, Column]:
        """The columns that stand apart."""
        return {name: column for name, column in self.columns.items() if column.protected}


@cache
def templates() -> dict[str, Template]:
    """Every template by its kind, in the order of their names."""
    files = sorted((Path(__file__).parent / "templates").glob("*.toml"))
    return {path.stem: read_template(path.read_text(encoding="utf-8"), path.stem) for path in files}


def read_template(text: str, kind: str) -> Template:
    """A template from its text. Raises ValueError naming the key that is wrong: templates come with finflow."""
    return Template.model_validate({"kind": kind, **tomllib.loads(text)})
