-- Title: Mirrored legs
-- Question: Which debit of one held account and which credit of another are the two sides of one movement?
-- Method: one rule and one distance in days at a time, the surest first; the rule decides what must agree. Legs that
--     agree in the same things are paired in order of amount and ledger, so parallel movements stay apart.
-- Parameters: rule VARCHAR = accounts; days INTEGER = 0; fee_most DECIMAL = 50
-- Columns: debit_leg, credit_leg
-- Grain: debit_leg

WITH candidate AS (
    SELECT
        leg_id,
        side,
        amount,
        ledger_order,
        CAST(CASE WHEN side = 'DBIT' THEN booking_date + $days * INTERVAL 1 DAY ELSE booking_date END AS DATE) AS arrives,
        currency,
        account_id,
        CASE WHEN counterparty_account_id NOT LIKE 'name:%' THEN counterparty_account_id END AS printed_account_id,
        end_to_end_id,
        is_reversal
    FROM unmatched_leg
),

sided AS (
    SELECT
        candidate.*,
        CASE WHEN side = 'DBIT' THEN account_id ELSE printed_account_id END AS debtor,
        CASE WHEN side = 'DBIT' THEN printed_account_id ELSE account_id END AS creditor
    FROM candidate
),

keyed AS (
    SELECT
        leg_id,
        side,
        amount,
        currency,
        ledger_order,
        account_id,
        printed_account_id,
        concat_ws('|', CAST(arrives AS VARCHAR), CAST(is_reversal AS VARCHAR), CASE $rule
            WHEN 'reference' THEN concat_ws('|', end_to_end_id, currency, CAST(amount AS VARCHAR))
            WHEN 'accounts' THEN concat_ws('|', debtor, creditor, currency, CAST(amount AS VARCHAR))
            WHEN 'reference, amount differs' THEN concat_ws('|', end_to_end_id, debtor, creditor)
            WHEN 'accounts, amount differs' THEN concat_ws('|', debtor, creditor)
            WHEN 'debtor' THEN concat_ws('|', debtor, currency, CAST(amount AS VARCHAR))
            WHEN 'creditor' THEN concat_ws('|', creditor, currency, CAST(amount AS VARCHAR))
        END) AS likeness
    FROM sided
    WHERE
        ($rule NOT IN ('reference', 'reference, amount differs') OR end_to_end_id IS NOT NULL)
        AND ($rule NOT IN ('accounts', 'reference, amount differs', 'accounts, amount differs')
             OR (debtor IS NOT NULL AND creditor IS NOT NULL))
        AND ($rule <> 'debtor' OR (debtor IS NOT NULL AND (side = 'CRDT' OR creditor IS NULL)))
        AND ($rule <> 'creditor' OR (creditor IS NOT NULL AND (side = 'DBIT' OR debtor IS NULL)))
),

numbered AS (
    SELECT
        keyed.*,
        row_number() OVER (PARTITION BY likeness, side ORDER BY amount DESC, ledger_order, leg_id) AS nth
    FROM keyed
)

SELECT
    debit.leg_id AS debit_leg,
    credit.leg_id AS credit_leg
FROM numbered AS debit
INNER JOIN numbered AS credit ON debit.likeness = credit.likeness AND debit.nth = credit.nth
WHERE
    debit.side = 'DBIT'
    AND credit.side = 'CRDT'
    AND debit.leg_id <> credit.leg_id
    AND coalesce(debit.printed_account_id, credit.account_id) = credit.account_id
    AND coalesce(credit.printed_account_id, debit.account_id) = debit.account_id
    AND (
        debit.currency <> credit.currency
        OR (credit.amount <= debit.amount AND credit.amount + $fee_most >= debit.amount)
    )
