-- Title: Where the records of an account break off
-- Question: From which day on may money lie on an account that no line shows, and how much?
-- Method: between two statements lie days that none covers, or the balance that opens the second is not the one that
--     closed the first: what it opens with above that balance came in unseen, and all of it may be other money. A
--     statement that closes above what its lines give hides that much. An account whose first statement prints no
--     opening balance may have held anything.
-- Columns: account_id, currency, day, came (own money of unknown origin from that day), unseen (other money that may lie
--     there beside it; NULL = nobody knows how much)
-- Grain: account_id, currency, day, unseen

WITH sums AS (
    SELECT
        statement_id,
        sum(CASE WHEN side = 'CRDT' THEN amount ELSE -amount END) AS moved
    FROM entry
    GROUP BY statement_id
),

following AS (
    SELECT
        statement.account_id,
        statement.currency,
        statement.from_date,
        statement.opening_balance,
        statement.closing_balance - statement.opening_balance - coalesce(sums.moved, 0) AS inner_gap,
        row_number() OVER in_order AS place,
        max(statement.until_date) OVER before AS covered_until,
        arg_max(struct_pack(balance := statement.closing_balance), statement.until_date) OVER before AS closed
    FROM statement
    LEFT JOIN sums ON statement.statement_id = sums.statement_id
    WINDOW
        in_order AS (
            PARTITION BY statement.account_id, statement.currency
            ORDER BY statement.from_date, statement.until_date, statement.statement_id
        ),
        before AS (
            PARTITION BY statement.account_id, statement.currency
            ORDER BY statement.from_date, statement.until_date, statement.statement_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
),

broken AS (
    SELECT
        account_id,
        currency,
        from_date AS day,
        opening_balance,
        greatest(coalesce(opening_balance - closed.balance, 0), 0) AS came
    FROM following
    WHERE covered_until < from_date OR (covered_until = from_date AND opening_balance <> closed.balance)
)

SELECT
    account_id,
    currency,
    day,
    came,
    CASE WHEN opening_balance IS NOT NULL THEN greatest(greatest(opening_balance, 0) - came, 0) END AS unseen
FROM broken
UNION ALL
SELECT
    account_id,
    currency,
    from_date AS day,
    0 AS came,
    inner_gap AS unseen
FROM following
WHERE inner_gap > 0
UNION ALL
SELECT
    leg.account_id,
    leg.currency,
    min(leg.booking_date) AS day,
    0 AS came,
    NULL AS unseen
FROM leg
LEFT JOIN following
    ON leg.account_id = following.account_id AND leg.currency = following.currency AND following.place = 1
WHERE following.opening_balance IS NULL
GROUP BY leg.account_id, leg.currency
ORDER BY account_id, currency, day, unseen
