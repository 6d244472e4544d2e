-- Indicator: HT40
-- Title: Much cash for a firm that takes cards
-- Question: Which firms with a card terminal pay in more cash than their card sales explain?
-- Phase: laundering
-- Points to: a business through which cash is run
-- Handling: normal
-- Innocent reasons: market stalls, bars, taxis; customers who prefer cash; takings of several days paid in together
-- Source: FinCEN FIN-2014-A008 (from memory); Europol THB financial business model
-- Calibration: min_share is judgement: replace it by the 95th percentile of the sector where a table of it exists
-- Parameters:
--   min_share DECIMAL(9,4) = 0.4  # cash of all that came in that month
--   min_card_sales INTEGER = 5  # days with card sales in the month: what makes the account one of a firm
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, deposits, came_in
-- Grain: subject, first_on

WITH credits AS (
    SELECT
        account_id, transfer_id, booking_date, amount, currency, kind,
        cast(date_trunc('month', booking_date) AS DATE) AS month_on
    FROM leg
    WHERE side = 'CRDT' AND NOT is_reversal AND currency = $currency
),

months AS (
    SELECT
        account_id, month_on,
        count(DISTINCT booking_date) FILTER (WHERE kind = 'card_receipts') AS card_days,
        cast(sum(amount) FILTER (WHERE kind = 'cash_deposit') AS DECIMAL(28, 8)) AS cash,
        cast(sum(amount) AS DECIMAL(28, 8)) AS came_in
    FROM credits
    GROUP BY account_id, month_on
)

SELECT
    credits.account_id AS subject,
    min(credits.booking_date) AS first_on,
    max(credits.booking_date) AS last_on,
    min(months.cash) AS amount,
    min(credits.currency) AS currency,
    list_sort(list(credits.transfer_id)) AS transfers,
    count(*) AS deposits,
    min(months.came_in) AS came_in
FROM credits
INNER JOIN months ON credits.account_id = months.account_id AND credits.month_on = months.month_on
WHERE
    credits.kind = 'cash_deposit'
    AND months.card_days >= $min_card_sales
    AND months.cash >= $min_share * months.came_in
GROUP BY credits.account_id, credits.month_on
