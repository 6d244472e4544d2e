-- Indicator: HT41
-- Title: Cash paid in while the firm was closed
-- Question: Which firms pay in cash during weeks in which their card terminal took nothing in business hours?
-- Phase: laundering, sexual exploitation
-- Points to: a business through which cash is run
-- Handling: normal
-- Innocent reasons: takings of earlier weeks paid in late; a broken terminal; cash-only weeks
-- Source: FinCEN FIN-2020-A008
-- Calibration: all values are judgement; a firm is taken as closed when no card sale was made in business hours
-- Parameters:
--   open_from INTEGER = 8  # first hour of business, in the time zone of the case
--   open_until INTEGER = 22  # closing hour; it is outside
--   closed_days INTEGER = 14  # days without a card sale in business hours, between two days with one
--   grace_days INTEGER = 5  # deposits of the first days may be takings of the time before
--   min_deposits INTEGER = 2  # deposits in the time that remains
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, deposits, closed_from, closed_until
-- Grain: subject, first_on

WITH open_days AS (
    SELECT DISTINCT account_id, booking_date
    FROM leg
    WHERE
        side = 'CRDT' AND kind = 'card_receipts' AND NOT is_reversal AND currency = $currency
        AND (
            booked_at IS NULL
            OR (extract(HOUR FROM booked_at) >= $open_from AND extract(HOUR FROM booked_at) < $open_until)
        )
),

closed AS (
    SELECT
        account_id,
        booking_date AS closed_from,
        lead(booking_date) OVER (PARTITION BY account_id ORDER BY booking_date) AS closed_until
    FROM open_days
)

SELECT
    leg.account_id AS subject,
    min(leg.booking_date) AS first_on,
    max(leg.booking_date) AS last_on,
    cast(sum(leg.amount) AS DECIMAL(28, 8)) AS amount,
    min(leg.currency) AS currency,
    list_sort(list(leg.transfer_id)) AS transfers,
    count(*) AS deposits,
    closed.closed_from,
    closed.closed_until
FROM leg
INNER JOIN closed
    ON
        leg.account_id = closed.account_id
        AND leg.booking_date < closed.closed_until
        AND date_diff('day', closed.closed_from, leg.booking_date) > $grace_days
WHERE
    leg.side = 'CRDT' AND leg.kind = 'cash_deposit' AND NOT leg.is_reversal AND leg.currency = $currency
    AND date_diff('day', closed.closed_from, closed.closed_until) > $closed_days
GROUP BY leg.account_id, closed.closed_from, closed.closed_until
HAVING count(*) >= $min_deposits
