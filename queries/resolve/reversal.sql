-- Title: Reversals
-- Question: Which earlier transfer does a reversal undo?
-- Method: the latest earlier transfer between the same accounts the other way, of the same amount, in the 60 days
--     before; pairs are counted from the latest, so two reversals never undo the same transfer.
-- Parameters: days INTEGER = 60
-- Columns: transfer_id, reverses
-- Grain: transfer_id

WITH undoing AS (SELECT leg_id FROM raw_leg WHERE is_reversal),

reversal AS (
    SELECT
        transfer_id,
        debtor_account_id,
        creditor_account_id,
        amount,
        currency,
        booking_date
    FROM transfer
    WHERE debit_leg IN (SELECT leg_id FROM undoing) OR credit_leg IN (SELECT leg_id FROM undoing)
),

candidate AS (
    SELECT
        reversal.transfer_id,
        original.transfer_id AS original_id,
        row_number() OVER (
            PARTITION BY reversal.transfer_id ORDER BY original.booking_date DESC, original.transfer_id DESC
        ) AS back,
        row_number() OVER (
            PARTITION BY original.transfer_id ORDER BY reversal.booking_date, reversal.transfer_id
        ) AS claim
    FROM reversal
    INNER JOIN transfer AS original
        ON
            reversal.currency = original.currency
            AND reversal.amount = original.amount
            AND coalesce(reversal.debtor_account_id, '') = coalesce(original.creditor_account_id, '')
            AND coalesce(reversal.creditor_account_id, '') = coalesce(original.debtor_account_id, '')
            AND original.booking_date <= reversal.booking_date
            AND original.booking_date + $days * INTERVAL 1 DAY >= reversal.booking_date
    WHERE original.transfer_id NOT IN (SELECT transfer_id FROM reversal)
)

SELECT
    transfer_id,
    original_id AS reverses
FROM candidate
WHERE back = claim
QUALIFY row_number() OVER (PARTITION BY transfer_id ORDER BY back) = 1
