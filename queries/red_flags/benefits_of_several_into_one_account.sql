-- Indicator: HT48
-- Title: Benefits or tax refunds of several people into one account
-- Question: Which accounts receive benefits, pensions or tax refunds of several claimants in one month?
-- Phase: forced criminality, labour exploitation
-- Points to: the person who holds the account; the claimants may be victims and are not named
-- Handling: follow
-- Innocent reasons: care homes, guardians, a family with several entitled members, an accountant's client account
-- Source: Europol THB financial business model; practice for tax refunds, no published source
-- Calibration: min_claimants is judgement; a different text printed by the same payer counts as a different claimant
-- Parameters:
--   min_claimants INTEGER = 3  # claimants in the month
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, claimants
-- Grain: subject, first_on

WITH credits AS (
    SELECT
        leg.account_id, leg.transfer_id, leg.booking_date, leg.amount, leg.currency, leg.counterparty_account_id,
        leg.narrative,
        cast(date_trunc('month', leg.booking_date) AS DATE) AS month_on
    FROM leg
    INNER JOIN purpose_group
        ON leg.purpose_code = purpose_group.purpose_code AND purpose_group.purpose_group = 'benefit'
    WHERE leg.side = 'CRDT' AND NOT leg.is_reversal AND leg.currency = $currency AND leg.narrative IS NOT NULL
),

texts AS (
    SELECT DISTINCT account_id, month_on, counterparty_account_id, upper(narrative) AS narrative
    FROM credits
),

claimants AS (
    SELECT account_id, month_on, count(*) AS claimants
    FROM texts
    GROUP BY account_id, month_on
)

SELECT
    credits.account_id AS subject,
    min(credits.booking_date) AS first_on,
    max(credits.booking_date) AS last_on,
    cast(sum(credits.amount) AS DECIMAL(28, 8)) AS amount,
    min(credits.currency) AS currency,
    list_sort(list(credits.transfer_id)) AS transfers,
    min(claimants.claimants) AS claimants
FROM credits
INNER JOIN claimants ON credits.account_id = claimants.account_id AND credits.month_on = claimants.month_on
WHERE claimants.claimants >= $min_claimants
GROUP BY credits.account_id, credits.month_on
