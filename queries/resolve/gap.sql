-- Title: Where statements and lines disagree
-- Question: Which printed balances do not follow from one another?
-- Method: within a statement, opening balance and lines must give the closing balance. Between two statements that
--     follow each other, the closing balance must be the next opening balance. What two series of statements print of the
--     same days is compared in gap_of_series.sql.
-- Columns: account_id, currency, from_date, until_date, kind, amount
-- Grain: account_id, currency, from_date, until_date, kind, amount

WITH placed AS (
    SELECT
        statement.*,
        statement_series.series,
        statement_series.follows
    FROM statement
    INNER JOIN statement_series ON statement.statement_id = statement_series.statement_id
),

moved AS (
    SELECT
        statement_id,
        sum(CASE WHEN side = 'CRDT' THEN amount ELSE -amount END) AS moved
    FROM entry
    GROUP BY statement_id
),

within AS (
    SELECT
        placed.account_id,
        placed.currency,
        placed.from_date,
        placed.until_date,
        'within a statement' AS kind,
        placed.closing_balance - placed.opening_balance - coalesce(moved.moved, 0) AS amount
    FROM placed
    LEFT JOIN moved ON placed.statement_id = moved.statement_id
),

between_two AS (
    SELECT
        this.account_id,
        this.currency,
        this.from_date,
        CAST(this.from_date + INTERVAL 1 DAY AS DATE) AS until_date,
        'between statements' AS kind,
        this.opening_balance - last.closing_balance AS amount
    FROM placed AS this
    INNER JOIN placed AS last ON this.follows = last.statement_id AND this.from_date <= last.until_date
)

SELECT DISTINCT
    account_id,
    currency,
    from_date,
    until_date,
    kind,
    amount
FROM (
    SELECT * FROM within
    UNION ALL
    SELECT * FROM between_two
) AS found
WHERE amount <> 0
ORDER BY account_id, currency, from_date, until_date, kind, amount
