-- Indicator: HT36
-- Title: Many senders, one beneficiary of a money service
-- Question: Through which money services do several accounts send money to one and the same beneficiary within a month?
-- Phase: laundering, transport
-- Points to: the beneficiary; the money service is asked who that is
-- Handling: normal
-- Innocent reasons: a family that supports one relative; a collection for a funeral; one landlord abroad
-- Source: FinCEN FIN-2014-A008
-- Calibration: both values are judgement; the service's export tells beneficiaries and homes, else the text the bank prints
-- Parameters:
--   min_senders INTEGER = 5  # accounts that send to the same beneficiary
--   within_days INTEGER = 30  # length of a window, in days
--   currency VARCHAR = EUR  # currency of the accounts
-- Columns: subject, first_on, last_on, amount, currency, transfers, beneficiary_no, senders, side_rows
-- Grain: subject, first_on, beneficiary_no

WITH on_list AS (
    SELECT upper(value) AS listed_value
    FROM listed
    WHERE list = 'money_service'
),

services AS (
    SELECT upper(name) AS service, min(account_id) AS account_id
    FROM account
    GROUP BY upper(name)
),

told AS (
    SELECT
        counterparty_account_id AS account_id, account_id AS sender, transfer_id, booking_date, amount, currency,
        upper(narrative) AS beneficiary, cast(NULL AS VARCHAR) AS row_id
    FROM leg
    WHERE
        side = 'DBIT' AND NOT is_reversal AND currency = $currency AND kind != 'fee' AND narrative IS NOT NULL
        AND coalesce(upper(counterparty_name), '') NOT IN (SELECT upper(service) FROM remittances)
        AND (
            upper(counterparty_account_id) IN (SELECT listed_value FROM on_list)
            OR upper(counterparty_name) IN (SELECT listed_value FROM on_list)
        )
    UNION ALL
    SELECT
        coalesce(services.account_id, concat('name:', upper(remittances.service))) AS account_id,
        upper(coalesce(remittances.sender_address, remittances.sender)) AS sender, cast(NULL AS VARCHAR) AS transfer_id,
        remittances.sent_on AS booking_date, remittances.amount, remittances.currency,
        upper(coalesce(remittances.beneficiary_phone, remittances.beneficiary)) AS beneficiary, remittances.row_id
    FROM remittances
    LEFT JOIN services ON upper(remittances.service) = services.service
    WHERE remittances.currency = $currency
),

sent AS (
    SELECT *, dense_rank() OVER (PARTITION BY account_id ORDER BY beneficiary) AS beneficiary_no
    FROM told
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
            PARTITION BY account_id, beneficiary_no ORDER BY booking_date, transfer_id, row_id
        ) AS previous_on
    FROM fired
),

runs AS (
    SELECT
        *,
        sum(CASE WHEN date_diff('day', previous_on, booking_date) < $within_days THEN 0 ELSE 1 END)
            OVER (PARTITION BY account_id, beneficiary_no ORDER BY booking_date, transfer_id, row_id) AS run
    FROM in_order
)

SELECT
    account_id AS subject,
    min(booking_date) AS first_on,
    max(booking_date) AS last_on,
    cast(sum(amount) AS DECIMAL(28, 8)) AS amount,
    min(currency) AS currency,
    coalesce(list_sort(list(transfer_id) FILTER (WHERE transfer_id IS NOT NULL)), []) AS transfers,
    beneficiary_no,
    count(DISTINCT sender) AS senders,
    coalesce(list_sort(list(row_id) FILTER (WHERE row_id IS NOT NULL)), []) AS side_rows
FROM runs
GROUP BY account_id, beneficiary_no, run
