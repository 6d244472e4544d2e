"""Joining the two legs of one movement: the same payment as two banks print it, or cash a person linked."""

import duckdb

from finflow.places import shipped

RULES = (  # what must agree, how sure that is of 100; each day between the legs costs two points
    ("reference", 100),
    ("accounts", 95),
    ("reference, amount differs", 90),
    ("accounts, amount differs", 80),
    ("creditor", 75),
    ("debtor", 75),
)
DAYS = 5  # a payment before a long week-end arrives five days later
FEE_MOST = 50  # an intermediary's fee, in the currency of the payment; judgement

_CANDIDATES = """
    CREATE OR REPLACE TEMP TABLE unmatched_leg AS
    WITH held AS (SELECT DISTINCT account_id FROM statement)
    SELECT raw_leg.* FROM raw_leg LEFT JOIN held ON raw_leg.counterparty_account_id = held.account_id
    WHERE NOT both_sides AND (
        held.account_id IS NOT NULL
        OR (kind IN ('transfer', 'direct_debit', 'other')
            AND coalesce(counterparty_account_id, 'name:') LIKE 'name:%'))
"""


def pair_legs(con: duckdb.DuckDBPyConnection) -> None:
    """Fill the temporary table leg_pair: debit_leg, credit_leg, rule, score; the surest rule and nearest day first."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE leg_pair (debit_leg VARCHAR, credit_leg VARCHAR, rule VARCHAR, score BIGINT)"
    )
    con.execute("""
        INSERT INTO leg_pair SELECT leg_id, leg_id, 'both legs on one row', 100 FROM raw_leg
        WHERE both_sides AND side = 'DBIT'
    """)
    _pair_cash(con)
    con.execute(_CANDIDATES)
    for rule, score in RULES:
        for days in range(DAYS + 1):
            _pair(con, rule, days, score - 2 * days)


def _pair(con: duckdb.DuckDBPyConnection, rule: str, days: int, score: int) -> None:
    query = (shipped("queries") / "resolve" / "mirror.sql").read_text(encoding="utf-8")
    values = {"rule": rule, "days": days, "fee_most": FEE_MOST}
    con.execute(f"CREATE OR REPLACE TEMP TABLE found_pair AS {query}", values)
    con.execute(
        "INSERT INTO leg_pair SELECT debit_leg, credit_leg, $rule, $score FROM found_pair",
        {"rule": f"mirror: {rule}", "score": score},
    )
    con.execute("""
        DELETE FROM unmatched_leg WHERE
            (side = 'DBIT' AND leg_id IN (SELECT debit_leg FROM found_pair))
            OR (side = 'CRDT' AND leg_id IN (SELECT credit_leg FROM found_pair))
    """)


def _pair_cash(con: duckdb.DuckDBPyConnection) -> None:
    """Join a cash deposit to the withdrawal a person linked it to, one to one."""
    con.execute("""
        INSERT INTO leg_pair
        SELECT object, subject, 'cash link', 100 FROM decision_holding
        WHERE kind = 'cash_link' AND object IS NOT NULL
          AND subject IN (SELECT leg_id FROM raw_leg WHERE side = 'CRDT')
          AND object IN (SELECT leg_id FROM raw_leg WHERE side = 'DBIT')
        QUALIFY row_number() OVER (PARTITION BY object ORDER BY decision_no) = 1
            AND row_number() OVER (PARTITION BY subject ORDER BY decision_no) = 1
    """)
