"""Judge and keep records of side evidence: parts that are text become the columns of a template, or a reason why not.

The records come from the same readers as bank files in a table; a reason names the column and never its value.
"""

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from finflow.load import cells
from finflow.load.judgement import Query
from finflow.load.keeping import Advance, Outcome, Received, keep_left_out
from finflow.load.naming import left_out, locator, said_by
from finflow.load.plan import Plan
from finflow.load.records import Reading, judged
from finflow.load.settle import engine
from finflow.load.shown import Shown
from finflow.side import Column, Template, templates

FIRST_DAY = "1900-01-01"  # people are born, and companies founded, before any bank line
UNREADABLE = {
    "account": "is not an account",
    "day": "is not a date of the form {dates}",
    "moment": "is not a moment of the form {moments}",
    "amount": "is not an amount (decimal sign {decimal!r}, thousands sign {thousands!r})",
    "number": "is not a number (decimal sign {decimal!r}, thousands sign {thousands!r})",
    "currency": "is not an ISO 4217 code",
    "state": "is not the two-letter code of a State",
    "yes or no": "says neither yes nor no",
    "one of": "is none of: {values}",
    "phone": "is not a telephone number",
    "email": "is not an e-mail address",
}


def keep_rows(
    con: duckdb.DuckDBPyConnection, received: Received, plan: Plan, outcome: Outcome, advance: Advance
) -> None:
    """Judge every record of a file of side evidence and keep it; in the transaction that is open."""
    reading = plan.readable.reading
    template = template_of(reading)
    query = _Rows(template, reading)
    done = 0
    tables = [
        _INSERT.format(table=table, columns=", ".join(columns), some=_some(table, columns))
        for table, columns in _tables(template)
    ]
    with Shown(con) as shown:
        for batch in plan.readable.batches:
            found = judged(received.name, batch, query.judge(batch.records))
            with shown.shown("settled", found.records):
                keep_left_out(shown, received, found, outcome)
                for insert in tables:
                    con.execute(insert, _place(received))
            advance(batch.done - done)
            done = batch.done


def template_of(reading: Reading) -> Template:
    """The template whose rows a file holds."""
    assert reading.mapping is not None
    assert reading.mapping.template is not None
    return templates()[reading.mapping.template]


_INSERT = """
    INSERT INTO evidence.{table} BY NAME
    SELECT concat($prefix::VARCHAR, ':', locator) AS row_id, $file AS file_id, locator, {columns}
    FROM settled WHERE rule IS NULL AND fault IS NULL AND ({some})
"""


def _place(received: Received) -> dict[str, str]:
    return {"prefix": received.file_id[:16], "file": received.file_id}


def _tables(template: Template) -> list[tuple[str, list[str]]]:
    apart = list(template.protected_columns())
    return [(template.kind, list(template.open_columns())), *([(f"protected_{template.kind}", apart)] if apart else [])]


def _some(table: str, columns: list[str]) -> str:
    """SQL: whether a row belongs into a table; into a protected one only when it says anything."""
    return " OR ".join(f"{name} IS NOT NULL" for name in columns) if table.startswith("protected_") else "TRUE"


@dataclass(frozen=True)
class _Form:
    """How the source prints moments, and what else a reason may say."""

    dates: str
    moments: list[str]
    decimal: str
    thousands: str

    def days(self) -> list[str]:
        return list(dict.fromkeys([self.dates, cells.day_form(self.dates), *self.moments]))


def _form(reading: Reading) -> _Form:
    assert reading.mapping is not None
    table = reading.mapping.table
    day = cells.day_form(table.dates)
    times = [table.times, *(["%H:%M"] if table.times == "%H:%M:%S" else [])]
    moments = (
        [table.dates, table.dates.replace(":%S", "")] if day != table.dates else [f"{day} {time}" for time in times]
    )
    return _Form(table.dates, list(dict.fromkeys(moments)), table.decimal, table.thousands)


class _Rows:
    """The query that judges the records of one file: each step adds columns to the one before."""

    def __init__(self, template: Template, reading: Reading) -> None:
        assert reading.mapping is not None
        self._query, self._template, self._mapping = Query(reading), template, reading.mapping
        self._reading = reading
        self._form, self._printed, self._columns = _form(reading), reading.printed, reading.columns
        self._con = engine().cursor()
        self._text = self._whole()

    def judge(self, records: pa.Table) -> pa.Table:
        """Judged records, one row each: `ordinal`, `locator`, the columns of the template, `rule`, `fault`."""
        self._con.register("record", records)
        try:
            return self._con.sql(self._text, params=self._query.values).to_arrow_table()
        finally:
            self._con.unregister("record")

    def _whole(self) -> str:
        columns = self._template.columns
        said = ", ".join(f"{self._said(name)} AS said_{name}" for name in columns)
        valued = ", ".join(f"{self._value(name, column)} AS {name}" for name, column in columns.items())
        place = locator(self._reading, self._query.bind)
        rule = left_out(self._mapping, self._columns, self._query.bind)
        return f"""
            WITH part AS (SELECT ordinal, {place} AS locator, {rule} AS rule, fault AS seen, {said} FROM record),
            valued AS (SELECT *, {valued} FROM part),
            judged AS (SELECT * {self._with_unit()})
            SELECT ordinal, locator, {", ".join(columns)}, rule,
                CASE WHEN rule IS NULL THEN {self._fault()} END AS fault
            FROM judged
        """

    def _said(self, name: str) -> str:
        """SQL: what the file says for a column of the template, translated by [values]."""
        bind, columns = self._query.bind, self._mapping.side_columns.get(name)
        if columns is None:
            text = f"{bind(self._mapping.fixed.get(name))}::VARCHAR"
        else:
            said = said_by(self._mapping.table.null_values, bind)
            text = f"nullif(concat_ws(' ', {', '.join(said(self._columns[column]) for column in columns)}), '')"
        words = self._mapping.values.get(name, {})
        cases = " ".join(f"WHEN {bind(word.strip().lower())} THEN {bind(value)}" for word, value in words.items())
        return f"CASE lower({text}) {cases} ELSE {text} END" if cases else text

    def _value(self, name: str, column: Column) -> str:
        cell, query = f"said_{name}", self._query
        match column.type:
            case "account":
                return query.account_id(cell, f"{query.bind(self._mapping.bank)}::VARCHAR")
            case "amount" | "number":
                return query.amount_of(cell)
            case "day":
                return self._in_range(
                    "coalesce({})::DATE".format(", ".join(query.time_of(cell, f) for f in self._form.days()))
                )
            case "moment":
                spaced = f"regexp_replace({cell}, '([0-9])T([0-9])', '\\1 \\2')"
                return self._in_range(
                    "coalesce({})".format(", ".join(query.moment_of(spaced, f) for f in self._form.moments))
                )
            case "one of":
                return (
                    f"CASE WHEN lower({cell}) IN ({', '.join(map(query.bind, column.values))}) THEN lower({cell}) END"
                )
            case _:
                return _PLAIN.get(column.type, "{}").format(cell)

    def _in_range(self, time: str) -> str:
        return f"CASE WHEN {time} BETWEEN DATE '{FIRST_DAY}' AND DATE '{cells.LAST_DAY}' THEN {time} END"

    def _with_unit(self) -> str:
        if "currency" not in self._template.columns:
            return "FROM valued"
        return ", unit FROM valued LEFT JOIN unit_of ON unit_currency = currency"

    def _fault(self) -> str:
        """SQL: the reason of the reader, else every other one, joined by semicolons; NULL when there is none."""
        found = [reason for name, column in self._template.columns.items() for reason in self._faults(name, column)]
        return f"coalesce(seen, nullif(concat_ws('; ', {', '.join(found)}), ''))"

    def _faults(self, name: str, column: Column) -> list[str]:
        found = [self._when(f"said_{name} IS NULL", name, "is empty")] if column.required else []
        if column.type in UNREADABLE:
            form = {**vars(self._form), "moments": self._form.moments[0], "values": ", ".join(column.values)}
            found.append(
                self._when(f"said_{name} IS NOT NULL AND {name} IS NULL", name, UNREADABLE[column.type].format(**form))
            )
        if column.type == "currency":
            found.append(self._when(f"{name} IS NOT NULL AND unit IS NULL", name, UNREADABLE["currency"]))
        if column.type == "amount":
            if not self._template.columns["currency"].required:
                found.append(
                    self._when(f"{name} IS NOT NULL AND said_currency IS NULL", "currency", f"is empty beside {name}")
                )
            found.append(self._when(f"finer({name}, unit)", name, "has more decimals than its currency"))
        return found

    def _when(self, condition: str, name: str, reason: str) -> str:
        return f"CASE WHEN {condition} THEN {self._query.bind(f'{self._printed.get(name, name)} {reason}')} END"


_PLAIN = {
    "currency": "upper({})",
    "state": "CASE WHEN regexp_full_match({0}, '[A-Za-z]{{2}}') THEN upper({0}) END",
    "yes or no": "CASE WHEN lower({0}) IN ('yes', 'y', 'true', '1') THEN TRUE "
    "WHEN lower({0}) IN ('no', 'n', 'false', '0') THEN FALSE END",
    "phone": "CASE WHEN regexp_full_match({0}, '[0-9 ()/.+-]*[0-9][0-9 ()/.-]{{4,}}') "
    "THEN regexp_replace(regexp_replace({0}, '[^0-9+]', '', 'g'), '^00', '+') END",
    "email": "CASE WHEN regexp_full_match({0}, '[^@ ]+@[^@ ]+') THEN lower({0}) END",
}
"""SQL for a cell of a plain type; text and names stay as they are."""
