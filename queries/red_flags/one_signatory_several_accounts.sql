-- Indicator: HT21
-- Title: One person may act on the accounts of several others
-- Question: Who may sign for, or hold cards of, accounts of several other holders at the same time?
-- Phase: laundering, labour exploitation
-- Points to: the person with the mandates, by that person's own account where the bank records one
-- Handling: normal
-- Innocent reasons: a court-appointed guardian (left out by that role); an accountant; a parent; a director of a group
-- Source: FinCEN FIN-2014-A008 (from memory)
-- Calibration: min_holders is judgement; a person is told by name and the bank's number, so two banks are not joined
-- Parameters:
--   min_holders INTEGER = 3  # other holders whose accounts the person may act on at one time
-- Columns: subject, first_on, last_on, amount, currency, transfers, mandated, holders, side_rows
-- Grain: subject

WITH guarded AS (
    SELECT account
    FROM mandates
    WHERE role = 'guardian'
),

roles AS (
    SELECT
        account, role, row_id, concat(upper(person), ' ', coalesce(person_reference, '')) AS person_key,
        upper(person) AS person,
        coalesce(valid_from, DATE '1900-01-01') AS holds_from,
        coalesce(valid_until, DATE '2100-01-01') AS holds_until
    FROM mandates
),

acting AS (
    SELECT roles.*, owners.person_key AS owner_key
    FROM roles
    INNER JOIN roles AS owners
        ON roles.account = owners.account AND owners.role = 'holder' AND roles.person_key != owners.person_key
    WHERE
        roles.role IN ('signatory', 'proxy', 'card holder')
        AND roles.account NOT IN (SELECT account FROM guarded)
),

moments AS (
    SELECT opening.person_key, opening.holds_from AS opens
    FROM (SELECT DISTINCT person_key, holds_from FROM acting) AS opening
    INNER JOIN acting AS inside
        ON
            opening.person_key = inside.person_key
            AND opening.holds_from >= inside.holds_from
            AND opening.holds_from < inside.holds_until
    GROUP BY opening.person_key, opening.holds_from
    HAVING count(DISTINCT inside.owner_key) >= $min_holders
),

fired AS (
    SELECT DISTINCT acting.*
    FROM acting
    INNER JOIN moments
        ON
            acting.person_key = moments.person_key
            AND acting.holds_from <= moments.opens
            AND acting.holds_until > moments.opens
),

own AS (
    SELECT DISTINCT person_key, account
    FROM roles
    WHERE role = 'holder'
)

SELECT
    coalesce(own.account, concat('name:', fired.person)) AS subject,
    min(nullif(fired.holds_from, DATE '1900-01-01')) AS first_on,
    max(nullif(fired.holds_from, DATE '1900-01-01')) AS last_on,
    cast(NULL AS DECIMAL(28, 8)) AS amount,
    cast(NULL AS VARCHAR) AS currency,
    cast([] AS VARCHAR[]) AS transfers,
    count(DISTINCT fired.account) AS mandated,
    count(DISTINCT fired.owner_key) AS holders,
    list_sort(list(DISTINCT fired.row_id)) AS side_rows
FROM fired
LEFT JOIN own ON fired.person_key = own.person_key
GROUP BY coalesce(own.account, concat('name:', fired.person))
