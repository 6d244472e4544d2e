"""Assets a person registers: `case.register`. Evidence like any other: appended, cited by file and line."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import polars as pl

from finflow import store
from finflow.assets.register_file import OPTIONAL, REQUIRED, read_bytes, read_register
from finflow.errors import FinflowError
from finflow.people import record
from finflow.results import Result

if TYPE_CHECKING:
    from finflow.case import Case

_COLUMNS = (*REQUIRED, *OPTIONAL)
_SCHEMA: dict[str, Any] = dict.fromkeys(("file_id", "locator", *_COLUMNS), pl.String) | {
    "amount": pl.Decimal(28, 8), "encumbrance": pl.Decimal(28, 8), "valued_on": pl.Date,
}  # fmt: skip
_LINES = """
    SELECT source_file.name, entry.locator, entry.entry_id AS leg_id,
        entry.side = 'DBIT' OR entry.both_sides AS went_out
    FROM entry JOIN source_file USING (file_id) WHERE entry.details = 0
    UNION ALL
    SELECT source_file.name, entry.locator || '/' || detail.detail_no, detail.entry_id || '/' || detail.detail_no,
        entry.side = 'DBIT'
    FROM detail JOIN entry USING (entry_id) JOIN source_file USING (file_id)
"""
_CITED = f"SELECT cited.n, lines.leg_id, lines.went_out FROM cited JOIN ({_LINES}) AS lines USING (name, locator)"


@dataclass(frozen=True)
class Registered(Result):
    """What one register added: columns `what` and `rows`."""

    element: ClassVar[str] = "finflow-registered"
    caption: ClassVar[str] = (
        "Assets registered. A payment counts as linked once a named person says so: columns decided_by, decided_on, why"
    )


def register(case: "Case", csv_path: str | Path) -> Registered:
    """Append the assets of a CSV; its payments become decisions of the person each line names.

    Columns: those of table asset without file_id and locator, `payments` (file#locator items, separated by spaces) and
    decided_by, decided_on, why, evidence. Rows that stand already change nothing; a row whose id stands with other
    values is refused, as is the whole file for any fault. Raises FinflowError naming file, line and column.
    """
    path = Path(csv_path)
    data = read_bytes(path)
    rows = read_register(path.name, data)
    file_id = hashlib.sha256(data).hexdigest()
    with case.logged("register", file=file_id) as outcome:
        new, links = _append(case, rows, file_id, data)
        linked = int(record(case, links).frame["recorded"].sum()) if links else 0
        undecided = sum(len(row["_payments"]) for row in rows if not row["_decided"]["decided_by"])
        counts = {
            "new": new, "standing already": len(rows) - new, "payments linked": linked,
            "payments nobody decided": undecided,
        }  # fmt: skip
        outcome.update(counts)
    return Registered(pl.DataFrame({"what": list(counts), "rows": list(counts.values())}))


def _append(case: "Case", rows: list[dict[str, Any]], file_id: str, data: bytes) -> tuple[int, list[dict[str, Any]]]:
    with case.writing("register") as con:
        links = _links(con, rows)
        standing = _standing(con)
        new = [row for row in rows if not _stands(row, standing)]
        values = [
            {name: row.get(name) for name in _COLUMNS} | {"file_id": file_id, "locator": row["_locator"]} for row in new
        ]
        con.register("registered", pl.DataFrame(values, schema=_SCHEMA))
        con.execute("INSERT INTO asset BY NAME SELECT * FROM registered")
        con.unregister("registered")
        _keep(case.folder / "originals" / f"{file_id}.csv", data)
    return len(new), links


def _standing(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    frame = store.frame(con, "SELECT * EXCLUDE (file_id, locator) FROM asset")
    return {row["asset_id"]: row for row in frame.to_dicts()}


def _stands(row: dict[str, Any], standing: dict[str, dict[str, Any]]) -> bool:
    held = standing.get(row["asset_id"])
    if held is None:
        return False
    changed = [name for name in _COLUMNS if held[name] != row[name]]
    if changed:
        raise FinflowError(
            f"{row['_where']}: asset_id is the id of an asset that stands already with another {', '.join(changed)}. "
            "Evidence is never overwritten: register the new state under a new id."
        )
    return True


def _links(con: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One decision of kind asset_payment for each payment that a person decided."""
    cited = [(row, file, locator) for row in rows for file, locator in row["_payments"]]
    legs = _legs(con, [(file, locator) for _, file, locator in cited])
    files = {name for (name,) in con.execute("SELECT name FROM source_file").fetchall()}
    for n, (row, file, _) in enumerate(cited):
        _refuse_unclear(row["_where"], file in files, legs.get(n, []))
    return [
        row["_decided"] | {
            "kind": "asset_payment", "subject": row["asset_id"], "object": legs[n][0][0], "label": None, "amount": None,
            "valid_from": None, "valid_until": None, "_where": row["_where"],
        }
        for n, (row, _, _) in enumerate(cited) if row["_decided"]["decided_by"]
    ]  # fmt: skip


def _legs(con: duckdb.DuckDBPyConnection, cited: list[tuple[str, str]]) -> dict[int, list[tuple[str, bool]]]:
    schema = {"n": pl.Int64, "name": pl.String, "locator": pl.String}
    rows = [(n, file, locator) for n, (file, locator) in enumerate(cited)]
    con.register("cited", pl.DataFrame(rows, schema=schema, orient="row"))
    found: dict[int, list[tuple[str, bool]]] = {}
    for n, leg, went_out in con.execute(f"{_CITED} ORDER BY ALL").fetchall():
        found.setdefault(n, []).append((leg, went_out))
    con.unregister("cited")
    return found


def _refuse_unclear(where: str, loaded: bool, found: list[tuple[str, bool]]) -> None:
    if not loaded:
        raise FinflowError(f"{where}: payments cites a file that is not loaded. Load it first, or correct its name.")
    if not found:
        raise FinflowError(f"{where}: payments cites a place where no bank line stands. Correct the locator.")
    if len(found) > 1:
        raise FinflowError(
            f"{where}: payments cites a line that stands in two files of that name. Rename one, load again."
        )
    if not found[0][1]:
        raise FinflowError(f"{where}: payments cites money that came in. Cite the line on which the price left.")


def _keep(place: Path, data: bytes) -> None:
    if not place.exists():
        place.write_bytes(data)
        place.chmod(0o444)  # as received: nobody edits an original by mistake
