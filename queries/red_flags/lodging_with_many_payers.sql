-- Indicator: HT07
-- Title: Lodging and many payers in the same days
-- Question: On which accounts do several payers pay in while lodging is being paid for?
-- Phase: sexual exploitation
-- Points to: a person who is made to receive clients, then the receiver of what they pay on
-- Handling: protect, follow
-- Innocent reasons: organisers of a trip who collect shares; hosts who sublet a holiday flat
-- Source: AMLTRIX IND03033
-- Calibration: min_payers and 48 hours come from judgement; 48 hours are taken as three calendar days
-- Parameters:
--   min_payers INTEGER = 4  # different payers in the window
--   within_days INTEGER = 3  # window from the day of the lodging payment, in days
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, receiver, payers
-- Grain: subject, first_on

WITH on_list AS (
    SELECT upper(value) AS listed_value
    FROM listed
    WHERE list = 'lodging'
),

stays AS (
    SELECT leg.account_id, leg.booking_date, min(leg.transfer_id) AS transfer_id
    FROM leg
    LEFT JOIN merchant_group
        ON
            leg.merchant_category BETWEEN merchant_group.first_code AND merchant_group.last_code
            AND merchant_group.merchant_group = 'lodging'
    WHERE
        leg.side = 'DBIT' AND NOT leg.is_reversal
        AND (
            merchant_group.merchant_group IS NOT NULL
            OR upper(leg.counterparty_account_id) IN (SELECT listed_value FROM on_list)
            OR upper(leg.counterparty_name) IN (SELECT listed_value FROM on_list)
        )
    GROUP BY leg.account_id, leg.booking_date
),

moved AS (
    SELECT
        stays.account_id, stays.booking_date AS stay_on, leg.transfer_id, leg.booking_date, leg.side, leg.amount,
        leg.currency, leg.counterparty_account_id
    FROM stays
    INNER JOIN leg
        ON
            stays.account_id = leg.account_id
            AND stays.booking_date <= leg.booking_date
            AND date_diff('day', stays.booking_date, leg.booking_date) < $within_days
    WHERE leg.kind = 'transfer' AND NOT leg.is_reversal AND leg.currency = $currency
),

receivers AS (
    SELECT
        account_id, stay_on, counterparty_account_id,
        row_number() OVER (
            PARTITION BY account_id, stay_on ORDER BY sum(amount) DESC, counterparty_account_id ASC
        ) AS order_no
    FROM moved
    WHERE side = 'DBIT' AND counterparty_account_id IS NOT NULL
    GROUP BY account_id, stay_on, counterparty_account_id
)

SELECT
    moved.account_id AS subject,
    moved.stay_on AS first_on,
    max(moved.booking_date) AS last_on,
    cast(sum(moved.amount) AS DECIMAL(28, 8)) AS amount,
    min(moved.currency) AS currency,
    list_sort(list(moved.transfer_id)) AS transfers,
    min(receivers.counterparty_account_id) AS receiver,
    count(DISTINCT moved.counterparty_account_id) AS payers
FROM moved
LEFT JOIN receivers
    ON moved.account_id = receivers.account_id AND moved.stay_on = receivers.stay_on AND receivers.order_no = 1
WHERE moved.side = 'CRDT'
GROUP BY moved.account_id, moved.stay_on
HAVING count(DISTINCT moved.counterparty_account_id) >= $min_payers
