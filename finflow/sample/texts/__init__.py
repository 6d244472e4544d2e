"""What a person wrote for the case, as plain files: names, rights, mappings, roles, the register of assets."""

import csv
import io
import tomllib
from importlib import resources


def text(name: str) -> str:
    """One file, with `\\n` line ends whatever the platform made of them."""
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8").replace("\r\n", "\n")


def table(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(text(name))))


NAMES: dict[str, list[str]] = tomllib.loads(text("names.toml"))
