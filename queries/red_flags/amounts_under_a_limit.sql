-- Indicator: HT35
-- Title: Amounts just under a limit, several within days
-- Question: Which accounts take cash, or send money through a money service, in amounts just under a limit?
-- Phase: laundering
-- Points to: the person who pays in or sends
-- Handling: normal
-- Innocent reasons: takings that happen to be of that size; a machine that takes no more at once
-- Source: FinCEN FIN-2014-A008 (wires under 3,000); AMLTRIX IND01864
-- Calibration: ceiling = 3000 is FinCEN's, in dollars; the band, count and days are judgement
-- Parameters:
--   ceiling DECIMAL(28,8) = 3000  # the limit; an amount equal to it does not count
--   least DECIMAL(28,8) = 2400  # smallest amount that counts, here 0.8 of the limit
--   min_payments INTEGER = 3  # payments in one window
--   within_days INTEGER = 5  # length of a window, in days
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, payments
-- Grain: subject, first_on

WITH on_list AS (
    SELECT upper(value) AS listed_value
    FROM listed
    WHERE list = 'money_service'
),

paid AS (
    SELECT account_id, transfer_id, booking_date, amount, currency
    FROM leg
    WHERE
        NOT is_reversal AND currency = $currency AND amount >= $least AND amount < $ceiling
        AND (
            (side = 'CRDT' AND kind = 'cash_deposit')
            OR (
                side = 'DBIT' AND (
                    upper(counterparty_account_id) IN (SELECT listed_value FROM on_list)
                    OR upper(counterparty_name) IN (SELECT listed_value FROM on_list)
                )
            )
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
    count(*) AS payments
FROM runs
GROUP BY account_id, run
