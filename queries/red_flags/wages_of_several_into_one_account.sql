-- Indicator: HT23
-- Title: Wages of several people into one account
-- Question: Which accounts receive the wages of several people in one month?
-- Phase: labour exploitation
-- Points to: the person who holds the account; the workers may be victims and are not named
-- Handling: follow
-- Innocent reasons: a family with one account for all; a works council or guardian that pays on to the workers
-- Source: AMLTRIX IND03002; FinCEN FIN-2020-A008
-- Calibration: min_people and max_living_share are judgement; on a receiver's own statement each wage line of one day counts as a person
-- Parameters:
--   min_people INTEGER = 3  # people whose wages arrive in one month
--   max_living_share DECIMAL(9,4) = 0.3  # an account that spends more than this by card and direct debit is left out
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, people
-- Grain: subject, first_on

WITH paid AS (  -- as the employer's statement shows it: names of payees for one account
    SELECT
        leg.counterparty_account_id AS account_id, leg.transfer_id, leg.booking_date, leg.amount, leg.currency,
        upper(leg.counterparty_name) AS payee
    FROM leg
    INNER JOIN purpose_group ON leg.purpose_code = purpose_group.purpose_code AND purpose_group.purpose_group = 'wage'
    WHERE
        leg.side = 'DBIT' AND NOT leg.is_reversal AND leg.currency = $currency
        AND leg.counterparty_account_id IS NOT NULL
    UNION  -- as the receiver's statement shows it: wage lines of one employer on one day
    SELECT
        leg.account_id, leg.transfer_id, leg.booking_date, leg.amount, leg.currency,
        cast(
            row_number() OVER (
                PARTITION BY leg.account_id, leg.counterparty_account_id, leg.booking_date ORDER BY leg.transfer_id
            ) AS VARCHAR
        ) AS payee
    FROM leg
    INNER JOIN purpose_group ON leg.purpose_code = purpose_group.purpose_code AND purpose_group.purpose_group = 'wage'
    WHERE leg.side = 'CRDT' AND NOT leg.is_reversal AND leg.currency = $currency AND NOT leg.counterparty_inside
),

living AS (
    SELECT
        account_id,
        cast(sum(amount) AS DECIMAL(28, 8)) AS went_out,
        cast(sum(CASE WHEN kind IN ('card_payment', 'direct_debit') THEN amount ELSE 0 END) AS DECIMAL(28, 8)) AS spent
    FROM leg
    WHERE side = 'DBIT' AND NOT is_reversal AND currency = $currency
    GROUP BY account_id
)

SELECT
    paid.account_id AS subject,
    min(paid.booking_date) AS first_on,
    max(paid.booking_date) AS last_on,
    cast(sum(paid.amount) AS DECIMAL(28, 8)) AS amount,
    min(paid.currency) AS currency,
    list_sort(list(paid.transfer_id)) AS transfers,
    count(DISTINCT paid.payee) AS people
FROM paid
LEFT JOIN living ON paid.account_id = living.account_id
WHERE living.account_id IS NULL OR living.spent <= $max_living_share * living.went_out
GROUP BY paid.account_id, cast(date_trunc('month', paid.booking_date) AS DATE)
HAVING count(DISTINCT paid.payee) >= $min_people
