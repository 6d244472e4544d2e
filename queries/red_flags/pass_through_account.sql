-- Indicator: HT39
-- Title: Money passes through
-- Question: Which accounts take money on many days of a month and pay almost all of it on within two days?
-- Phase: laundering
-- Points to: the holder as go-between, or a victim whose account is used; then the receiver
-- Handling: protect, follow
-- Innocent reasons: client accounts of letting agents and payroll bureaus; a purse kept for a group
-- Source: AMLTRIX IND00015
-- Calibration: min_days is judgement; 0.95 and 48 hours are judgement, 48 hours taken as the day itself and the next two
-- Parameters:
--   min_days INTEGER = 8  # days of the month on which money comes in
--   gone_days INTEGER = 3  # days in which it has left, the day itself included
--   min_share DECIMAL(9,4) = 0.95  # of what came in that has left: of the month, and on at least half of the days
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, receiver, days_in, days_gone
-- Grain: subject, first_on

WITH moved AS (
    SELECT
        account_id, transfer_id, booking_date, side, amount, currency, counterparty_account_id,
        cast(date_trunc('month', booking_date) AS DATE) AS month_on
    FROM leg
    WHERE NOT is_reversal AND currency = $currency
),

came AS (
    SELECT account_id, month_on, booking_date, cast(sum(amount) AS DECIMAL(28, 8)) AS came_in
    FROM moved
    WHERE side = 'CRDT'
    GROUP BY account_id, month_on, booking_date
),

daily AS (  -- what left on a day with credits and the days after
    SELECT
        came.account_id, came.month_on, came.booking_date, came.came_in,
        cast(sum(moved.amount) AS DECIMAL(28, 8)) AS went_out
    FROM came
    INNER JOIN moved
        ON
            came.account_id = moved.account_id
            AND moved.side = 'DBIT'
            AND came.booking_date <= moved.booking_date
            AND date_diff('day', came.booking_date, moved.booking_date) < $gone_days
    GROUP BY came.account_id, came.month_on, came.booking_date, came.came_in
),

months AS (
    SELECT
        came.account_id, came.month_on,
        count(*) AS days_in,
        count(*) FILTER (WHERE daily.went_out >= $min_share * came.came_in) AS days_gone,
        max(came.booking_date) AS last_in_on,
        cast(sum(came.came_in) AS DECIMAL(28, 8)) AS came_in
    FROM came
    LEFT JOIN daily ON came.account_id = daily.account_id AND came.booking_date = daily.booking_date
    GROUP BY came.account_id, came.month_on
),

emptied AS (  -- what came in on the last day may leave in the next month
    SELECT months.account_id, months.month_on, months.days_in, months.days_gone, months.came_in
    FROM months
    INNER JOIN moved
        ON
            months.account_id = moved.account_id
            AND moved.side = 'DBIT'
            AND months.month_on <= moved.booking_date
            AND date_diff('day', months.last_in_on, moved.booking_date) < $gone_days
    WHERE months.days_in >= $min_days AND 2 * months.days_gone >= months.days_in
    GROUP BY ALL
    HAVING cast(sum(moved.amount) AS DECIMAL(28, 8)) >= $min_share * months.came_in
),

receivers AS (
    SELECT
        account_id, month_on, counterparty_account_id,
        row_number() OVER (
            PARTITION BY account_id, month_on ORDER BY sum(amount) DESC, counterparty_account_id ASC
        ) AS order_no
    FROM moved
    WHERE side = 'DBIT' AND counterparty_account_id IS NOT NULL
    GROUP BY account_id, month_on, counterparty_account_id
)

SELECT
    moved.account_id AS subject,
    min(moved.booking_date) AS first_on,
    max(moved.booking_date) AS last_on,
    min(emptied.came_in) AS amount,
    min(moved.currency) AS currency,
    list_sort(list(moved.transfer_id)) AS transfers,
    min(receivers.counterparty_account_id) AS receiver,
    min(emptied.days_in) AS days_in,
    min(emptied.days_gone) AS days_gone
FROM moved
INNER JOIN emptied ON moved.account_id = emptied.account_id AND moved.month_on = emptied.month_on
LEFT JOIN receivers
    ON moved.account_id = receivers.account_id AND moved.month_on = receivers.month_on AND receivers.order_no = 1
GROUP BY moved.account_id, moved.month_on
