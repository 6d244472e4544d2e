"""What may be done with the material: the strictest handling code, what forbids sharing, which rights end soon.

A code or a right belongs to a file. Whatever is derived from a case carries the strictest code of all its files, since
a total or a drawing rests on more of them than can be told apart. Nothing goes to a partner while a right has ended, is
not recorded, or a provider must be asked first, unless a decision `sharing_permitted` stands for that file and partner.
"""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import duckdb

from finflow.errors import LeakRefused
from finflow.load.sources import DAYS_OF_WARNING

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.settings import Settings

CODES = {  # Europol handling codes, strictest last
    "H0": "it may be used to prevent and combat crime, within the limits stated beside each file",
    "H1": "it must not be used in judicial proceedings without the permission of the provider",
    "H2": "it must not be passed on without the permission of the provider",
    "H3": "other restrictions hold; they are stated as limits on use beside each file",
}
LISTED = 6  # exhibits named in one sentence

_STRICTEST = "SELECT coalesce(max(coalesce(handling_code, $default)), $default) FROM source_file"
_FORBIDDEN = """
    WITH held AS (
        SELECT file_id, expires_on, CASE
            WHEN expires_on <= $today THEN 'the right to use it has ended'
            WHEN coalesce(handling_code, $default) IN ('H2', 'H3')
                THEN 'handling code ' || coalesce(handling_code, $default) || ', the provider must agree first'
            WHEN obtained_by IS NULL THEN 'the right to use it is not recorded'
        END AS reason
        FROM source_file
    )
    SELECT reason, list(exhibit ORDER BY exhibit) FROM held JOIN exhibit USING (file_id)
    WHERE reason IS NOT NULL AND file_id NOT IN (
        SELECT held.file_id FROM decision_holding AS permitted JOIN held ON permitted.subject = held.file_id
        WHERE permitted.kind = 'sharing_permitted' AND coalesce(permitted.amount, 1) > 0
          AND upper(trim(permitted.object)) = upper(trim($partner))
          AND (held.expires_on IS NULL OR held.expires_on > $today OR permitted.decided_on >= held.expires_on)
          AND coalesce(permitted.valid_from, $today) <= $today
          AND (permitted.valid_until IS NULL OR permitted.valid_until > $today)
    )
    GROUP BY reason ORDER BY reason
"""
_ENDING = """
    SELECT exhibit, expires_on FROM source_file JOIN exhibit USING (file_id)
    WHERE expires_on < $today + CAST($days AS INTEGER) ORDER BY expires_on, exhibit
"""


def today() -> date:
    """The day it is, UTC."""
    return datetime.now(UTC).date()


def strictest(con: duckdb.DuckDBPyConnection, facts: "Settings") -> str:
    """The strictest handling code of any file; one without a code counts with that of `case.toml`."""
    return str(con.execute(_STRICTEST, {"default": facts.handling_code}).fetchall()[0][0])


def refuse_sharing(case: "Case", partner: str) -> None:
    """Raise LeakRefused when a file must not go to `partner`, saying which exhibits and why."""
    with case.reading("sharing") as con:
        values = {"default": case.settings.handling_code, "partner": partner, "today": today()}
        forbidden = con.execute(_FORBIDDEN, values).fetchall()
    if not forbidden:
        return
    reasons = "; ".join(f"{_few(exhibits)} ({reason})" for reason, exhibits in forbidden)
    raise LeakRefused(
        f"This case may not be shared with this partner yet: {reasons}. Ask, then record each answer: finflow decide "
        "CASE FILE sharing_permitted PARTNER --by ... --why ... --evidence ... (finflow custody CASE lists the files). "
        "Or leave out the partner for a copy that stays in the case."
    )


def ending(con: duckdb.DuckDBPyConnection) -> list[str]:
    """A sentence for each right that has ended or ends within DAYS_OF_WARNING days."""
    rows = con.execute(_ENDING, {"today": today(), "days": DAYS_OF_WARNING}).fetchall()
    return [
        f"{exhibit}: the right to use it {'ended' if day <= today() else 'ends'} on {day}. Prolong it, or withdraw the "
        "file: finflow withdraw CASE FILE."
        for exhibit, day in rows
    ]


def _few(exhibits: list[str]) -> str:
    more = f" and {len(exhibits) - LISTED} more" if len(exhibits) > LISTED else ""
    return ", ".join(exhibits[:LISTED]) + more
