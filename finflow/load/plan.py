"""How a file is to be read: by the mapping given, else by the one that names it, else by what it holds."""

import fnmatch
from dataclasses import dataclass
from pathlib import Path

from finflow.errors import FinflowError
from finflow.load.formats import format_by, format_of
from finflow.load.mapping import Mapping, parse_mapping, read_mapping
from finflow.load.propose import propose_mapping
from finflow.load.recognise import recognised
from finflow.load.records import Readable

MAPPINGS = "mappings"
PROPOSED = "proposed"
RECOGNISED = "header of the template"


@dataclass(frozen=True)
class Named:
    """A mapping with the file name and text under which the case keeps it."""

    name: str
    mapping: Mapping
    text: str


@dataclass(frozen=True)
class Plan:
    """Format, records ready to be read, and the mapping they are read with."""

    form: str
    readable: Readable
    named: Named | None

    @property
    def template(self) -> str | None:
        """The kind of side evidence it holds; None for a bank file."""
        return self.named.mapping.template if self.named else None

    @property
    def called(self) -> str:
        """What the case calls the format."""
        return f"{self.template}: {self.form}" if self.template else self.form


def named(path: Path) -> Named:
    """A mapping from its file."""
    mapping, text = read_mapping(path)
    if mapping.unsure:
        raise FinflowError(
            f"{path.name} is a proposal with open questions ({len(mapping.unsure)}). Settle what its key "
            "`unsure` lists, delete that key, and load again."
        )
    return Named(path.name, mapping, text)


def mapping_for(path: Path, case_folder: Path) -> Named | None:
    """The mapping that names a file: beside it, else among the mappings of the case.

    Raises FinflowError when several do, or one of them is faulty.
    """
    for folder in (path.parent, case_folder / MAPPINGS):
        files = sorted(folder.glob("*.mapping.toml"))
        fitting = [
            file for file in files if any(fnmatch.fnmatch(path.name, glob) for glob in read_mapping(file)[0].files)
        ]
        if len(fitting) > 1:
            raise FinflowError(
                f"{path.name} is named by {fitting[0].name} and by {fitting[1].name}. Let the `files` of one of them "
                "name it, or choose with --mapping."
            )
        if fitting:
            return named(fitting[0])
    return None


def plan(copy: Path, name: str, found: Named | None, case_folder: Path, case_zone: str) -> Plan:
    """How a received file is read. `copy`: its bytes; `name`: its name as received.

    Raises FinflowError for a file that is none of the formats, and for a CSV file whose proposed mapping leaves doubts:
    that proposal is written into the case for a person to settle.
    """
    begins = format_of(copy, name)
    form = format_by(found.mapping if found else None, begins)
    if form.by_mapping and begins != form and (begins.by_mapping or begins.name == "pdf"):
        raise FinflowError(
            f'{name} is {begins.name}, but its mapping says {form.name}. Write format = "{begins.name}" in the mapping.'
        )
    if form.by_mapping and begins.name == "pdf":
        raise FinflowError(
            f"{name} is a PDF, but its mapping says {form.name}. Write a mapping with a [layout] for it."
        )
    if form.by_mapping:
        found = found or _recognised(copy, name, form.name) or _proposed(copy, name, case_folder)
    return Plan(form.name, form.reader(copy, name, found.mapping if found else None, case_zone), found)


def _recognised(copy: Path, name: str, form: str) -> Named | None:
    """The mapping of a table whose header is that of a template."""
    text = recognised(copy, name, form)
    return Named(RECOGNISED, parse_mapping(text, name), text) if text else None


def _proposed(copy: Path, name: str, case_folder: Path) -> Named:
    proposal = propose_mapping(copy, name)
    if not proposal.unsure:
        return Named(PROPOSED, parse_mapping(proposal.text, f"the mapping proposed for {name}"), proposal.text)
    folder = case_folder / MAPPINGS
    folder.mkdir(exist_ok=True)
    target = folder / f"{Path(name).stem}.mapping.toml"
    target.write_text(proposal.text, encoding="utf-8", newline="\n")
    raise FinflowError(
        f"{name} has no mapping, and a proposed one leaves doubts: {'; '.join(proposal.unsure)}. "
        f"Settle them in {case_folder.name}/{MAPPINGS}/{target.name}, then load again."
    )
