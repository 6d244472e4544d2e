-- Title: Completeness by account, currency and month
-- Question: For which months are statements held, and do their balances agree with their lines?
-- Method: within a statement, opening balance and lines must give the closing balance; between two statements that
--     follow each other, the closing balance must be the next opening balance. A day no statement covers, between the
--     first and the last one held, makes its month missing.
-- Columns: account_id, month, status, gap, currency, acknowledged
-- Grain: account_id, currency, month

WITH sums AS (
    SELECT
        statement_id,
        sum(CASE WHEN side = 'CRDT' THEN amount ELSE -amount END) AS moved
    FROM entry
    GROUP BY statement_id
),

balanced AS (
    SELECT
        statement.statement_id,
        statement.account_id,
        statement.currency,
        statement.from_date,
        statement.until_date,
        statement.opening_balance,
        statement.closing_balance,
        statement.closing_balance - statement.opening_balance - coalesce(sums.moved, 0) AS inner_gap
    FROM statement
    LEFT JOIN sums ON statement.statement_id = sums.statement_id
),

following AS (
    SELECT
        balanced.*,
        lag(until_date) OVER account_order AS last_until,
        lag(closing_balance) OVER account_order AS last_closing,
        max(until_date) OVER (
            PARTITION BY account_id, currency ORDER BY from_date, until_date, statement_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS covered_until
    FROM balanced
    WINDOW account_order AS (PARTITION BY account_id, currency ORDER BY from_date, until_date, statement_id)
),

gaps AS (
    SELECT
        account_id,
        currency,
        date_trunc('month', from_date) AS from_month,
        date_trunc('month', until_date - INTERVAL 1 DAY) AS until_month,
        CASE
            WHEN inner_gap <> 0 THEN inner_gap
            WHEN last_until = from_date AND opening_balance <> last_closing THEN opening_balance - last_closing
            ELSE 0
        END AS gap,
        CASE WHEN opening_balance IS NULL OR closing_balance IS NULL THEN 1 ELSE 0 END AS unknown,
        CASE WHEN covered_until < from_date THEN covered_until END AS hole_from,
        CASE WHEN covered_until < from_date THEN from_date END AS hole_until
    FROM following
),

span AS (
    SELECT
        account_id,
        currency,
        date_trunc('month', min(from_date)) AS first_month,
        date_trunc('month', max(until_date) - INTERVAL 1 DAY) AS last_month
    FROM statement
    GROUP BY account_id, currency
),

month AS (
    SELECT
        account_id,
        currency,
        unnest(generate_series(CAST(first_month AS TIMESTAMP), CAST(last_month AS TIMESTAMP), INTERVAL 1 MONTH)) AS month
    FROM span
),

state AS (
    SELECT
        month.account_id,
        CAST(month.month AS DATE) AS month,
        month.currency,
        sum(CASE WHEN gaps.from_month <= month.month AND gaps.until_month >= month.month THEN gaps.gap ELSE 0 END) AS gap,
        max(CASE WHEN gaps.from_month <= month.month AND gaps.until_month >= month.month THEN gaps.unknown ELSE 0 END)
            AS unknown,
        max(CASE
            WHEN gaps.hole_from < month.month + INTERVAL 1 MONTH AND gaps.hole_until > month.month THEN 1 ELSE 0
        END) AS missing
    FROM month
    INNER JOIN gaps ON month.account_id = gaps.account_id AND month.currency = gaps.currency
    GROUP BY month.account_id, month.month, month.currency
)

SELECT
    state.account_id,
    state.month,
    CASE
        WHEN state.missing = 1 THEN 'missing'
        WHEN state.gap <> 0 THEN 'gap'
        WHEN state.unknown = 1 THEN 'unverified'
        ELSE 'reconciled'
    END AS status,
    state.gap,
    state.currency,
    acknowledged.subject IS NOT NULL AS acknowledged
FROM state
LEFT JOIN decision_holding AS acknowledged
    ON
        acknowledged.kind = 'gap_acknowledged'
        AND acknowledged.subject = state.account_id
        AND acknowledged.object = strftime(state.month, '%Y-%m')
ORDER BY state.account_id, state.currency, state.month
