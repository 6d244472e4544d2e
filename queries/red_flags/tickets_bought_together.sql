-- Indicator: HT12
-- Title: Several tickets bought within days
-- Question: Which accounts buy several air, rail, bus or ferry tickets within a week?
-- Phase: transport
-- Points to: the person who arranges travel; the travellers may be victims and are not named
-- Handling: follow
-- Innocent reasons: tour leaders, team managers, families, travel agents; commuters when tickets are dear
-- Source: FINTRAC 2016-OA003; FATF/APG 2018 (from memory)
-- Calibration: 4 tickets in 7 days is judgement; who travels is not in bank data and is not tested
-- Parameters:
--   min_tickets INTEGER = 4  # tickets in one window
--   within_days INTEGER = 7  # length of a window, in days
--   min_amount DECIMAL(28,8) = 25  # a ticket counts from this price, so that daily fares do not
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, tickets
-- Grain: subject, first_on

WITH paid AS (
    SELECT leg.account_id, leg.transfer_id, leg.booking_date, leg.amount, leg.currency
    FROM leg
    INNER JOIN merchant_group
        ON
            leg.merchant_category BETWEEN merchant_group.first_code AND merchant_group.last_code
            AND merchant_group.merchant_group IN ('airline', 'rail', 'bus', 'ferry')
    WHERE leg.side = 'DBIT' AND NOT leg.is_reversal AND leg.currency = $currency AND leg.amount >= $min_amount
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
    HAVING count(*) >= $min_tickets
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
    count(*) AS tickets
FROM runs
GROUP BY account_id, run
