-- Indicator: HT39
-- Title: Money passes through
-- Question: Which accounts take money on many days of a month and are back at their lowest balance within two days?
-- Phase: laundering
-- Points to: the holder as go-between, or a victim whose account is used; then the receiver
-- Handling: protect, follow
-- Innocent reasons: client accounts of letting agents and payroll bureaus; a purse kept for a group
-- Source: AMLTRIX IND00015
-- Calibration: min_days is judgement; 0.95 and 48 hours are judgement, 48 hours taken as the day itself and the next two
-- Parameters:
--   min_days INTEGER = 8  # days of the month on which money comes in
--   gone_days INTEGER = 3  # days in which it has left, the day itself included
--   min_share DECIMAL(9,4) = 0.95  # of the month's money that went out; what is left of it says how near to the lowest balance counts
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, receiver, days_in, days_gone
-- Grain: subject, first_on

WITH moved AS (  -- with the balance after each entry, counted from the first one held
    SELECT
        account_id, transfer_id, position, booking_date, side, amount, currency, counterparty_account_id, is_reversal,
        cast(date_trunc('month', booking_date) AS DATE) AS month_on,
        sum(CASE WHEN side = 'CRDT' THEN amount ELSE -amount END)
            OVER (PARTITION BY account_id ORDER BY position) AS balance
    FROM leg
    WHERE currency = $currency
),

came AS (
    SELECT account_id, month_on, booking_date, max(position) AS last_position
    FROM moved
    WHERE side = 'CRDT' AND NOT is_reversal
    GROUP BY account_id, month_on, booking_date
),

daily AS (  -- the lowest balance after the last credit of a day, within the days allowed
    SELECT came.account_id, came.month_on, came.booking_date, min(moved.balance) AS lowest
    FROM came
    INNER JOIN moved
        ON
            came.account_id = moved.account_id
            AND came.last_position <= moved.position
            AND date_diff('day', came.booking_date, moved.booking_date) < $gone_days
    GROUP BY came.account_id, came.month_on, came.booking_date
),

months AS (
    SELECT
        account_id, month_on,
        min(balance) AS lowest,
        max(CASE WHEN side = 'CRDT' AND NOT is_reversal THEN booking_date END) AS last_in_on,
        cast(sum(CASE WHEN side = 'CRDT' AND NOT is_reversal THEN amount ELSE 0 END) AS DECIMAL(28, 8)) AS came_in
    FROM moved
    GROUP BY account_id, month_on
),

went AS (  -- what came in on the last day may leave in the next month
    SELECT months.account_id, months.month_on, cast(sum(moved.amount) AS DECIMAL(28, 8)) AS went_out
    FROM months
    INNER JOIN moved
        ON
            months.account_id = moved.account_id
            AND moved.side = 'DBIT' AND NOT moved.is_reversal
            AND months.month_on <= moved.booking_date
            AND date_diff('day', months.last_in_on, moved.booking_date) < $gone_days
    GROUP BY months.account_id, months.month_on
),

emptied AS (
    SELECT
        months.account_id, months.month_on, months.came_in,
        count(*) AS days_in,
        count(*) FILTER (
            WHERE daily.lowest - months.lowest <= months.came_in - $min_share * months.came_in
        ) AS days_gone
    FROM months
    INNER JOIN went ON months.account_id = went.account_id AND months.month_on = went.month_on
    INNER JOIN daily ON months.account_id = daily.account_id AND months.month_on = daily.month_on
    WHERE went.went_out >= $min_share * months.came_in
    GROUP BY months.account_id, months.month_on, months.came_in
),

receivers AS (
    SELECT
        account_id, month_on, counterparty_account_id,
        row_number() OVER (
            PARTITION BY account_id, month_on ORDER BY sum(amount) DESC, counterparty_account_id ASC
        ) AS order_no
    FROM moved
    WHERE side = 'DBIT' AND NOT is_reversal AND counterparty_account_id IS NOT NULL
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
WHERE NOT moved.is_reversal AND emptied.days_in >= $min_days AND 2 * emptied.days_gone >= emptied.days_in
GROUP BY moved.account_id, moved.month_on
