"""The query that judges records, put together from what a source prints.

Identifiers are ours; every value from a mapping is bound.
"""

from collections.abc import Sequence
from typing import Any

from finflow.load import cells
from finflow.load.faults import faults
from finflow.load.naming import named_parts
from finflow.load.records import PARTS, Reading
from finflow.money import unit_of

BOUNDARY = "boundary:"
INSTRUCTED = "try_cast(instructed_amount AS DECIMAL(28, 8)) AS instructed_amount, instructed_currency"


class Query:
    """One judgement as SQL text over the table `record`, with the values bound to it."""

    def __init__(self, reading: Reading, given: Sequence[str] | None = None) -> None:
        self.values: dict[str, Any] = {}
        self.reading = reading
        self.two_sided = reading.two_sided
        self._parts: dict[str, str] = {}
        if given is None:  # no records: accounts or details alone
            return
        parts = {name: name for name in given if name in PARTS}
        if reading.mapping and reading.mapping.columns:
            parts = named_parts(reading.mapping, reading, self.bind)
        self._parts = parts | {name: self.bind(value) for name, value in reading.fixed.items() if value}

    def bind(self, value: Any) -> str:
        """A placeholder for a value."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"${name}"

    def text(self) -> str:
        """The whole query; each step adds columns to the one before."""
        same = self.same()
        columns = {name: sql for name, sql in self._columns().items() if name not in same}
        return f"""
            WITH part AS (SELECT ordinal, {self._named()} FROM record),
            valued AS (SELECT *, {self._values()}, {self._unit()} AS unit FROM part {self._units()}),
            sided AS (SELECT *, {self._sides()} FROM valued),
            owned AS (SELECT *, {self._owners()} FROM sided),
            squeezed AS (
                SELECT *, squeezed(own_account) AS own_squeezed, squeezed(other_account) AS other_squeezed FROM owned
            ),
            kept AS (SELECT *, {self._account_ids()} FROM squeezed),
            judged AS (SELECT *, {faults(self)} AS found_fault FROM kept)
            SELECT {", ".join(f"{sql} AS {name}" for name, sql in columns.items())} FROM judged
        """

    def same(self) -> dict[str, str]:
        """Columns that are the same on every record, which the query leaves out, each with the part it rests on."""
        own = {} if self.two_sided else {"account_id": "account", "holder_name": "holder", "bank": "bank"}
        found = {name: part for name, part in _SAME.items() | own.items() if self._is_same(part)}
        if not self._is_same("bank"):
            found.pop("account_id", None)
        return found

    def _is_same(self, part: str) -> bool:
        return bool(self.reading.fixed.get(part)) or not self.has(part)

    def _columns(self) -> dict[str, str]:
        """SQL for each column of a judged record; what the source never prints is left out, and so never written."""
        always = {
            "ordinal": "ordinal", "locator": "locator", "statement": "statement", "account_id": "account_id",
            "holder_name": "own_name", "bank": "own_bank", "side": "side_value", "amount": "abs(signed)",
            "currency": "currency", "booking_date": "day",
            "counterparty_account_id": "counterparty_account_id", "counterparty_name": "other_name",
            "kind": self._kind(), "narrative": "coalesce(narrative, additional)",
            "rule": "coalesce(left_out, CASE WHEN found_fault IS NULL AND signed = 0 THEN 'zero amount' END)",
            "fault": "CASE WHEN left_out IS NULL THEN found_fault END",
        }  # fmt: skip
        printed = {name: sql for name, (part, sql) in _PRINTED.items() if self.has(*part.split())}
        if self.two_sided or self.has("counterparty_bank"):
            printed["counterparty_bank"] = "other_bank"
        if self.two_sided:
            printed["both_sides"] = "both_sides"
        if self.has("reversal") or self._reversed_by_text:
            printed["is_reversal"] = "is_reversal"
        return always | printed | self._found_in_text()

    def account_id(self, account: str, bank: str, squeezed: str = "") -> str:
        """SQL: the id of a printed account, other ways of writing it brought to one. `squeezed`: the column that holds
        the account squeezed, where there is one: the engine squeezes anew wherever it reads squeezed(...).
        """
        mapping, squeezed = self.reading.mapping, squeezed or f"squeezed({account})"
        cases = "".join(
            f"WHEN {squeezed} = squeezed({self.bind(alias)}) THEN {self.bind(name)} "
            for alias, name in (mapping.accounts if mapping else {}).items()
        )
        known = f"squeezed(CASE {cases}ELSE {account} END)" if cases else squeezed
        printed = f"{self.bind(f'{mapping.chain}/')} || {account}" if mapping and mapping.chain else account
        whole = f"CASE {cases}ELSE {printed} END" if cases else printed
        same = squeezed if whole == account else f"squeezed({whole})"
        return self._at_boundary(known, f"account_id({whole}, {same}, {bank})")

    def counterparty_id(self, account: str, bank: str, name: str, squeezed: str = "") -> str:
        """SQL: as account_id; where no account is printed, the boundary that the name stands for."""
        boundary = self._at_boundary(f"upper(trim({name}))", "NULL")
        return f"coalesce({self.account_id(account, bank, squeezed)}, {boundary})"

    def _at_boundary(self, printed: str, otherwise: str) -> str:
        """SQL: the id of a printed boundary of the source, else `otherwise`."""
        mapping = self.reading.mapping
        if mapping is None or not mapping.boundary:
            return otherwise
        words = {word.strip().upper() for word in mapping.boundary}
        given = self.bind(sorted(words | {word.replace(" ", "") for word in words}))
        source = self.bind(f"{BOUNDARY}{mapping.bank or mapping.chain or mapping.name}/")
        return f"CASE WHEN list_contains({given}, {printed}) THEN {source} || {printed} ELSE {otherwise} END"

    def details(self) -> str:
        """SQL: payments inside batch records, over the table `payment`."""
        return f"""
            SELECT locator, detail_no::BIGINT AS detail_no, {self.reading.money.value("amount")} AS amount,
                {self.counterparty_id("counterparty_account", "counterparty_bank", "counterparty_name")}
                    AS counterparty_account_id,
                counterparty_name, counterparty_bank, purpose_code,
                CASE WHEN upper(end_to_end_id) <> 'NOTPROVIDED' THEN end_to_end_id END AS end_to_end_id,
                lower(uetr) AS uetr, {INSTRUCTED}, ultimate_name, narrative
            FROM payment
        """

    def has(self, *parts: str) -> bool:
        """Whether the source has any of these parts."""
        return any(part in self._parts for part in parts)

    def _named(self) -> str:
        return ", ".join(f"{self._parts.get(name, 'NULL::VARCHAR')} AS {name}" for name in PARTS)

    def _values(self) -> str:
        reading = self.reading
        amounts = [f"{self._amount(name)} AS {name}_value" for name in ("amount", "debit", "credit", "balance")]
        day = f"{self._time('booking_date', reading.dates)}::DATE AS day"
        due = [self._time("value_date", form) for form in dict.fromkeys([reading.dates, cells.day_form(reading.dates)])]
        searched = "nullif(concat_ws(' ', narrative, additional), '') AS searched"
        return ", ".join(
            [*amounts, searched, day, f"coalesce({', '.join(due)})::DATE AS value_day", f"{self._moment()} AS moment"]
        )

    def _unit(self) -> str:
        """SQL: the smallest unit of the currency."""
        currency = self.reading.fixed.get("currency")
        return "unit_of.unit" if currency is None else f"{self.bind(unit_of(currency))}::DECIMAL(18, 8)"

    def _units(self) -> str:
        """SQL: where units come from, when records print their currency."""
        printed = self.reading.fixed.get("currency") is None
        return "LEFT JOIN unit_of ON unit_currency = part.currency" if printed else ""

    def amount_of(self, cell: str) -> str:
        """SQL: the signed decimal a printed amount stands for; NULL when it has not the form of the source."""
        money, signed = self.reading.money, f"replace({cell}, '\u2212', '-')"
        plain, form = self.bind(money.plain()), self.bind(money.pattern())
        return f"""
            CASE WHEN regexp_full_match({cell}, {plain}) THEN {money.plain_value(cell)}
            WHEN regexp_full_match({signed}, {form}) THEN {money.value(signed)} END
        """

    def time_of(self, cell: str, form: str) -> str:
        """SQL: the time a text of this form prints; NULL when it has another form."""
        parsed = f"try_strptime({cell}, {self.bind(form)})"
        if "%z" in form:
            parsed = f"timezone({self.bind(self.reading.zone)}, {parsed})"
        return f"CASE WHEN regexp_full_match({cell}, {self.bind(cells.date_pattern(form))}) THEN {parsed} END"

    def moment_of(self, cell: str, form: str) -> str:
        """SQL: the same in the time zone of the case."""
        local = self.time_of(cell, form)
        if self.reading.zone == self.reading.case_zone:
            return local
        return f"timezone({self.bind(self.reading.case_zone)}, timezone({self.bind(self.reading.zone)}, {local}))"

    def _amount(self, part: str) -> str:
        if self.reading.is_typed(part):
            return f"try_cast({part} AS DECIMAL(28, 8))"
        return self.amount_of(part) if self.has(part) else "NULL::DECIMAL(28, 8)"

    def _time(self, part: str, form: str) -> str:
        if self.reading.is_typed(part):
            return f"{part}::TIMESTAMP"
        return self.time_of(part, form) if self.has(part) else "NULL::TIMESTAMP"

    def _moment(self) -> str:
        moments = self.reading.moments
        return self.moment_of("booked_at", moments) if moments and self.has("booked_at") else "NULL::TIMESTAMP"

    def _sides(self) -> str:
        if self.has("debit", "credit"):
            debit = "-debit_value" if self.reading.negative_debits else "debit_value"
            signed = f"coalesce(credit_value, 0) - coalesce({debit}, 0)"
        elif self.has("side"):
            signed = "CASE side WHEN 'CRDT' THEN amount_value WHEN 'DBIT' THEN -amount_value END"
        else:
            signed = "amount_value"
        return f"""
            ({signed})::DECIMAL(28, 8) AS signed, {self._inside("debtor")} AS debtor_inside,
            {self._inside("creditor")} AS creditor_inside
        """

    def _inside(self, end: str) -> str:
        """SQL: whether one end of a two-sided row is among those whose ledger this is."""
        if self.two_sided is None:
            return "FALSE"
        given = [name.strip().upper() for name in self.two_sided.inside]
        names = self.bind([*given, *(name.replace(" ", "") for name in given)])
        listed = f"list_contains({names}, upper({end}_name)) OR list_contains({names}, squeezed({end}_account))"
        return f"coalesce({listed}, FALSE)"

    def _owners(self) -> str:
        """Whose line it is, and who is on the other side."""
        minus = "CASE WHEN signed < 0 THEN 'DBIT' ELSE 'CRDT' END"
        if self.two_sided is None:
            return f"""
                {minus} AS side_value, account AS own_account, holder AS own_name, bank AS own_bank,
                counterparty_account AS other_account, counterparty_name AS other_name,
                counterparty_bank AS other_bank, FALSE AS both_sides
            """
        whole = self.two_sided.whole
        debtor = "debtor_inside" if whole else "signed < 0"
        of = {(end, part): f"{end}_{part}" for end in ("debtor", "creditor") for part in ("account", "name")}
        of |= {(end, "bank"): f"coalesce({end}_bank, CASE WHEN {end}_inside THEN bank END)" for end, _ in [*of]}
        ends = ", ".join(
            f"CASE WHEN {debtor} THEN {of['debtor', part]} ELSE {of['creditor', part]} END AS own_{part}, "
            f"CASE WHEN {debtor} THEN {of['creditor', part]} ELSE {of['debtor', part]} END AS other_{part}"
            for part in ("account", "name", "bank")
        )
        return f"""
            CASE WHEN {debtor} THEN 'DBIT' ELSE 'CRDT' END AS side_value, {ends},
            {"debtor_inside AND creditor_inside" if whole else "FALSE"} AS both_sides,
            CASE WHEN {debtor} THEN debtor_inside ELSE creditor_inside END AS own_inside
        """

    def _account_ids(self) -> str:
        return f"""
            {self.account_id("own_account", "own_bank", "own_squeezed")} AS account_id,
            {self.counterparty_id("other_account", "other_bank", "other_name", "other_squeezed")}
                AS counterparty_account_id,
            {self._reversal()} AS is_reversal,
            coalesce(rule, CASE WHEN {self._outside()} THEN 'no side inside' END) AS left_out
        """

    def _outside(self) -> str:
        return "FALSE" if self.two_sided is None else "fault IS NULL AND NOT debtor_inside AND NOT creditor_inside"

    @property
    def _reversed_by_text(self) -> str | None:
        """The pattern of texts that say a record reverses another."""
        return self.reading.mapping.patterns.reversal if self.reading.mapping else None

    def _reversal(self) -> str:
        pattern = self._reversed_by_text
        printed = "coalesce(lower(reversal) IN ('true', '1'), FALSE)"
        if pattern is None:
            return printed
        return f"({printed} OR coalesce(regexp_matches(searched, {self.bind(pattern)}), FALSE))"

    def _found_in_text(self) -> dict[str, str]:
        """SQL for the columns that are as printed, else what the mapping's pattern finds in the text."""
        patterns = self.reading.mapping.patterns if self.reading.mapping else None
        found = {}
        for part in ("merchant_category", "place"):
            pattern = getattr(patterns, part, None)
            if pattern:
                found[part] = f"coalesce({part}, nullif(trim(regexp_extract(searched, {self.bind(pattern)}, 1)), ''))"
            elif self.has(part):
                found[part] = part
        return found

    def _kind(self) -> str:
        mapping = self.reading.mapping
        cases = []
        for kind, pattern in (mapping.patterns.kind if mapping else {}).items():
            cases.append(f"WHEN regexp_matches(searched, {self.bind(pattern)}) THEN {self.bind(kind)}")
        for word, kind in (mapping.kinds if mapping else {}).items():
            given = self.bind(word.lower())
            cases.append(f"WHEN {given} IN (lower(kind), lower(code), lower(other_code)) THEN {self.bind(kind)}")
        named = "other_account IS NOT NULL OR other_name IS NOT NULL"
        cases.append(f"WHEN default_kind IS NOT NULL THEN default_kind WHEN {named} THEN 'transfer'")
        return f"CASE {' '.join(cases)} ELSE 'other' END"


_SAME = {"statement": "statement", "currency": "currency"}
_PRINTED = {  # column -> the parts it rests on, and SQL for it
    "balance_after": ("balance", "balance_value"),
    "details": ("details", "coalesce(try_cast(details AS BIGINT), 0)"),
    "booked_at": ("booked_at", "moment"),
    "value_date": ("value_date", "value_day"),
    "purpose_code": ("purpose_code", "purpose_code"),
    "end_to_end_id": ("end_to_end_id", "CASE WHEN upper(end_to_end_id) <> 'NOTPROVIDED' THEN end_to_end_id END"),
    "uetr": ("uetr", "lower(uetr)"),
    "instructed_amount": ("instructed_amount", "try_cast(instructed_amount AS DECIMAL(28, 8))"),
    "instructed_currency": ("instructed_currency", "instructed_currency"),
    "ultimate_name": ("ultimate_name", "ultimate_name"),
    "bank_reference": ("bank_reference", "bank_reference"),
    "bank_transaction_code": ("code other_code", "coalesce(code, other_code)"),
}
