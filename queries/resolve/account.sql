-- Title: Accounts
-- Question: Which accounts do the records mention, and which of them are inside the case?
-- Method: a boundary (cash desk, salary pool of a source) is no account of anybody: never inside, never asked about.
-- Columns: account_id, inside, account_no, scheme, bank, currency, holder_name, name
-- Grain: account_id

WITH held AS (
    SELECT
        account_id,
        CAST(row_number() OVER (ORDER BY account_id) - 1 AS INTEGER) AS account_no,
        max(bank) AS bank,
        max(currency) AS currency,
        arg_max(holder_name, until_date) FILTER (WHERE holder_name IS NOT NULL) AS holder_name
    FROM statement
    GROUP BY account_id
),

mentioned AS (
    SELECT
        counterparty_account_id AS account_id,
        counterparty_name AS name,
        count(*) AS times
    FROM raw_leg
    WHERE counterparty_account_id IS NOT NULL
    GROUP BY counterparty_account_id, counterparty_name
),

named AS (
    SELECT
        account_id,
        arg_max(name, (times, name)) FILTER (WHERE name IS NOT NULL) AS name
    FROM mentioned
    GROUP BY account_id
)

SELECT
    coalesce(held.account_id, named.account_id) AS account_id,
    held.account_id IS NOT NULL AS inside,
    held.account_no,
    CASE
        WHEN coalesce(held.account_id, named.account_id) LIKE 'name:%' THEN 'name'
        WHEN coalesce(held.account_id, named.account_id) LIKE 'boundary:%' THEN 'boundary'
        WHEN regexp_matches(coalesce(held.account_id, named.account_id), '^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$') THEN 'iban'
        WHEN regexp_matches(
            coalesce(held.account_id, named.account_id), '^(BTC|BCH|LTC|DOGE|ETH|BNB|POL|TRX|XRP|XMR|SOL)/'
        ) THEN 'address'
        ELSE 'bank'
    END AS scheme,
    held.bank,
    held.currency,
    held.holder_name,
    coalesce(held.holder_name, named.name) AS name
FROM held
FULL JOIN named ON held.account_id = named.account_id
