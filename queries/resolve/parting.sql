-- Title: First day an account parts from its printed balances
-- Question: From which day on do the counted lines of an account not give what its bank printed?
-- Method: the first day that does not agree; the difference is that to the nearest balance printed that day. It is
--     explained when gap.sql found something on that day or before it.
-- Columns: account_id, currency, day, computed, printed, difference, explained
-- Grain: account_id, currency

WITH first_day AS (
    SELECT *
    FROM daily_balance
    WHERE NOT agrees
    QUALIFY row_number() OVER (PARTITION BY account_id, currency ORDER BY day) = 1
),

nearest AS (
    SELECT
        account_id,
        currency,
        arg_min(balance - computed, abs(balance - computed)) AS difference
    FROM (
        SELECT
            account_id,
            currency,
            computed,
            unnest(printed) AS balance
        FROM first_day
    ) AS balances
    GROUP BY account_id, currency
),

earlier AS (
    SELECT
        account_id,
        currency,
        min(from_date) AS from_date
    FROM found_gap
    GROUP BY account_id, currency
)

SELECT
    first_day.account_id,
    first_day.currency,
    first_day.day,
    first_day.computed,
    first_day.printed,
    nearest.difference,
    coalesce(earlier.from_date <= first_day.day, FALSE) AS explained
FROM first_day
INNER JOIN nearest ON first_day.account_id = nearest.account_id AND first_day.currency = nearest.currency
LEFT JOIN earlier ON first_day.account_id = earlier.account_id AND first_day.currency = earlier.currency
ORDER BY first_day.account_id, first_day.currency
