"""TOML files a person writes: read, checked against a model, and every fault said with its key."""

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar, get_args

import pydantic
from pydantic import BaseModel

from finflow.errors import FinflowError

Model = TypeVar("Model", bound=BaseModel)


def read_text(path: Path) -> str:
    """The text of a UTF-8 file. Raises FinflowError when it cannot be read as one."""
    if path.is_dir():
        raise FinflowError(f"{path.name} is a folder. Name a file inside it.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError:
        raise FinflowError(f"{path.name} cannot be read. Check its path.") from None
    except UnicodeDecodeError as error:
        raise FinflowError(f"{path.name} is not UTF-8 (byte {error.start + 1}). Save it as UTF-8.") from None


def parse_toml(text: str, source: str, model: type[Model]) -> Model:
    """The text as a `model`. `source` is the file name used in messages.

    Raises FinflowError naming the key and what to write instead; values are not repeated.
    """
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise FinflowError(
            f"{source} is not TOML at {_place(error, text)}. A text stands in quotes, a list in square brackets, "
            "and no key twice. Mend that line, then repeat."
        ) from None
    except pydantic.ValidationError as error:
        raise FinflowError(f"{source}: {_describe(error, model)}") from None


def _place(error: tomllib.TOMLDecodeError, text: str) -> str:
    """Where the fault is. The rest of the parser's message may quote keys, which may be numbers of accounts."""
    found = re.search(r"line \d+, column \d+", str(error))
    last = text.rstrip().split("\n")
    return found[0] if found else f"line {len(last)}, column {len(last[-1]) + 1}"


def _describe(error: pydantic.ValidationError, model: type[BaseModel]) -> str:
    """The faults of a TOML file in one line each: key, what is wrong, what to write; never a value."""
    return (
        "; ".join(_describe_one(fault, model) for fault in error.errors(include_url=False, include_input=False)) + "."
    )


def _describe_one(fault: Any, model: type[BaseModel]) -> str:
    path = [str(step) for step in fault["loc"]]
    key = ".".join(path)
    if fault["type"] == "extra_forbidden":
        return f"unknown key {key}{_nearest(path, model)}"
    if fault["type"] == "missing":
        return f"key {key} is missing: add it"
    message = fault["msg"].removeprefix("Value error, ")
    return f"key {key}: {message}" if key else message


def _nearest(path: list[str], model: type[BaseModel]) -> str:
    names = list(_fields(model, path[:-1]))
    close = difflib.get_close_matches(path[-1], names, n=1)
    return f": did you mean {close[0]}?" if close else f": the keys here are {', '.join(names)}"


def _fields(model: type[BaseModel], path: list[str]) -> list[str]:
    for step in path:
        field = model.model_fields.get(step)
        inner = [kind for kind in _models(field.annotation) if field] if field else []
        if not inner:
            return list(model.model_fields)
        model = inner[0]
    return list(model.model_fields)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models(part)]
