-- Indicator: HT46
-- Title: Many payers in, one receiver out
-- Question: Which accounts take small payments from many payers in a month and pay most of the month's money to one account?
-- Phase: sexual exploitation
-- Points to: a person who is made to receive clients, then the receiver
-- Handling: protect, follow
-- Innocent reasons: treasurers of houses, clubs and parents' groups who collect for one bill
-- Source: AMLTRIX IND03016 and IND03019; FINTRAC 2021-OA001 (from memory)
-- Calibration: min_payers, below and min_share are judgement
-- Parameters:
--   min_payers INTEGER = 15  # different payers in the month
--   below DECIMAL(28,8) = 250  # a credit counts when it is smaller than this
--   min_share DECIMAL(9,4) = 0.7  # of all that went out in the month, to one account
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, receiver, payers, paid_on
-- Grain: subject, first_on

WITH moved AS (
    SELECT
        account_id, transfer_id, booking_date, side, kind, amount, currency, counterparty_account_id,
        cast(date_trunc('month', booking_date) AS DATE) AS month_on
    FROM leg
    WHERE NOT is_reversal AND currency = $currency
),

receivers AS (
    SELECT
        account_id, month_on, counterparty_account_id,
        cast(sum(amount) AS DECIMAL(28, 8)) AS paid_on,
        row_number() OVER (
            PARTITION BY account_id, month_on ORDER BY sum(amount) DESC, counterparty_account_id ASC
        ) AS order_no
    FROM moved
    WHERE side = 'DBIT' AND kind = 'transfer' AND counterparty_account_id IS NOT NULL
    GROUP BY account_id, month_on, counterparty_account_id
),

months AS (
    SELECT
        account_id, month_on,
        count(DISTINCT CASE
            WHEN side = 'CRDT' AND kind = 'transfer' AND amount < $below THEN counterparty_account_id
        END) AS payers,
        cast(sum(amount) FILTER (WHERE side = 'DBIT') AS DECIMAL(28, 8)) AS went_out
    FROM moved
    GROUP BY account_id, month_on
)

SELECT
    moved.account_id AS subject,
    min(moved.booking_date) AS first_on,
    max(moved.booking_date) AS last_on,
    cast(sum(moved.amount) FILTER (WHERE moved.side = 'CRDT') AS DECIMAL(28, 8)) AS amount,
    min(moved.currency) AS currency,
    list_sort(list(moved.transfer_id)) AS transfers,
    min(receivers.counterparty_account_id) AS receiver,
    min(months.payers) AS payers,
    min(receivers.paid_on) AS paid_on
FROM moved
INNER JOIN months ON moved.account_id = months.account_id AND moved.month_on = months.month_on
INNER JOIN receivers
    ON moved.account_id = receivers.account_id AND moved.month_on = receivers.month_on AND receivers.order_no = 1
WHERE
    moved.kind = 'transfer'
    AND (
        (moved.side = 'CRDT' AND moved.amount < $below)
        OR (moved.side = 'DBIT' AND moved.counterparty_account_id = receivers.counterparty_account_id)
    )
    AND months.payers >= $min_payers
    AND receivers.paid_on >= $min_share * months.went_out
GROUP BY moved.account_id, moved.month_on
