-- Indicator: HT36
-- Title: Many senders, one beneficiary of a money service
-- Question: Through which money services do several accounts send money to one and the same beneficiary within a month?
-- Phase: laundering, transport
-- Points to: the beneficiary; the money service is asked who that is
-- Handling: normal
-- Innocent reasons: a family that supports one relative; a collection for a funeral; one landlord abroad
-- Source: FinCEN FIN-2014-A008
-- Calibration: min_senders and within_days are judgement; the beneficiary is what the service prints, the same text for all
-- Parameters:
--   min_senders INTEGER = 5  # accounts that send to the same beneficiary
--   within_days INTEGER = 30  # length of a window, in days
--   currency VARCHAR = EUR  # currency of the accounts
-- Columns: subject, first_on, last_on, amount, currency, transfers, beneficiary_no, senders
-- Grain: subject, first_on, beneficiary_no

WITH on_list AS (
    SELECT upper(value) AS listed_value
    FROM listed
    WHERE list = 'money_service'
),

sent AS (
    SELECT
        counterparty_account_id AS account_id, account_id AS sender, transfer_id, booking_date, amount, currency,
        dense_rank() OVER (PARTITION BY counterparty_account_id ORDER BY upper(narrative)) AS beneficiary_no
    FROM leg
    WHERE
        side = 'DBIT' AND NOT is_reversal AND currency = $currency AND kind != 'fee' AND narrative IS NOT NULL
        AND (
            upper(counterparty_account_id) IN (SELECT listed_value FROM on_list)
            OR upper(counterparty_name) IN (SELECT listed_value FROM on_list)
        )
),

windows AS (
    SELECT opening.account_id, opening.beneficiary_no, opening.booking_date AS opens
    FROM (SELECT DISTINCT account_id, beneficiary_no, booking_date FROM sent) AS opening
    INNER JOIN sent AS inside
        ON
            opening.account_id = inside.account_id
            AND opening.beneficiary_no = inside.beneficiary_no
            AND opening.booking_date <= inside.booking_date
            AND date_diff('day', opening.booking_date, inside.booking_date) < $within_days
    GROUP BY opening.account_id, opening.beneficiary_no, opening.booking_date
    HAVING count(DISTINCT inside.sender) >= $min_senders
),

fired AS (
    SELECT DISTINCT sent.*
    FROM sent
    INNER JOIN windows
        ON
            sent.account_id = windows.account_id
            AND sent.beneficiary_no = windows.beneficiary_no
            AND sent.booking_date >= windows.opens
            AND date_diff('day', windows.opens, sent.booking_date) < $within_days
),

in_order AS (
    SELECT
        *,
        lag(booking_date) OVER (
            PARTITION BY account_id, beneficiary_no ORDER BY booking_date, transfer_id
        ) AS previous_on
    FROM fired
),

runs AS (
    SELECT
        *,
        sum(CASE WHEN date_diff('day', previous_on, booking_date) < $within_days THEN 0 ELSE 1 END)
            OVER (PARTITION BY account_id, beneficiary_no ORDER BY booking_date, transfer_id) AS run
    FROM in_order
)

SELECT
    account_id AS subject,
    min(booking_date) AS first_on,
    max(booking_date) AS last_on,
    cast(sum(amount) AS DECIMAL(28, 8)) AS amount,
    min(currency) AS currency,
    list_sort(list(transfer_id)) AS transfers,
    beneficiary_no,
    count(DISTINCT sender) AS senders
FROM runs
GROUP BY account_id, beneficiary_no, run
