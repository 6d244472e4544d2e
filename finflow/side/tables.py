"""The tables of side evidence, as SQL made from the templates.

Each kind has a table in the schema `evidence`, read through the view of its name; protected columns have a table
`evidence.protected_<kind>`, read through `protected_fact.<kind>`. Views leave out withdrawn files, as for bank files.
"""

from collections.abc import Iterator, Mapping

from finflow.side.template import Column, Template, templates

SQL_TYPES = {
    "day": "DATE", "moment": "TIMESTAMP", "amount": "DECIMAL(28, 8)", "number": "DECIMAL(28, 8)",
    "yes or no": "BOOLEAN",
}  # fmt: skip
PLACE = {
    "row_id": "First 16 digits of file_id, a colon, the locator",
    "file_id": "The source file",
    "locator": "Where in the file: L17, L17-19, R5",
}


def schema() -> str:
    """Every table and view with its comments; run after schema.sql."""
    return "\n".join(
        ["CREATE SCHEMA protected_fact;", *(line for each in templates().values() for line in _kind(each))]
    )


def evidence_tables() -> list[str]:
    """Names of the tables in the schema `evidence`."""
    found = [
        [each.kind, *([f"protected_{each.kind}"] if each.protected_columns() else [])] for each in templates().values()
    ]
    return [f"evidence.{name}" for names in found for name in names]


def free_texts() -> dict[str, list[str]]:
    """Per table of `evidence_tables`: its columns in which a source writes what it likes."""
    found: dict[str, list[str]] = {}
    for each in templates().values():
        for table, columns in ((each.kind, each.open_columns()), (f"protected_{each.kind}", each.protected_columns())):
            names = [name for name, column in columns.items() if column.type not in SQL_TYPES and not column.values]
            found |= {f"evidence.{table}": names} if names else {}
    return found


def _kind(template: Template) -> Iterator[str]:
    about = f"{template.title}: {template.row}. Grain of the source: {', '.join(template.grain)}"
    yield from _table(f"evidence.{template.kind}", template.kind, template.open_columns(), about)
    if apart := template.protected_columns():
        about = f"{template.title}: what no red flag may read, apart from the rest. Grain: row_id"
        yield from _table(f"evidence.protected_{template.kind}", f"protected_fact.{template.kind}", apart, about)


def _table(table: str, view: str, columns: Mapping[str, Column], about: str) -> Iterator[str]:
    place = [f"{name} VARCHAR {'PRIMARY KEY' if name == 'row_id' else 'NOT NULL'}" for name in PLACE]
    own = [
        f"{name} {SQL_TYPES.get(column.type, 'VARCHAR')}{' NOT NULL' * column.required}"
        for name, column in columns.items()
    ]
    yield f"CREATE TABLE {table} ({', '.join([*place, *own])});"
    yield f"COMMENT ON TABLE {table} IS {_quoted(about)};"
    for name, text in (PLACE | {name: _meaning(column) for name, column in columns.items()}).items():
        yield f"COMMENT ON COLUMN {table}.{name} IS {_quoted(text)};"
    yield f"CREATE VIEW {view} AS SELECT held.* FROM {table} AS held ANTI JOIN withdrawn USING (file_id);"
    yield f"COMMENT ON VIEW {view} IS '{table} without withdrawn files';"


def _meaning(column: Column) -> str:
    return f"{column.meaning}: {', '.join(column.values)}" if column.values else column.meaning


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
