"""Who holds which account, under which roles, and under which number a protected person appears."""

import duckdb

_PARTIES = """
    INSERT INTO party BY NAME
    WITH printed AS (
        SELECT DISTINCT upper(trim(holder_name)) AS key, holder_name AS name FROM found_account
        WHERE holder_name IS NOT NULL AND account_id NOT IN (SELECT subject FROM decision_holding WHERE kind = 'holder')
    ),
    recorded AS (
        SELECT subject AS party_id, object AS name, label AS kind FROM decision_holding WHERE kind = 'party'
    )
    SELECT party_id, name, kind, TRUE AS recorded FROM recorded
    UNION ALL
    SELECT 'name:' || key, min(name), 'unknown', FALSE FROM printed
    WHERE key NOT IN (SELECT upper(trim(name)) FROM recorded)
    GROUP BY key
"""

_HOLDERS = """
    UPDATE account SET holder_party_id = found.party_id FROM (
        SELECT found_account.account_id, coalesce(
            decided.object, min(recorded.subject),
            CASE WHEN found_account.holder_name IS NOT NULL THEN 'name:' || upper(trim(found_account.holder_name)) END
        ) AS party_id
        FROM found_account
        LEFT JOIN decision_holding AS decided ON decided.kind = 'holder' AND decided.subject = found_account.account_id
        LEFT JOIN decision_holding AS recorded
            ON recorded.kind = 'party' AND upper(trim(recorded.object)) = upper(trim(found_account.holder_name))
        GROUP BY found_account.account_id, decided.object, found_account.holder_name
    ) AS found
    WHERE account.account_id = found.account_id
"""

# A person says that one party is another: the account follows to the party that stays.
_SAME = """
    UPDATE account SET holder_party_id = same.object FROM decision_holding AS same
    WHERE same.kind = 'same_as' AND account.holder_party_id = same.subject
"""

_ROLES = """
    INSERT INTO party_role BY NAME
    SELECT subject AS party_id, object AS role, valid_from, valid_until, decided_by, why
    FROM decision_holding WHERE kind = 'role' AND coalesce(amount, 1) > 0
"""

_PSEUDONYMS = """
    INSERT INTO pseudonym
    SELECT party_id, coalesce((SELECT max(number) FROM pseudonym), 0) + row_number() OVER (ORDER BY party_id)
    FROM party WHERE kind <> 'legal' AND party_id NOT IN (SELECT party_id FROM pseudonym)
"""


def resolve_parties(con: duckdb.DuckDBPyConnection) -> None:
    """Rebuild party, party_role and the holder of each account; give new natural persons the next numbers."""
    con.execute("DELETE FROM party")
    con.execute("DELETE FROM party_role")
    for statement in (_PARTIES, _HOLDERS, _SAME, _ROLES, _PSEUDONYMS):
        con.execute(statement)
