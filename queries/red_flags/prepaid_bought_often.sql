-- Indicator: HT43
-- Title: Prepaid cards bought or loaded often
-- Question: Which accounts buy or load prepaid cards many times a month?
-- Phase: laundering, sexual exploitation
-- Points to: the person who pays without a trace, for example for adverts
-- Handling: normal
-- Innocent reasons: gifts in December; travellers and people without a credit card; parents who load a card for a child
-- Source: FinCEN FIN-2020-A008; AMLTRIX IND03031
-- Calibration: min_payments is judgement
-- Parameters:
--   min_payments INTEGER = 5  # purchases or loads in the month
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, payments
-- Grain: subject, first_on

WITH on_list AS (
    SELECT upper(value) AS listed_value
    FROM listed
    WHERE list = 'prepaid'
),

paid AS (
    SELECT
        leg.account_id, leg.transfer_id, leg.booking_date, leg.amount, leg.currency,
        cast(date_trunc('month', leg.booking_date) AS DATE) AS month_on
    FROM leg
    LEFT JOIN merchant_group
        ON
            leg.merchant_category BETWEEN merchant_group.first_code AND merchant_group.last_code
            AND merchant_group.merchant_group = 'prepaid'
    WHERE
        leg.side = 'DBIT' AND NOT leg.is_reversal AND leg.currency = $currency
        AND (
            merchant_group.merchant_group IS NOT NULL
            OR upper(leg.counterparty_account_id) IN (SELECT listed_value FROM on_list)
            OR upper(leg.counterparty_name) IN (SELECT listed_value FROM on_list)
        )
)

SELECT
    account_id AS subject,
    min(booking_date) AS first_on,
    max(booking_date) AS last_on,
    cast(sum(amount) AS DECIMAL(28, 8)) AS amount,
    min(currency) AS currency,
    list_sort(list(transfer_id)) AS transfers,
    count(*) AS payments
FROM paid
GROUP BY account_id, month_on
HAVING count(*) >= $min_payments
