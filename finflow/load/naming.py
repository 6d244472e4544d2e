"""From the columns of a table to the parts of a record, as SQL, by a mapping."""

from collections.abc import Callable, Iterable
from collections.abc import Mapping as Named
from functools import cache
from typing import Any

from finflow.load import cells
from finflow.load.fees import fee_parts
from finflow.load.mapping import Mapping
from finflow.load.records import Reading, TwoSides

Bind = Callable[[Any], str]


def reading_by(mapping: Mapping, columns: Iterable[str], case_zone: str, place: str | None = None) -> Reading:
    """How a table of these columns is read by its mapping. `place`: what stands before a row's number in a locator;
    None: records are lines of a text.
    """
    form, two = mapping.table, mapping.two_sided
    return Reading(
        mapping=mapping,
        two_sided=TwoSides(two.inside, whole=two.rows == "both_sides") if two else None,
        money=cells.Money(form.decimal, form.thousands),
        dates=form.dates,
        moments=moments(mapping),
        zone=mapping.time_zone or case_zone,
        case_zone=case_zone,
        negative_debits=form.negative_debits,
        fixed={
            "account": mapping.account,
            "holder": mapping.holder,
            "currency": mapping.currency,
            "bank": mapping.bank or mapping.chain or mapping.name,
        },
        printed=printed_names(mapping),
        columns={column: f"c{index}" for index, column in enumerate(columns)},
        place=place,
    )


def named_parts(mapping: Mapping, reading: Reading, bind: Bind) -> dict[str, str]:
    """SQL for each part the mapping gives, over the table `record`."""
    assert mapping.columns is not None
    columns = reading.columns
    given = mapping.columns.model_dump(exclude_none=True, exclude={"narrative", "booking_time", "side", "fee"})
    given |= mapping.two_sided.model_dump(exclude_none=True, exclude={"inside", "rows"}) if mapping.two_sided else {}
    said = said_by(mapping.table.null_values, bind)
    cell = {name: column if name in reading.typed else said(column) for name, column in columns.items()}
    parts = {CODE.get(part, part): cell[name] for part, name in given.items()}
    parts |= {"locator": locator(reading, bind), "fault": "fault", "rule": left_out(mapping, columns, bind)}
    if mapping.columns.narrative:
        parts["narrative"] = _joined([cell[name] for name in mapping.columns.narrative])
    if mapping.columns.side:
        parts["side"] = _side(mapping, cell[mapping.columns.side], bind)
    if mapping.columns.currency and mapping.currencies:
        parts["currency"] = _currency(mapping, cell[mapping.columns.currency], bind)
    if moments(mapping):
        time = mapping.columns.booking_time
        parts["booked_at"] = f"{parts['booking_date']} || ' ' || {cell[time]}" if time else parts["booking_date"]
    return fee_parts(mapping, parts, cell[mapping.columns.fee]) if mapping.columns.fee else parts


def moments(mapping: Mapping) -> str | None:
    """The form of the moment a table prints, or None when it prints days only."""
    if mapping.columns and mapping.columns.booking_time:
        return f"{cells.day_form(mapping.table.dates)} {mapping.table.times}"
    return mapping.table.dates if cells.day_form(mapping.table.dates) != mapping.table.dates else None


def printed_names(mapping: Mapping) -> dict[str, str]:
    """What reasons call each part: the column it comes from, else the key of the mapping."""
    if mapping.columns is None:
        return {part: f"column {' and '.join(columns)}" for part, columns in mapping.side_columns.items()}
    names = {part: f"column {name}" for part, name in mapping.columns.model_dump(exclude={"narrative"}).items() if name}
    names["booked_at"] = names.get("booking_time", names["booking_date"])
    if "amount" not in names:
        names["amount"] = f"{names['debit']} or {names['credit']}"
    if mapping.columns.fee:
        names |= {part: f"{names[part]} or {names['fee']}" for part in ("amount", "debit") if part in names}
    return names


CODE = {"bank_transaction_code": "code"}
LINES = "CASE WHEN last_line > first_line THEN concat('L', first_line, '-', last_line) ELSE concat('L', first_line) END"


def locator(reading: Reading, bind: Bind) -> str:
    """SQL: where a record stands in its file."""
    return LINES if reading.place is None else f"concat({bind(reading.place)}, first_line)"


def said_by(null_values: list[str], bind: Bind) -> Callable[[str], str]:
    """SQL for what a cell says; NULL for the words that mean nothing."""
    words = [word.strip().lower() for word in null_values]
    longest = max((len(word.encode()) for word in words), default=0)
    listed = cache(lambda: bind(["", *words]))  # bound when a cell asks for it, once

    def said(column: str) -> str:
        return (
            f"CASE WHEN strlen({column}) > {longest} THEN {column} "
            f"WHEN NOT list_contains({listed()}, lower({column})) THEN {column} END"
        )

    return said


def _joined(texts: list[str]) -> str:
    """SQL: texts with a blank between them; NULL when there is none. One alone is as it is: none of them is empty."""
    return texts[0] if len(texts) == 1 else f"nullif(concat_ws(' ', {', '.join(texts)}), '')"


def _side(mapping: Mapping, cell: str, bind: Bind) -> str:
    assert mapping.sides is not None
    cases = [
        f"WHEN lower({cell}) IN ({_listed(values, bind)}) THEN '{side}'"
        for side, values in (("CRDT", mapping.sides.credit), ("DBIT", mapping.sides.debit))
        if values
    ]
    return f"CASE {' '.join(cases)} END"


def _currency(mapping: Mapping, cell: str, bind: Bind) -> str:
    cases = [
        f"WHEN lower({cell}) = {bind(word.strip().lower())} THEN {bind(code)}"
        for word, code in mapping.currencies.items()
    ]
    return f"CASE {' '.join(cases)} ELSE {cell} END"


def left_out(mapping: Mapping, columns: Named[str, str], bind: Bind) -> str:
    """SQL: the name of the first rule of [skip] that holds, or one the reader found."""
    cases = [
        f"WHEN lower({columns[rule.column]}) IN ({_listed(rule.values, bind)}) THEN {bind(name)}"
        for name, rule in mapping.skip.items()
        if rule.column is not None and rule.values is not None
    ]
    return f"CASE WHEN rule IS NOT NULL THEN rule {' '.join(cases)} END"


def _listed(values: Iterable[str], bind: Bind) -> str:
    return ", ".join(bind(value.strip().lower()) for value in values)
