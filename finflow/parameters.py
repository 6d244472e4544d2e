"""The values a notebook takes, checked before anything runs.

The cell tagged `parameters` documents itself, one line a parameter: `name: type = default  # help`. Types are str, int,
bool and list[str]; without a default the value must be given. Days and decimals are typed as text, and the end of the
name says which: `from_date` and `decided_on` are days, `least_amount`, `wage_rate` and `paid_share` are decimals. The
cell after it turns the text into values: `given = finflow.parameters(from_date=from_date, least_amount=least_amount)`.
"""

import ast
import io
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from types import SimpleNamespace
from typing import Any

from finflow.errors import FinflowError
from finflow.trace.policies import ALLOWED, is_value

TYPES = ("str", "int", "bool", "list[str]")
CHOICES = {name: ALLOWED[name] for name in ("method", "same_day")}
DAYS = ("_date", "_on")
DECIMALS = ("_amount", "_rate", "_share")


@dataclass(frozen=True)
class Parameter:
    """One line of a parameters cell; `default` says nothing when `required`."""

    name: str
    type: str
    help: str
    required: bool
    default: Any = None

    def __str__(self) -> str:
        """The line as a person would type it."""
        value = "" if self.required else f" = {self.default!r}"
        return f"{self.name}: {self.type}{value}" + (f"  # {self.help}" if self.help else "")


def parameters(**values: Any) -> SimpleNamespace:
    """The values of a parameters cell with days as `date` and decimals as `Decimal`; an empty text is None for both.

    Other values pass as they are. Raises FinflowError naming the parameter and what to type.
    """
    return SimpleNamespace(**{name: _converted(name, value) for name, value in values.items()})


def declared_in(source: str, where: str) -> tuple[Parameter, ...]:
    """The parameters a cell declares. Raises FinflowError naming `where` and the line that is not of the form."""
    try:
        tree = ast.parse(source)
        helps = _comments(source)
    except (SyntaxError, tokenize.TokenError):
        raise FinflowError(
            f"{where}: the parameters cell is not Python. Write lines of name: type = default."
        ) from None
    return tuple(_declared(node, helps, where) for node in tree.body)


def checked(declared: Iterable[Parameter], given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The given values when each is declared, of its type and readable, and none that is required is missing.

    Raises FinflowError naming `where`, the parameter, near names and what to type.
    """
    known = {parameter.name: parameter for parameter in declared}
    for name in given:
        if name not in known:
            raise FinflowError(f"{where} has no parameter {name!r}. {_near(name, known)}")
    for parameter in known.values():
        if parameter.required and parameter.name not in given:
            raise FinflowError(f"{where} needs parameter {parameter.name}: {parameter.help or parameter.type}.")
    for name, value in given.items():
        if not _is(known[name].type, value):
            raise FinflowError(f"{where}: parameter {name} must be {known[name].type}, not {type(value).__name__}.")
        _converted(name, value, where)
    return dict(given)


def from_text(declared: Iterable[Parameter], pairs: Iterable[str], where: str) -> dict[str, Any]:
    """Values typed as `name=value` on a command line; a list is its name repeated. What is not declared stays text."""
    kinds = {parameter.name: parameter.type for parameter in declared}
    values: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise FinflowError(f"{where}: write a parameter as name=value, for example partner=NL.")
        if kinds.get(name) == "list[str]":
            values.setdefault(name, []).append(text)
        else:
            values[name] = _typed(kinds.get(name, "str"), name, text, where)
    return values


def _declared(node: ast.stmt, helps: Mapping[int, str], where: str) -> Parameter:
    line = f"{where}, line {node.lineno} of the parameters cell"
    if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)):
        raise FinflowError(f"{line}: write name: type = default  # help.")
    name, kind = node.target.id, ast.unparse(node.annotation)
    if kind not in TYPES:
        raise FinflowError(f"{line}: the type of {name} must be one of {', '.join(TYPES)}.")
    text = helps.get(node.end_lineno or node.lineno, "")
    if node.value is None:
        return Parameter(name, kind, text, required=True)
    try:
        default = ast.literal_eval(node.value)
    except ValueError:
        default = None
    if not _is(kind, default):
        raise FinflowError(f"{line}: the default of {name} must be a plain {kind}.")
    _converted(name, default, where)
    return Parameter(name, kind, text, required=False, default=default)


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}


def _is(kind: str, value: Any) -> bool:
    if kind == "list[str]":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return type(value).__name__ == kind


def _typed(kind: str, name: str, text: str, where: str) -> Any:
    words = {"true": True, "yes": True, "false": False, "no": False}
    if kind == "bool":
        if text.lower() not in words:
            raise FinflowError(f"{where}: parameter {name} is yes or no. Type {name}=yes or {name}=no.")
        return words[text.lower()]
    if kind == "int":
        try:
            return int(text)
        except ValueError:
            raise FinflowError(f"{where}: parameter {name} is a whole number. Type for example {name}=3.") from None
    return text


def _refuse_unknown(name: str, value: Any, where: str) -> None:
    """A value of a parameter that takes one of a few."""
    allowed = CHOICES.get(name, ())
    if allowed and value and not is_value(name, value):
        raise FinflowError(f"{where}: parameter {name} is one of {', '.join(allowed)}.")


def _converted(name: str, value: Any, where: str = "The parameters cell") -> Any:
    _refuse_unknown(name, value, where)
    if not isinstance(value, str) or not name.endswith(DAYS + DECIMALS):
        return value
    if not value:
        return None
    return _day(name, value, where) if name.endswith(DAYS) else _decimal(name, value, where)


def _day(name: str, value: str, where: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise FinflowError(f'{where}: parameter {name} is no day. Type it as {name}="2024-05-01".') from None


def _decimal(name: str, value: str, where: str) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise FinflowError(f'{where}: parameter {name} is no number. Type it as {name}="1000.00", without groups.')
    return number


def _near(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = get_close_matches(name, names, n=3)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"Its parameters: {', '.join(names)}." if names else "It takes none."
