"""Who holds which account, under which roles, and under which number a protected person appears.

By an equal name alone no account goes to a natural person: names are shared, and a victim's account would become that
of a suspect. A person decides (`holder`), or an account stays with the name its bank printed, which nobody assessed.
"""

import duckdb

from finflow.people import PROTECTING_ROLES

# A decided holder without a role that protects does not take an account from a printed name that has one.
# by_name: nobody decided, and no firm alone has the name. shared: several accounts print the name, so whoever is meant
# by it need not hold them all.
_HOLDING = """
    CREATE OR REPLACE TEMP TABLE holding AS
    WITH recorded AS (
        SELECT subject AS party_id, upper(trim(object)) AS name, label AS kind
        FROM decision_holding WHERE kind = 'party'
    ),
    firm AS (
        SELECT name, min(party_id) AS party_id FROM recorded GROUP BY name
        HAVING count(*) = 1 AND min(kind) = 'legal'
    ),
    kept AS (
        SELECT DISTINCT subject AS party_id FROM decision_holding
        WHERE kind = 'role' AND list_contains($protecting, object)
    ),
    printed AS (SELECT account_id, holder_name, upper(trim(holder_name)) AS name FROM found_account),
    found AS (
        SELECT printed.*,
            decided.object IS NOT NULL AND own.party_id IS NOT NULL AND theirs.party_id IS NULL AS contested,
            coalesce(CASE WHEN NOT contested THEN decided.object END, firm.party_id) AS party_id
        FROM printed
        LEFT JOIN decision_holding AS decided ON decided.kind = 'holder' AND printed.account_id = decided.subject
        LEFT JOIN kept AS own ON 'name:' || printed.name = own.party_id
        LEFT JOIN kept AS theirs ON decided.object = theirs.party_id
        LEFT JOIN firm ON printed.name = firm.name
    )
    SELECT account_id, holder_name, coalesce(party_id, 'name:' || name) AS party_id,
        party_id IS NULL AND name IS NOT NULL AS by_name,
        party_id IS NULL AND name IS NOT NULL
            AND count(*) FILTER (WHERE party_id IS NULL) OVER (PARTITION BY name) > 1 AS shared,
        contested OR (party_id IS NULL AND name IN (
            SELECT recorded.name FROM recorded WHERE recorded.party_id <> 'name:' || name
        )) AS open
    FROM found
"""

_PARTIES = """
    INSERT INTO party BY NAME
    SELECT subject AS party_id, object AS name, label AS kind, TRUE AS recorded
    FROM decision_holding WHERE kind = 'party'
    UNION ALL
    SELECT party_id, min(holder_name), 'unknown', FALSE FROM holding
    WHERE by_name AND party_id NOT IN (SELECT subject FROM decision_holding WHERE kind = 'party')
    GROUP BY party_id
"""

# Who is said to be the same as a person is a person, whatever else is recorded.
_KINDS = """
    UPDATE party SET kind = 'natural' FROM same_party AS own
    WHERE party.party_id = own.party_id AND party.kind = 'legal' AND own.stays IN (
        SELECT same_party.stays FROM same_party JOIN party AS person USING (party_id) WHERE person.kind = 'natural'
    )
"""

_HOLDERS = """
    UPDATE account SET holder_party_id = found.party_id FROM (
        SELECT holding.account_id, CASE WHEN shared THEN holding.party_id ELSE coalesce(stays, holding.party_id) END
            AS party_id
        FROM holding LEFT JOIN same_party USING (party_id)
    ) AS found
    WHERE account.account_id = found.account_id
"""

# A role holds for all that are the same party; one that does not protect neither from nor for a name several print.
_ROLES = """
    INSERT INTO party_role BY NAME
    WITH decided AS (
        SELECT decision_holding.*, coalesce(stays, subject) AS stays
        FROM decision_holding LEFT JOIN same_party ON subject = party_id WHERE kind = 'role'
    )
    SELECT DISTINCT coalesce(same_party.party_id, subject) AS party_id, object AS role, valid_from, valid_until,
        decided_by, why
    FROM decided LEFT JOIN same_party USING (stays)
    WHERE list_contains($protecting, object) OR NOT (
        subject IN (SELECT party_id FROM holding WHERE shared)
        OR coalesce(same_party.party_id, subject) IN (SELECT party_id FROM holding WHERE shared)
    )
"""

_PSEUDONYMS = """
    INSERT INTO pseudonym
    SELECT party_id, coalesce((SELECT max(number) FROM pseudonym), 0) + row_number() OVER (ORDER BY party_id)
    FROM party WHERE kind <> 'legal' AND party_id NOT IN (SELECT party_id FROM pseudonym)
"""

_UNDECIDED = """
    SELECT count(*) FROM holding WHERE open OR (shared AND party_id IN (
        SELECT subject FROM decision_holding WHERE kind IN ('role', 'same_as')
    ))
"""


def resolve_parties(con: duckdb.DuckDBPyConnection) -> int:
    """Rebuild party, party_role and the holder of each account; give new natural persons the next numbers.

    Returns how many accounts only print a name that a person recorded or decided about, so that their holder is open.
    """
    con.execute("DELETE FROM party")
    con.execute("DELETE FROM party_role")
    con.execute(_HOLDING, {"protecting": list(PROTECTING_ROLES)})
    _same_parties(con)
    for statement in (_PARTIES, _KINDS, _HOLDERS):
        con.execute(statement)
    con.execute(_ROLES, {"protecting": list(PROTECTING_ROLES)})
    con.execute(_PSEUDONYMS)
    return int(con.execute(_UNDECIDED).fetchall()[0][0])


def _same_parties(con: duckdb.DuckDBPyConnection) -> None:
    """Fill the temporary table same_party: each party of a `same_as`, and the one that stays for all of its circle."""
    query = "SELECT subject, object FROM decision_holding WHERE kind = 'same_as'"
    same = dict(con.execute(query).fetchall())
    con.execute("CREATE OR REPLACE TEMP TABLE same_party (party_id VARCHAR, stays VARCHAR)")
    for party in sorted({*same, *same.values()}):
        con.execute("INSERT INTO same_party VALUES ($party, $stays)", {"party": party, "stays": _stays(party, same)})


def _stays(party: str, same: dict[str, str]) -> str:
    """The last party of the chain; of a chain that ends in a ring the first of the ring by id."""
    chain = [party]
    while (following := same.get(chain[-1])) is not None:
        if following in chain:
            return min(chain[chain.index(following) :])
        chain.append(following)
    return chain[-1]
