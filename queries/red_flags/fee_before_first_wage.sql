-- Indicator: HT18
-- Title: Workers pay a fee, then the same circle pays their wages
-- Question: Which accounts take a similar sum from several people shortly before those people get their first wage from a linked firm?
-- Phase: recruitment, labour exploitation
-- Points to: a recruiter or agency; the payers may be victims and are not named
-- Handling: follow
-- Innocent reasons: deposits for lawful tied housing taken before work starts; fees for a driving licence or training that the firm refunds
-- Source: FinCEN FIN-2020-A008; AMLTRIX IND03001
-- Calibration: min_payers and tolerance are judgement; the sources give no numbers
-- Parameters:
--   min_payers INTEGER = 5  # different payers of a similar sum
--   tolerance DECIMAL(9,4) = 0.1  # sums are similar within this share
--   before_days INTEGER = 120  # a fee counts when the first wage comes within so many days
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, payers, firms
-- Grain: subject

WITH wages AS (
    SELECT
        transfer.debtor_account_id AS firm,
        transfer.creditor_account_id AS worker,
        min(transfer.booking_date) AS first_wage_on
    FROM transfer
    INNER JOIN purpose_group
        ON transfer.purpose_code = purpose_group.purpose_code AND purpose_group.purpose_group = 'wage'
    WHERE transfer.debtor_account_id IS NOT NULL AND transfer.creditor_account_id IS NOT NULL
    GROUP BY transfer.debtor_account_id, transfer.creditor_account_id
),

circle AS (  -- the firm, and every account that has exchanged money with it other than as a worker
    SELECT firm, firm AS account_id FROM wages
    UNION
    SELECT wages.firm, transfer.creditor_account_id
    FROM transfer INNER JOIN wages ON transfer.debtor_account_id = wages.firm
    WHERE transfer.kind = 'transfer'
    UNION
    SELECT wages.firm, transfer.debtor_account_id
    FROM transfer INNER JOIN wages ON transfer.creditor_account_id = wages.firm
    WHERE transfer.kind = 'transfer'
),

fees AS (
    SELECT DISTINCT
        transfer.creditor_account_id AS account_id, transfer.debtor_account_id AS payer, wages.firm,
        transfer.transfer_id, transfer.booking_date, transfer.amount, transfer.currency
    FROM transfer
    INNER JOIN wages ON transfer.debtor_account_id = wages.worker
    INNER JOIN circle ON transfer.creditor_account_id = circle.account_id AND wages.firm = circle.firm
    WHERE
        transfer.kind = 'transfer' AND transfer.reverses IS NULL AND transfer.currency = $currency
        AND transfer.booking_date < wages.first_wage_on
        AND date_diff('day', transfer.booking_date, wages.first_wage_on) <= $before_days
),

centres AS (  -- sums that enough people paid, give or take the tolerance
    SELECT one.account_id, one.amount
    FROM fees AS one
    INNER JOIN fees AS other
        ON
            one.account_id = other.account_id
            AND other.amount >= one.amount - $tolerance * one.amount
            AND other.amount <= one.amount + $tolerance * one.amount
    GROUP BY one.account_id, one.amount
    HAVING count(DISTINCT other.payer) >= $min_payers
),

fired AS (
    SELECT DISTINCT
        fees.account_id, fees.payer, fees.firm, fees.transfer_id, fees.booking_date, fees.amount, fees.currency
    FROM fees
    INNER JOIN centres
        ON
            fees.account_id = centres.account_id
            AND fees.amount >= centres.amount - $tolerance * centres.amount
            AND fees.amount <= centres.amount + $tolerance * centres.amount
),

one_each AS (  -- a fee counts once, however many firms of the circle pay the worker
    SELECT account_id, payer, transfer_id, booking_date, amount, currency, count(DISTINCT firm) AS firms
    FROM fired
    GROUP BY account_id, payer, transfer_id, booking_date, amount, currency
)

SELECT
    account_id AS subject,
    min(booking_date) AS first_on,
    max(booking_date) AS last_on,
    cast(sum(amount) AS DECIMAL(28, 8)) AS amount,
    min(currency) AS currency,
    list_sort(list(transfer_id)) AS transfers,
    count(DISTINCT payer) AS payers,
    max(firms) AS firms
FROM one_each
GROUP BY account_id
