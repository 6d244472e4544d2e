-- Indicator: HT22
-- Title: One device operates several accounts
-- Question: Which accounts are operated from a device or telephone that operates other accounts too, within a month?
-- Phase: laundering
-- Points to: the person behind the device, then the receiver of the money; a holder may be a victim
-- Handling: protect, follow
-- Innocent reasons: a family with one tablet; a guardian (left out when the bank records one); an accountant or carer
-- Source: FINTRAC 2021-OA001 and AUSTRAC 2022 (from memory)
-- Calibration: both values are judgement; network addresses are not compared, since strangers share them
-- Parameters:
--   min_accounts INTEGER = 3  # accounts operated from the device in one window
--   within_days INTEGER = 30  # length of a window, in days
-- Columns: subject, first_on, last_on, amount, currency, transfers, receiver, operated, side_rows
-- Grain: subject, first_on

WITH guarded AS (
    SELECT account
    FROM mandates
    WHERE role = 'guardian'
),

used AS (
    SELECT account AS account_id, concat('device ', device) AS means, cast(logged_in_at AS DATE) AS used_on, row_id
    FROM devices
    WHERE device IS NOT NULL
    UNION ALL
    SELECT account AS account_id, concat('telephone ', phone) AS means, cast(logged_in_at AS DATE) AS used_on, row_id
    FROM devices
    WHERE phone IS NOT NULL
),

in_question AS (
    SELECT *
    FROM used
    WHERE account_id NOT IN (SELECT account FROM guarded)
),

days AS (
    SELECT DISTINCT means, account_id, used_on
    FROM in_question
),

windows AS (
    SELECT opening.means, opening.used_on AS opens, count(DISTINCT inside.account_id) AS accounts_operated
    FROM (SELECT DISTINCT means, used_on FROM days) AS opening
    INNER JOIN days AS inside
        ON
            opening.means = inside.means
            AND opening.used_on <= inside.used_on
            AND date_diff('day', opening.used_on, inside.used_on) < $within_days
    GROUP BY opening.means, opening.used_on
    HAVING count(DISTINCT inside.account_id) >= $min_accounts
),

fired AS (
    SELECT
        in_question.account_id, in_question.used_on, in_question.row_id,
        max(windows.accounts_operated) AS accounts_operated
    FROM in_question
    INNER JOIN windows
        ON
            in_question.means = windows.means
            AND in_question.used_on >= windows.opens
            AND date_diff('day', windows.opens, in_question.used_on) < $within_days
    GROUP BY in_question.account_id, in_question.used_on, in_question.row_id
),

in_order AS (
    SELECT *, lag(used_on) OVER (PARTITION BY account_id ORDER BY used_on, row_id) AS previous_on
    FROM fired
),

runs AS (
    SELECT
        *,
        sum(CASE WHEN date_diff('day', previous_on, used_on) < $within_days THEN 0 ELSE 1 END)
            OVER (PARTITION BY account_id ORDER BY used_on, row_id) AS run
    FROM in_order
),

receivers AS (  -- where most payments of an account went, whatever their currency
    SELECT
        debtor_account_id AS account_id, creditor_account_id AS receiver,
        row_number() OVER (PARTITION BY debtor_account_id ORDER BY count(*) DESC, creditor_account_id ASC) AS order_no
    FROM transfer
    WHERE kind = 'transfer' AND creditor_account_id IS NOT NULL AND reverses IS NULL
    GROUP BY debtor_account_id, creditor_account_id
)

SELECT
    runs.account_id AS subject,
    min(runs.used_on) AS first_on,
    max(runs.used_on) AS last_on,
    cast(NULL AS DECIMAL(28, 8)) AS amount,
    cast(NULL AS VARCHAR) AS currency,
    cast([] AS VARCHAR[]) AS transfers,
    min(receivers.receiver) AS receiver,
    max(runs.accounts_operated) AS operated,
    list_sort(list(runs.row_id)) AS side_rows
FROM runs
LEFT JOIN receivers ON runs.account_id = receivers.account_id AND receivers.order_no = 1
GROUP BY runs.account_id, runs.run
