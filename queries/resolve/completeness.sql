-- Title: Completeness by account, currency and month
-- Question: For which months are statements held, and do their balances agree with their lines?
-- Method: what gap.sql finds counts for each month it touches; nothing is added up against something else. A day no
--     statement covers, between the first and the last one held, makes its month missing. An acknowledgement holds for
--     the state it was given for, as it stands in its label, and for no other.
-- Columns: account_id, month, status, gap, currency, acknowledged, state
-- Grain: account_id, currency, month

WITH covered AS (
    SELECT
        account_id,
        currency,
        from_date,
        date_trunc('month', from_date) AS from_month,
        date_trunc('month', until_date - INTERVAL 1 DAY) AS until_month,
        CASE WHEN opening_balance IS NULL OR closing_balance IS NULL THEN 1 ELSE 0 END AS unknown,
        max(until_date) OVER (
            PARTITION BY account_id, currency ORDER BY from_date, until_date, statement_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS covered_until
    FROM statement
),

span AS (
    SELECT
        account_id,
        currency,
        min(from_month) AS first_month,
        max(until_month) AS last_month
    FROM covered
    GROUP BY account_id, currency
),

month AS (
    SELECT
        account_id,
        currency,
        unnest(generate_series(CAST(first_month AS TIMESTAMP), CAST(last_month AS TIMESTAMP), INTERVAL 1 MONTH)) AS month
    FROM span
),

held AS (
    SELECT
        month.account_id,
        month.currency,
        month.month,
        max(CASE WHEN covered.from_month <= month.month AND covered.until_month >= month.month THEN covered.unknown ELSE 0 END)
            AS unknown,
        max(CASE
            WHEN covered.covered_until < covered.from_date
                AND covered.covered_until < month.month + INTERVAL 1 MONTH AND covered.from_date > month.month
                THEN 1
            ELSE 0
        END) AS missing
    FROM month
    INNER JOIN covered ON month.account_id = covered.account_id AND month.currency = covered.currency
    GROUP BY month.account_id, month.currency, month.month
),

said AS (
    SELECT
        account_id,
        currency,
        from_date,
        until_date,
        CASE WHEN kind = 'printed differently' THEN 'overlap' ELSE 'gap' END AS status,
        amount,
        regexp_replace(CAST(amount AS VARCHAR), '\.?0+$', '') AS printed
    FROM found_gap
),

differing AS (
    SELECT
        month.account_id,
        month.currency,
        month.month,
        string_agg(said.printed, ' ' ORDER BY said.from_date, said.until_date, said.amount)
            FILTER (WHERE said.status = 'gap') AS gaps,
        string_agg(said.printed, ' ' ORDER BY said.from_date, said.until_date, said.amount)
            FILTER (WHERE said.status = 'overlap') AS overlaps,
        sum(abs(said.amount)) AS gap
    FROM month
    INNER JOIN said
        ON
            month.account_id = said.account_id
            AND month.currency = said.currency
            AND said.from_date < month.month + INTERVAL 1 MONTH
            AND said.until_date > month.month
    GROUP BY month.account_id, month.currency, month.month
),

stated AS (
    SELECT
        held.account_id,
        CAST(held.month AS DATE) AS month,
        CASE
            WHEN held.missing = 1 THEN 'missing'
            WHEN differing.overlaps IS NOT NULL THEN 'overlap'
            WHEN differing.gaps IS NOT NULL THEN 'gap'
            WHEN held.unknown = 1 THEN 'unverified'
            ELSE 'reconciled'
        END AS status,
        coalesce(differing.gap, 0) AS gap,
        held.currency,
        concat_ws(
            ' ', held.currency, CASE WHEN held.missing = 1 THEN 'missing' END, 'gap ' || differing.gaps,
            'overlap ' || differing.overlaps
        ) AS state
    FROM held
    LEFT JOIN differing
        ON
            held.account_id = differing.account_id
            AND held.currency = differing.currency
            AND held.month = differing.month
)

SELECT
    stated.account_id,
    stated.month,
    stated.status,
    stated.gap,
    stated.currency,
    coalesce(
        stated.status IN ('missing', 'overlap', 'gap')
        AND list_contains(string_split(acknowledged.label, '; '), stated.state), FALSE
    ) AS acknowledged,
    stated.state
FROM stated
LEFT JOIN decision_holding AS acknowledged
    ON
        acknowledged.kind = 'gap_acknowledged'
        AND acknowledged.subject = stated.account_id
        AND acknowledged.object = strftime(stated.month, '%Y-%m')
ORDER BY stated.account_id, stated.currency, stated.month
