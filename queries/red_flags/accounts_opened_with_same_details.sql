-- Indicator: HT20
-- Title: Several people opened accounts with the same details
-- Question: Which accounts were opened with a telephone, e-mail address or home that several other holders gave too?
-- Phase: recruitment, laundering
-- Points to: people whose accounts others arranged; they may be victims
-- Handling: protect
-- Innocent reasons: a hostel, shelter or asylum centre (left out when listed as shelter); staff rooms; a guardian
-- Source: FinCEN FIN-2014-A008; AMLTRIX IND01863
-- Calibration: min_holders is judgement; employers and branches are not compared, since strangers share them
-- Parameters:
--   min_holders INTEGER = 4  # holders who gave the same detail
-- Columns: subject, first_on, last_on, amount, currency, transfers, shared, holders, side_rows
-- Grain: subject

WITH on_list AS (
    SELECT upper(value) AS listed_value
    FROM listed
    WHERE list = 'shelter'
),

guarded AS (
    SELECT account
    FROM mandates
    WHERE role = 'guardian'
),

opened AS (
    SELECT *
    FROM kyc
    WHERE account NOT IN (SELECT account FROM guarded)
),

given AS (
    SELECT account, upper(holder) AS holder, opened_on, row_id, 'telephone' AS detail, phone AS given_value
    FROM opened
    UNION ALL
    SELECT account, upper(holder) AS holder, opened_on, row_id, 'e-mail' AS detail, upper(email) AS given_value
    FROM opened
    UNION ALL
    SELECT account, upper(holder) AS holder, opened_on, row_id, 'home' AS detail, upper(address) AS given_value
    FROM opened
),

shared AS (
    SELECT detail, given_value, count(DISTINCT holder) AS holders
    FROM given
    WHERE given_value IS NOT NULL AND given_value NOT IN (SELECT listed_value FROM on_list)
    GROUP BY detail, given_value
    HAVING count(DISTINCT holder) >= $min_holders
)

SELECT
    given.account AS subject,
    min(given.opened_on) AS first_on,
    max(given.opened_on) AS last_on,
    cast(NULL AS DECIMAL(28, 8)) AS amount,
    cast(NULL AS VARCHAR) AS currency,
    cast([] AS VARCHAR[]) AS transfers,
    count(DISTINCT given.detail) AS shared,
    max(shared.holders) AS holders,
    list_sort(list(DISTINCT given.row_id)) AS side_rows
FROM given
INNER JOIN shared ON given.detail = shared.detail AND given.given_value = shared.given_value
GROUP BY given.account
