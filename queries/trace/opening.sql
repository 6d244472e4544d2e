-- Title: Opening balances for tracing
-- Question: What lay on each account before its first line?
-- Method: the opening balance of the earliest statement held; an account whose earliest statement prints none starts
--     from nothing and stays unverified.
-- Columns: account_id, currency, opening
-- Grain: account_id, currency

SELECT
    account_id,
    currency,
    opening_balance AS opening
FROM statement
QUALIFY row_number() OVER (PARTITION BY account_id, currency ORDER BY from_date, until_date, statement_id) = 1
