-- Indicator: HT34
-- Title: Cash paid in at several places, gone within a day
-- Question: Which accounts take cash in several towns and lose it at once, by transfer or in another town?
-- Phase: laundering
-- Points to: the holder or the person who directs the account; the holder may be a victim
-- Handling: protect, follow
-- Innocent reasons: travelling traders, shared family accounts, charity collectors
-- Source: FinCEN FIN-2014-A008; FinCEN FIN-2020-A008; AMLTRIX T0083
-- Calibration: min_places, in_days and min_share are judgement; within_days stands for the 24 hours of the source
-- Parameters:
--   min_places INTEGER = 3  # different towns in one window
--   within_days INTEGER = 90  # length of a window, in days
--   gone_days INTEGER = 2  # days in which the money has left, the day of the deposit included
--   min_share DECIMAL(9,4) = 0.8  # least share of a day's cash that has left by then
--   below DECIMAL(28,8) = 10000  # a deposit counts when it is smaller than this
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, receiver, places, deposits
-- Grain: subject, first_on

WITH cash AS (
    SELECT account_id, transfer_id, booking_date, amount, currency, place
    FROM leg
    WHERE
        side = 'CRDT' AND kind = 'cash_deposit' AND NOT is_reversal AND currency = $currency
        AND place IS NOT NULL AND amount < $below
),

came AS (
    SELECT account_id, booking_date, min(place) AS place, cast(sum(amount) AS DECIMAL(28, 8)) AS came_in
    FROM cash
    GROUP BY account_id, booking_date
),

gone AS (
    SELECT came.account_id, came.booking_date, came.came_in, leg.counterparty_account_id, leg.amount
    FROM came
    INNER JOIN leg
        ON
            came.account_id = leg.account_id
            AND came.booking_date <= leg.booking_date
            AND date_diff('day', came.booking_date, leg.booking_date) < $gone_days
    WHERE
        leg.side = 'DBIT' AND NOT leg.is_reversal AND leg.currency = $currency
        AND (leg.kind = 'transfer' OR (leg.kind = 'cash_withdrawal' AND leg.place != came.place))
),

emptied AS (
    SELECT account_id, booking_date
    FROM gone
    GROUP BY account_id, booking_date, came_in
    HAVING cast(sum(amount) AS DECIMAL(28, 8)) >= $min_share * came_in
),

paid AS (  -- the deposits of days whose cash left
    SELECT cash.*
    FROM cash
    INNER JOIN emptied ON cash.account_id = emptied.account_id AND cash.booking_date = emptied.booking_date
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
    HAVING count(DISTINCT inside.place) >= $min_places
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

receivers AS (
    SELECT
        account_id, counterparty_account_id,
        row_number() OVER (
            PARTITION BY account_id ORDER BY sum(amount) DESC, counterparty_account_id ASC
        ) AS order_no
    FROM gone
    WHERE counterparty_account_id IS NOT NULL
    GROUP BY account_id, counterparty_account_id
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
    runs.account_id AS subject,
    min(runs.booking_date) AS first_on,
    max(runs.booking_date) AS last_on,
    cast(sum(runs.amount) AS DECIMAL(28, 8)) AS amount,
    min(runs.currency) AS currency,
    list_sort(list(runs.transfer_id)) AS transfers,
    min(receivers.counterparty_account_id) AS receiver,
    count(DISTINCT runs.place) AS places,
    count(*) AS deposits
FROM runs
LEFT JOIN receivers ON runs.account_id = receivers.account_id AND receivers.order_no = 1
GROUP BY runs.account_id, runs.run
