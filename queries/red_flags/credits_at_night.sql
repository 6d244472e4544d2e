-- Indicator: HT08
-- Title: Credits at night
-- Question: Which accounts receive most of their payments at night?
-- Phase: sexual exploitation
-- Points to: a person who is made to receive clients, or the person who collects
-- Handling: protect
-- Innocent reasons: independent sex work; bar and delivery staff with tips; traders in other time zones
-- Source: FATF/APG 2018 (from memory); press on the Thomson Reuters Foundation toolkit (late-night payments)
-- Calibration: hours, count and share are judgement; statements that print no time cannot fire
-- Parameters:
--   from_hour INTEGER = 22  # night begins, in the time zone of the case
--   until_hour INTEGER = 6  # night ends; this hour is outside
--   min_credits INTEGER = 10  # credits at night in the month
--   min_share DECIMAL(9,4) = 0.5  # of the credits with a printed time
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, at_night, credits
-- Grain: subject, first_on

WITH credits AS (
    SELECT
        account_id, transfer_id, booking_date, amount, currency,
        cast(date_trunc('month', booking_date) AS DATE) AS month_on,
        extract(HOUR FROM booked_at) >= $from_hour OR extract(HOUR FROM booked_at) < $until_hour AS at_night
    FROM leg
    WHERE
        side = 'CRDT' AND NOT is_reversal AND currency = $currency AND kind IN ('transfer', 'cash_deposit')
        -- some banks print midnight sharp when they know only the day
        AND booked_at != date_trunc('day', booked_at)
),

months AS (
    SELECT
        account_id, month_on,
        count(*) AS credits,
        count(*) FILTER (WHERE at_night) AS at_night
    FROM credits
    GROUP BY account_id, month_on
)

SELECT
    credits.account_id AS subject,
    min(credits.booking_date) AS first_on,
    max(credits.booking_date) AS last_on,
    cast(sum(credits.amount) AS DECIMAL(28, 8)) AS amount,
    min(credits.currency) AS currency,
    list_sort(list(credits.transfer_id)) AS transfers,
    min(months.at_night) AS at_night,
    min(months.credits) AS credits
FROM credits
INNER JOIN months ON credits.account_id = months.account_id AND credits.month_on = months.month_on
WHERE credits.at_night AND months.at_night >= $min_credits AND months.at_night >= $min_share * months.credits
GROUP BY credits.account_id, credits.month_on
