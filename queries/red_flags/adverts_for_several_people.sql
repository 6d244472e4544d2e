-- Indicator: HT02
-- Title: One payer for adverts with several contacts
-- Question: Which accounts pay for adult adverts that carry several different telephone numbers or e-mail addresses?
-- Phase: sexual exploitation
-- Points to: the person who arranges adverts for others
-- Handling: normal
-- Innocent reasons: a licensed house or an association that advertises for its members; one person with several numbers
-- Source: FinCEN FIN-2020-A008
-- Calibration: both values are judgement; contacts come from the site's adverts, else from the text the bank prints
-- Parameters:
--   min_contacts INTEGER = 3  # different contacts in one window
--   within_days INTEGER = 30  # length of a window, in days
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, contacts, payments, side_rows
-- Grain: subject, first_on

WITH on_list AS (
    SELECT upper(value) AS listed_value
    FROM listed
    WHERE list = 'adult_adverts'
),

produced AS (  -- accounts whose adverts the site itself produced
    SELECT DISTINCT payer_account
    FROM adverts
    WHERE payer_account IS NOT NULL
),

payments AS (
    SELECT
        account_id, transfer_id, booking_date, amount, currency, narrative,
        translate(regexp_extract(narrative, '([+]?[0-9][0-9 ()/.-]{7,}[0-9])', 1), ' ()/.-', '') AS telephone,
        lower(regexp_extract(narrative, '([A-Za-z0-9._+-]+@[A-Za-z0-9.-]+)', 1)) AS address
    FROM leg
    WHERE
        side = 'DBIT' AND NOT is_reversal AND currency = $currency
        AND (
            upper(counterparty_account_id) IN (SELECT listed_value FROM on_list)
            OR upper(counterparty_name) IN (SELECT listed_value FROM on_list)
        )
),

links AS (  -- payments of each advert produced: by the site's reference, else by day and amount
    SELECT adverts.row_id, list(payments.transfer_id) AS paid_by
    FROM adverts
    INNER JOIN payments
        ON
            adverts.payer_account = payments.account_id
            AND CASE
                WHEN adverts.payer_reference IS NOT NULL THEN contains(payments.narrative, adverts.payer_reference)
                ELSE adverts.amount = payments.amount AND adverts.posted_on = payments.booking_date
            END
    GROUP BY adverts.row_id
),

paid AS (
    SELECT
        account_id, booking_date, amount, currency, transfer_id AS cited, [transfer_id] AS paid_by,
        CASE WHEN telephone = '' THEN address ELSE telephone END AS contact, cast(NULL AS VARCHAR) AS row_id
    FROM payments
    WHERE (telephone != '' OR address != '') AND account_id NOT IN (SELECT payer_account FROM produced)
    UNION ALL
    SELECT
        adverts.payer_account AS account_id, adverts.posted_on AS booking_date, coalesce(adverts.amount, 0) AS amount,
        cast($currency AS VARCHAR) AS currency, adverts.row_id AS cited, links.paid_by,
        coalesce(adverts.contact_phone, adverts.contact_email) AS contact, adverts.row_id
    FROM adverts
    LEFT JOIN links ON adverts.row_id = links.row_id
    WHERE
        adverts.payer_account IS NOT NULL AND coalesce(adverts.currency, $currency) = $currency
        AND coalesce(adverts.contact_phone, adverts.contact_email) IS NOT NULL
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
    HAVING count(DISTINCT inside.contact) >= $min_contacts
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
    SELECT *, lag(booking_date) OVER (PARTITION BY account_id ORDER BY booking_date, cited) AS previous_on
    FROM fired
),

runs AS (
    SELECT
        *,
        sum(CASE WHEN date_diff('day', previous_on, booking_date) < $within_days THEN 0 ELSE 1 END)
            OVER (PARTITION BY account_id ORDER BY booking_date, cited) AS run
    FROM in_order
)

SELECT
    account_id AS subject,
    min(booking_date) AS first_on,
    max(booking_date) AS last_on,
    cast(sum(amount) AS DECIMAL(28, 8)) AS amount,
    min(currency) AS currency,
    coalesce(list_sort(list_distinct(flatten(list(paid_by) FILTER (WHERE paid_by IS NOT NULL)))), []) AS transfers,
    count(DISTINCT contact) AS contacts,
    count(*) AS payments,
    coalesce(list_sort(list(row_id) FILTER (WHERE row_id IS NOT NULL)), []) AS side_rows
FROM runs
GROUP BY account_id, run
