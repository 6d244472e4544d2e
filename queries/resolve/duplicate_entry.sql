-- Title: Lines printed again
-- Question: Which lines stand in more than one file of the same account, and which of them counts?
-- Method: the n-th like line of one file is the n-th like line of every other file, so the count is the largest one
--     of any single file, never the sum. Lines are alike by the bank's own reference; where none is printed, by date,
--     amount, printed balance, value date, counterparty and narrative. The lowest entry id counts.
-- Columns: entry_id, kept_entry_id, rule
-- Grain: entry_id

WITH likeness AS (
    SELECT
        entry_id,
        file_id,
        CASE WHEN bank_reference IS NULL THEN 'date, amount, balance and narrative' ELSE 'bank reference' END AS rule,
        concat_ws(
            '|', account_id, side, CAST(amount AS VARCHAR), currency, CAST(booking_date AS VARCHAR),
            coalesce(
                'reference ' || bank_reference,
                concat_ws(
                    '|', 'no reference', coalesce(CAST(balance_after AS VARCHAR), ''),
                    coalesce(CAST(value_date AS VARCHAR), ''), coalesce(counterparty_account_id, ''),
                    coalesce(counterparty_name, ''), coalesce(narrative, '')
                )
            )
        ) AS likeness,
        seq
    FROM entry
    WHERE account_id IN (SELECT account_id FROM statement GROUP BY account_id HAVING count(DISTINCT file_id) > 1)
),

numbered AS (
    SELECT
        entry_id,
        rule,
        likeness,
        row_number() OVER (PARTITION BY likeness, file_id ORDER BY seq) AS nth
    FROM likeness
),

kept AS (
    SELECT
        entry_id,
        rule,
        min(entry_id) OVER (PARTITION BY likeness, nth) AS kept_entry_id
    FROM numbered
)

SELECT
    entry_id,
    kept_entry_id,
    rule
FROM kept
WHERE entry_id <> kept_entry_id
