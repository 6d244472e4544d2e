-- Title: Last printed balance of each account
-- Question: Which balance did the bank print last for each account inside the case, on which day, and where?
-- Method: closing balances of statements and running balances beside lines; the latest day counts, on one day the
--     closing balance. Lines printed again count once.
-- Columns: account_id, currency, balance, printed_on, exhibit, locator
-- Grain: account_id, currency

WITH printed AS (
    SELECT
        account_id,
        currency,
        closing_balance AS balance,
        CAST(until_date - INTERVAL 1 DAY AS DATE) AS printed_on,
        file_id,
        locator,
        1 AS closing,
        0 AS place_on_account
    FROM statement
    WHERE closing_balance IS NOT NULL
    UNION ALL
    SELECT
        leg.account_id,
        leg.currency,
        entry.balance_after AS balance,
        leg.booking_date AS printed_on,
        entry.file_id,
        entry.locator,
        0 AS closing,
        leg.position AS place_on_account
    FROM leg
    INNER JOIN entry ON leg.entry_id = entry.entry_id AND leg.account_id = entry.account_id
    WHERE entry.balance_after IS NOT NULL
),

ranked AS (
    SELECT
        printed.*,
        ROW_NUMBER() OVER (
            PARTITION BY printed.account_id, printed.currency
            ORDER BY
                printed.printed_on DESC, printed.closing DESC, printed.place_on_account DESC,
                printed.file_id ASC, printed.locator ASC
        ) AS place
    FROM printed
)

SELECT
    ranked.account_id,
    ranked.currency,
    ranked.balance,
    ranked.printed_on,
    exhibit.exhibit,
    ranked.locator
FROM ranked
INNER JOIN exhibit ON ranked.file_id = exhibit.file_id
WHERE ranked.place = 1
ORDER BY ranked.account_id, ranked.currency
