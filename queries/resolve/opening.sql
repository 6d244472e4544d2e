-- Title: Opening balances for tracing
-- Question: What lay on each account before its first line?
-- Method: the opening balance of the earliest statement held; an account whose earliest statement prints none starts
--     from nothing and stays unverified.
-- Columns: account_no, account_id, currency, opening
-- Grain: account_id, currency

SELECT
    account.account_no,
    statement.account_id,
    statement.currency,
    statement.opening_balance AS opening
FROM statement
INNER JOIN account ON statement.account_id = account.account_id
QUALIFY
    row_number() OVER (
        PARTITION BY statement.account_id, statement.currency
        ORDER BY statement.from_date, statement.until_date, statement.statement_id
    ) = 1
ORDER BY account.account_no, statement.currency
