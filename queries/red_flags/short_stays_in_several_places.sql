-- Indicator: HT05
-- Title: Lodging paid in several places within days
-- Question: Which accounts pay for lodging in several towns within two weeks?
-- Phase: sexual exploitation, transport
-- Points to: a person who is moved about, or the person who books for them
-- Handling: protect, suppress
-- Innocent reasons: touring artists, sales staff, drivers, holidays by car
-- Source: FINTRAC 2016-OA003; AMLTRIX IND03033
-- Calibration: both values are judgement; the length of a stay is not in bank data and is not tested
-- Parameters:
--   min_places INTEGER = 3  # different towns in one window
--   within_days INTEGER = 14  # length of a window, in days
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, places, payments
-- Grain: subject, first_on

WITH on_list AS (
    SELECT upper(value) AS listed_value
    FROM listed
    WHERE list = 'lodging'
),

paid AS (
    SELECT leg.account_id, leg.transfer_id, leg.booking_date, leg.amount, leg.currency, leg.place
    FROM leg
    LEFT JOIN merchant_group
        ON
            leg.merchant_category BETWEEN merchant_group.first_code AND merchant_group.last_code
            AND merchant_group.merchant_group = 'lodging'
    WHERE
        leg.side = 'DBIT' AND NOT leg.is_reversal AND leg.currency = $currency AND leg.place IS NOT NULL
        AND (
            merchant_group.merchant_group IS NOT NULL
            OR upper(leg.counterparty_account_id) IN (SELECT listed_value FROM on_list)
            OR upper(leg.counterparty_name) IN (SELECT listed_value FROM on_list)
        )
),

windows AS (
    SELECT opening.account_id, opening.booking_date AS opens
    FROM (SELECT DISTINCT account_id, booking_date FROM paid) AS opening
    INNER JOIN paid AS inside
        ON
            opening.account_id = inside.account_id
            AND opening.booking_date <= inside.booking_date
            AND date_diff('day', opening.booking_date, inside.booking_date) < $within_days
    GROUP BY opening.account_id, opening.booking_date
    HAVING count(DISTINCT inside.place) >= $min_places
),

fired AS (
    SELECT DISTINCT paid.*
    FROM paid
    INNER JOIN windows
        ON
            paid.account_id = windows.account_id
            AND paid.booking_date >= windows.opens
            AND date_diff('day', windows.opens, paid.booking_date) < $within_days
),

in_order AS (
    SELECT *, lag(booking_date) OVER (PARTITION BY account_id ORDER BY booking_date, transfer_id) AS previous_on
    FROM fired
),

runs AS (
    SELECT
        *,
        sum(CASE WHEN date_diff('day', previous_on, booking_date) < $within_days THEN 0 ELSE 1 END)
            OVER (PARTITION BY account_id ORDER BY booking_date, transfer_id) AS run
    FROM in_order
)

SELECT
    account_id AS subject,
    min(booking_date) AS first_on,
    max(booking_date) AS last_on,
    cast(sum(amount) AS DECIMAL(28, 8)) AS amount,
    min(currency) AS currency,
    list_sort(list(transfer_id)) AS transfers,
    count(DISTINCT place) AS places,
    count(*) AS payments
FROM runs
GROUP BY account_id, run
