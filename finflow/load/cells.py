"""From printed text to values, as SQL: one expression for each kind of cell. NULL in, NULL out.

Amounts stay exact: text is checked against the one form the mapping declares and cast to a decimal, never to a float.
"""

import re
from dataclasses import dataclass

import duckdb

from finflow.errors import FinflowError
from finflow.money import CHAINS

HARD_SPACES = "\u00a0\u202f\u2007\u2009"
FIRST_DAY, LAST_DAY = "1950-01-01", "2100-12-31"  # a date outside is a misread one, not a booking
THOUSANDS = {"'": "'\u2019", " ": " " + HARD_SPACES}
IBAN = "[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}"
NO_BANK = "unknown/"  # how the id of an account begins whose bank nobody names; never one inside the case
ADDRESS = f"(?:{'|'.join(CHAINS)})/.+"
ANY_CASE = "(?i)0x[0-9a-f]{40}"  # letters of these addresses differ in nothing but a check sum
CAPITALS = "(?:BC|LTC)1[02-9AC-HJ-NP-Z]+"  # bech32, which may be printed whole in capitals
NO_ACCOUNT = "'NULL', 'N/A', 'NA', 'NONE', 'NAN', 'NIL', 'NOTPROVIDED', 'UNKNOWN'"

MACROS = (
    # An amount below ten thousand million divides as a machine number, ten times as fast.
    """
    CREATE MACRO finer(amount, unit) AS
        coalesce(try_cast(amount AS DECIMAL(18, 8)) % unit::DECIMAL(18, 8), amount % unit) <> 0
    """,
    # Looking whether there is a blank takes half as long as taking blanks out.
    """
    CREATE MACRO squeezed(t) AS upper(
        CASE WHEN contains(t, ' ') OR contains(t, '\u00a0') THEN replace(replace(t, '\u00a0', ''), ' ', '') ELSE t END
    )
    """,
    # An address on a chain keeps its letters, which tell one address from another, save where their case means nothing.
    f"""
    CREATE MACRO address_id(t) AS CASE
        WHEN regexp_full_match(substr(t, instr(t, '/') + 1), '{ANY_CASE}|{CAPITALS}')
        THEN left(t, instr(t, '/')) || lower(substr(t, instr(t, '/') + 1)) ELSE t END
    """,
    # `t` as printed, `s` squeezed. An account without IBAN is its bank and its number, since banks give out the same
    # numbers. What begins with one of '0/.-' sorts before '1': patterns are asked of few.
    f"""
    CREATE MACRO account_id(t, s, bank) AS CASE
        WHEN strlen(s) BETWEEN 15 AND 34 AND regexp_full_match(s, '{IBAN}') THEN s
        WHEN s IN ({NO_ACCOUNT}) OR (s < '1' AND regexp_full_match(s, '[0/.-]*')) THEN NULL
        WHEN NOT contains(s, '/') THEN coalesce(upper(bank) || '/', '{NO_BANK}') || s
        WHEN regexp_full_match(t, '{ADDRESS}') THEN address_id(t) ELSE s END
    """,
)

_DIRECTIVES = {
    "Y": r"\d{4}", "y": r"\d{2}", "m": r"\d{1,2}", "d": r"\d{1,2}", "H": r"\d{1,2}", "M": r"\d{2}", "S": r"\d{2}",
    "I": r"\d{1,2}", "p": "[AaPp][Mm]", "b": "[A-Za-z]{3}", "B": "[A-Za-z]{3,}", "f": r"\d{1,6}",
    "z": r"[+-]\d{2}:?\d{2}|Z",
}  # fmt: skip


@dataclass(frozen=True)
class Money:
    """How a source prints amounts."""

    decimal: str = "."
    thousands: str = ""

    def pattern(self) -> str:
        """The whole form of an amount: up to eight decimals, one sign in front or behind, or parentheses for minus."""
        point = re.escape(self.decimal)
        whole = r"\d{1,20}"
        if self.thousands:
            marks = "".join(re.escape(mark) for mark in THOUSANDS.get(self.thousands, self.thousands))
            whole = rf"(?:\d{{1,3}}(?:[{marks}]\d{{3}})+|{whole})"
        number = rf"(?:{whole}(?:{point}\d{{1,8}}0*)?|{point}\d{{1,8}}|\d(?:{point}\d{{1,8}})?[eE]\+?[01]?\d)"
        return rf"[+-]?\s?{number}|{number}\s?[+-]|\({number}\)"

    def plain(self) -> str:
        """The commonest part of that form, which is quicker to tell and casts as it stands."""
        return rf"[+-]?\d{{1,20}}(?:{re.escape(self.decimal)}\d{{1,8}})?"

    def too_fine(self) -> str:
        """The form of an amount with more decimals than can be kept exactly."""
        return rf"\D*\d[^eE]*{re.escape(self.decimal)}\d{{8}}\d*[1-9]\d*\D*"

    def value(self, cell: str) -> str:
        """SQL: the signed decimal a cell of the whole form stands for."""
        digits = cell
        for mark in THOUSANDS.get(self.thousands, self.thousands):
            digits = f"replace({digits}, '{mark.replace(chr(39), chr(39) * 2)}', '')"
        minus = f"CASE WHEN contains({cell}, '-') OR {cell}[1] = '(' THEN -1 ELSE 1 END"
        plain = f"{cell}[-1] BETWEEN '0' AND '9' AND NOT contains({digits}, ' ')"  # a minus may belong to an exponent
        number = f"trim({digits}, '+-() ')"
        return f"""
            CASE WHEN {plain} THEN {self.plain_value(digits)}
            ELSE ({minus} * {self.plain_value(number)})::DECIMAL(28, 8) END
        """

    def plain_value(self, cell: str) -> str:
        """SQL: the signed decimal a cell of the plain form stands for."""
        number = f"replace({cell}, ',', '.')" if self.decimal == "," else cell
        return f"try_cast({number} AS DECIMAL(28, 8))"


def date_pattern(form: str) -> str:
    """The regular expression a date of a strptime form matches whole; a form without separators has fixed widths.

    Raises FinflowError for a directive that is not known.
    """
    parts = re.split(r"%(.)", form)
    fixed = re.search(r"%[A-Za-z]%[A-Za-z]", form) is not None
    pattern = re.escape(parts[0])
    for directive, text in zip(parts[1::2], parts[2::2], strict=True):
        if directive not in _DIRECTIVES:
            known = " ".join(f"%{name}" for name in _DIRECTIVES)
            raise FinflowError(f"%{directive} in a date form is not known. Write the form with {known}.")
        piece = _DIRECTIVES[directive]
        pattern += f"(?:{piece.replace('{1,2}', '{2}') if fixed else piece})" + re.escape(text)
    return pattern


def day_form(form: str) -> str:
    """The part of a strptime form that gives the day."""
    return re.split(r"[T\s,]*%[HI]", form)[0]


def install(con: duckdb.DuckDBPyConnection) -> None:
    """Make the macros known to a connection."""
    for macro in MACROS:
        con.execute(macro)
