-- Indicator: HT01
-- Title: Many small payments to adult advertising
-- Question: Which accounts pay adult advertising sites often, in small amounts?
-- Phase: sexual exploitation
-- Points to: the person who arranges adverts, or a person made to pay for their own
-- Handling: protect, follow
-- Innocent reasons: independent sex work with own adverts; dating and classified sites of a mixed kind
-- Source: FINTRAC 2016-OA003; FinCEN FIN-2014-A008; FATF/APG 2018 (from memory)
-- Calibration: below = 30 covers the amounts FINTRAC names (3, 12, 24); min_payments and within_days are judgement
-- Parameters:
--   min_payments INTEGER = 5  # payments in one window
--   within_days INTEGER = 7  # length of a window, in days
--   below DECIMAL(28,8) = 30  # a payment counts when it is smaller than this
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, receiver, payments
-- Grain: subject, first_on

WITH on_list AS (
    SELECT upper(value) AS listed_value
    FROM listed
    WHERE list = 'adult_adverts'
),

paid AS (
    SELECT account_id, transfer_id, booking_date, amount, currency, counterparty_account_id
    FROM leg
    WHERE
        side = 'DBIT' AND NOT is_reversal AND currency = $currency AND amount < $below
        AND (
            upper(counterparty_account_id) IN (SELECT listed_value FROM on_list)
            OR upper(counterparty_name) IN (SELECT listed_value FROM on_list)
        )
),

windows AS (
    SELECT opening.account_id, opening.booking_date AS opens
    FROM (SELECT DISTINCT account_id, booking_date FROM paid) AS opening
    INNER JOIN paid AS inside
        ON
            opening.account_id = inside.account_id
            AND opening.booking_date <= inside.booking_date
            AND date_diff('day', opening.booking_date, inside.booking_date) < $within_days
    GROUP BY opening.account_id, opening.booking_date
    HAVING count(*) >= $min_payments
),

fired AS (
    SELECT DISTINCT paid.*
    FROM paid
    INNER JOIN windows
        ON
            paid.account_id = windows.account_id
            AND paid.booking_date >= windows.opens
            AND date_diff('day', windows.opens, paid.booking_date) < $within_days
),

in_order AS (
    SELECT *, lag(booking_date) OVER (PARTITION BY account_id ORDER BY booking_date, transfer_id) AS previous_on
    FROM fired
),

runs AS (
    SELECT
        *,
        sum(CASE WHEN date_diff('day', previous_on, booking_date) < $within_days THEN 0 ELSE 1 END)
            OVER (PARTITION BY account_id ORDER BY booking_date, transfer_id) AS run
    FROM in_order
)

SELECT
    account_id AS subject,
    min(booking_date) AS first_on,
    max(booking_date) AS last_on,
    cast(sum(amount) AS DECIMAL(28, 8)) AS amount,
    min(currency) AS currency,
    list_sort(list(transfer_id)) AS transfers,
    min(counterparty_account_id) AS receiver,
    count(*) AS payments
FROM runs
GROUP BY account_id, run
