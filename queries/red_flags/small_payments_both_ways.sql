-- Indicator: HT04
-- Title: Many small payments in and out
-- Question: Which accounts take in and pay out many small amounts within a month and keep almost nothing?
-- Phase: sexual exploitation
-- Points to: a person whose account is used by another, or the person who uses it
-- Handling: protect, follow
-- Innocent reasons: shared purses of clubs and flats; people who sell second-hand goods and buy others
-- Source: FINTRAC 2016-OA003
-- Calibration: below = 100 is FINTRAC's; the counts and the share are judgement
-- Parameters:
--   min_payments INTEGER = 30  # payments in the month, both ways together
--   min_each_way INTEGER = 10  # of them in each direction
--   below DECIMAL(28,8) = 100  # more than half of each direction is smaller than this
--   min_share DECIMAL(9,4) = 0.9  # least share of what came in that went out in the month
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, receiver, payments_in, payments_out
-- Grain: subject, first_on

WITH moved AS (
    SELECT
        account_id, transfer_id, booking_date, side, amount, currency, counterparty_account_id,
        cast(date_trunc('month', booking_date) AS DATE) AS month_on
    FROM leg
    WHERE NOT is_reversal AND currency = $currency AND kind NOT IN ('fee', 'interest')
),

months AS (
    SELECT
        account_id, month_on,
        count(*) FILTER (WHERE side = 'CRDT') AS payments_in,
        count(*) FILTER (WHERE side = 'DBIT') AS payments_out,
        count(*) FILTER (WHERE side = 'CRDT' AND amount < $below) AS small_in,
        count(*) FILTER (WHERE side = 'DBIT' AND amount < $below) AS small_out,
        cast(sum(amount) FILTER (WHERE side = 'CRDT') AS DECIMAL(28, 8)) AS came_in,
        cast(sum(amount) FILTER (WHERE side = 'DBIT') AS DECIMAL(28, 8)) AS went_out
    FROM moved
    GROUP BY account_id, month_on
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
    min(months.came_in) AS amount,
    min(moved.currency) AS currency,
    list_sort(list(moved.transfer_id)) AS transfers,
    min(receivers.counterparty_account_id) AS receiver,
    min(months.payments_in) AS payments_in,
    min(months.payments_out) AS payments_out
FROM moved
INNER JOIN months ON moved.account_id = months.account_id AND moved.month_on = months.month_on
LEFT JOIN receivers
    ON moved.account_id = receivers.account_id AND moved.month_on = receivers.month_on AND receivers.order_no = 1
WHERE
    months.payments_in + months.payments_out >= $min_payments
    AND months.payments_in >= $min_each_way AND months.payments_out >= $min_each_way
    AND 2 * months.small_in > months.payments_in AND 2 * months.small_out > months.payments_out
    AND months.went_out >= $min_share * months.came_in
GROUP BY moved.account_id, moved.month_on
