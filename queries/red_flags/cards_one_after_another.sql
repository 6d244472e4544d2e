-- Indicator: HT60
-- Title: Many cards used one after another at one place
-- Question: Which accounts have their cash drawn at one place within minutes of many others, month after month?
-- Phase: labour exploitation, forced criminality
-- Points to: a person whose card another holds; then whoever holds the cards
-- Handling: protect, suppress
-- Innocent reasons: a works bus that stops at one machine on pay day; a machine inside the works
-- Source: practice in labour exploitation cases; no published source
-- Calibration: all values are judgement; statements print the town, seldom the machine, and without a time cannot fire
-- Parameters:
--   min_holders INTEGER = 8  # different accounts in one window at one place
--   within_minutes INTEGER = 30  # length of a window, in minutes
--   min_months INTEGER = 2  # months in which it happens to the account
--   currency VARCHAR = EUR  # currency of the accounts
-- Columns: subject, first_on, last_on, amount, currency, transfers, months, most_holders
-- Grain: subject

WITH drawn AS (
    SELECT account_id, transfer_id, booking_date, booked_at, amount, currency, place
    FROM leg
    WHERE
        side = 'DBIT' AND kind = 'cash_withdrawal' AND NOT is_reversal AND currency = $currency
        AND booked_at IS NOT NULL AND place IS NOT NULL
),

windows AS (
    SELECT opening.place, opening.booked_at AS opens, count(DISTINCT inside.account_id) AS holders
    FROM (SELECT DISTINCT place, booked_at FROM drawn) AS opening
    INNER JOIN drawn AS inside
        ON
            opening.place = inside.place
            AND opening.booked_at <= inside.booked_at
            AND inside.booked_at < opening.booked_at + $within_minutes * INTERVAL 1 MINUTE
    GROUP BY opening.place, opening.booked_at
    HAVING count(DISTINCT inside.account_id) >= $min_holders
),

fired AS (
    SELECT
        drawn.account_id, drawn.transfer_id, drawn.booking_date, drawn.amount, drawn.currency,
        max(windows.holders) AS holders
    FROM drawn
    INNER JOIN windows
        ON
            drawn.place = windows.place
            AND drawn.booked_at >= windows.opens
            AND drawn.booked_at < windows.opens + $within_minutes * INTERVAL 1 MINUTE
    GROUP BY ALL
)

SELECT
    account_id AS subject,
    min(booking_date) AS first_on,
    max(booking_date) AS last_on,
    cast(sum(amount) AS DECIMAL(28, 8)) AS amount,
    min(currency) AS currency,
    list_sort(list(transfer_id)) AS transfers,
    count(DISTINCT date_trunc('month', booking_date)) AS months,
    max(holders) AS most_holders
FROM fired
GROUP BY account_id
HAVING count(DISTINCT date_trunc('month', booking_date)) >= $min_months
