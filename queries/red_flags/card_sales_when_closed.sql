-- Indicator: HT10
-- Title: Card sales outside opening hours
-- Question: Which firms take a large part of their card sales when firms of their kind are closed?
-- Phase: sexual exploitation, laundering
-- Points to: a business through which payments for services are run
-- Handling: normal
-- Innocent reasons: registered late opening; bars, hotels and taxis; terminals whose clock is wrong; sales booked in one batch at night
-- Source: FINTRAC 2016-OA003; FinCEN FIN-2020-A008
-- Calibration: hours, share and count are judgement: replace the hours by the registered ones
-- Parameters:
--   open_from INTEGER = 8  # first hour of business, in the time zone of the case
--   open_until INTEGER = 22  # closing hour; it is outside
--   min_share DECIMAL(9,4) = 0.3  # of the amount of card sales in the month
--   min_sales INTEGER = 10  # sales outside hours in the month
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, sales_when_closed, all_sales_amount
-- Grain: subject, first_on

WITH sales AS (
    SELECT
        account_id, transfer_id, booking_date, amount, currency,
        cast(date_trunc('month', booking_date) AS DATE) AS month_on,
        extract(HOUR FROM booked_at) < $open_from OR extract(HOUR FROM booked_at) >= $open_until AS when_closed
    FROM leg
    WHERE
        side = 'CRDT' AND NOT is_reversal AND currency = $currency AND kind = 'card_receipts'
        -- some banks print midnight sharp when they know only the day
        AND booked_at != date_trunc('day', booked_at)
),

months AS (
    SELECT
        account_id, month_on,
        count(*) FILTER (WHERE when_closed) AS sales_when_closed,
        cast(sum(amount) FILTER (WHERE when_closed) AS DECIMAL(28, 8)) AS amount_when_closed,
        cast(sum(amount) AS DECIMAL(28, 8)) AS all_sales_amount
    FROM sales
    GROUP BY account_id, month_on
)

SELECT
    sales.account_id AS subject,
    min(sales.booking_date) AS first_on,
    max(sales.booking_date) AS last_on,
    cast(sum(sales.amount) AS DECIMAL(28, 8)) AS amount,
    min(sales.currency) AS currency,
    list_sort(list(sales.transfer_id)) AS transfers,
    min(months.sales_when_closed) AS sales_when_closed,
    min(months.all_sales_amount) AS all_sales_amount
FROM sales
INNER JOIN months ON sales.account_id = months.account_id AND sales.month_on = months.month_on
WHERE
    sales.when_closed
    AND months.sales_when_closed >= $min_sales
    AND months.amount_when_closed >= $min_share * months.all_sales_amount
GROUP BY sales.account_id, sales.month_on
