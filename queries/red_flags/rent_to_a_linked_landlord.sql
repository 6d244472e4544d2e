-- Indicator: HT33
-- Title: Rent of many workers to a landlord linked to their employer
-- Question: Which accounts take the same sum month after month from several workers of a firm they exchange money with?
-- Phase: labour exploitation
-- Points to: a landlord behind whom the employer may stand; the tenants may be victims and are not named
-- Handling: follow
-- Innocent reasons: lawful tied housing, with a deduction under the cap and payslips that match
-- Source: FATF/APG 2018; OSCE compendium 2019 (both from memory)
-- Calibration: min_payers and two hops are judgement; only accounts inside the case count as the middle of two hops
-- Parameters:
--   min_payers INTEGER = 5  # workers who pay the same receiver
--   min_months INTEGER = 2  # months in which a worker pays the same sum
--   currency VARCHAR = EUR  # currency of the rent
-- Columns: subject, first_on, last_on, amount, currency, transfers, payers, hops
-- Grain: subject

WITH wages AS (
    SELECT DISTINCT transfer.debtor_account_id AS firm, transfer.creditor_account_id AS worker
    FROM transfer
    INNER JOIN purpose_group
        ON transfer.purpose_code = purpose_group.purpose_code AND purpose_group.purpose_group = 'wage'
    WHERE transfer.debtor_account_id IS NOT NULL AND transfer.creditor_account_id IS NOT NULL
),

hop AS (
    SELECT debtor_account_id AS one, creditor_account_id AS other
    FROM transfer
    WHERE kind = 'transfer' AND creditor_account_id NOT IN (SELECT worker FROM wages)
    UNION
    SELECT creditor_account_id AS one, debtor_account_id AS other
    FROM transfer
    WHERE kind = 'transfer' AND debtor_account_id NOT IN (SELECT worker FROM wages)
),

circle AS (
    SELECT one AS firm, other AS account_id, 1 AS hops
    FROM hop
    WHERE one IN (SELECT firm FROM wages)
    UNION
    SELECT near.one AS firm, far.other AS account_id, 2 AS hops
    FROM hop AS near
    INNER JOIN account ON near.other = account.account_id AND account.inside
    INNER JOIN hop AS far ON near.other = far.one
    WHERE near.one IN (SELECT firm FROM wages) AND near.other NOT IN (SELECT worker FROM wages)
),

standing AS (  -- one payer, one receiver, one sum, in several months
    SELECT debtor_account_id AS payer, creditor_account_id AS account_id, amount
    FROM transfer
    WHERE kind = 'transfer' AND reverses IS NULL AND currency = $currency
    GROUP BY debtor_account_id, creditor_account_id, amount
    HAVING count(DISTINCT date_trunc('month', booking_date)) >= $min_months
),

rents AS (
    SELECT
        transfer.creditor_account_id AS account_id, transfer.debtor_account_id AS payer, transfer.transfer_id,
        transfer.booking_date, transfer.amount, transfer.currency, circle.firm,
        min(circle.hops) AS hops
    FROM transfer
    INNER JOIN standing
        ON
            transfer.debtor_account_id = standing.payer AND transfer.creditor_account_id = standing.account_id
            AND transfer.amount = standing.amount
    INNER JOIN wages ON transfer.debtor_account_id = wages.worker
    INNER JOIN circle ON transfer.creditor_account_id = circle.account_id AND wages.firm = circle.firm
    WHERE transfer.kind = 'transfer' AND transfer.reverses IS NULL AND transfer.currency = $currency
    GROUP BY ALL
)

SELECT
    account_id AS subject,
    min(booking_date) AS first_on,
    max(booking_date) AS last_on,
    cast(sum(amount) AS DECIMAL(28, 8)) AS amount,
    min(currency) AS currency,
    list_sort(list(transfer_id)) AS transfers,
    count(DISTINCT payer) AS payers,
    min(hops) AS hops
FROM rents
GROUP BY account_id, firm
HAVING count(DISTINCT payer) >= $min_payers
QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY count(DISTINCT payer) DESC, firm ASC) = 1
