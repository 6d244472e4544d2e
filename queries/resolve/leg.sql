-- Title: Legs with their transfers
-- Question: What moved on each account inside the case, in which order, and with whom?
-- Method: the order on an account is the day, then the moment, then the printed balances, then the ledger.
-- Columns: as table leg
-- Grain: leg_id, side

WITH side_of AS (
    SELECT
        transfer_id,
        debit_leg AS leg_id,
        'DBIT' AS side,
        creditor_account_id AS other_account_id
    FROM transfer
    WHERE debit_leg IS NOT NULL
    UNION ALL
    SELECT
        transfer_id,
        credit_leg AS leg_id,
        'CRDT' AS side,
        debtor_account_id AS other_account_id
    FROM transfer
    WHERE credit_leg IS NOT NULL
),

joined AS (
    SELECT
        raw_leg.*,
        side_of.transfer_id,
        side_of.other_account_id
    FROM raw_leg
    INNER JOIN side_of ON raw_leg.leg_id = side_of.leg_id AND raw_leg.side = side_of.side
)

SELECT
    joined.leg_id,
    joined.transfer_id,
    joined.entry_id,
    joined.detail_no,
    joined.account_id,
    leg_position.position,
    joined.side,
    joined.amount,
    joined.currency,
    joined.booking_date,
    joined.booked_at,
    joined.is_reversal,
    joined.other_account_id AS counterparty_account_id,
    held.account_id IS NOT NULL AS counterparty_inside,
    joined.counterparty_name,
    joined.kind,
    joined.purpose_code,
    joined.merchant_category,
    joined.place,
    joined.narrative
FROM joined
INNER JOIN leg_position ON joined.leg_id = leg_position.leg_id AND joined.side = leg_position.side
LEFT JOIN (SELECT DISTINCT account_id FROM statement) AS held ON joined.other_account_id = held.account_id
ORDER BY joined.account_id, joined.currency, leg_position.position, joined.side
