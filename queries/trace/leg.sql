-- Title: Legs for tracing
-- Question: Which legs are replayed, what joins them, and where on its day does each stand for certain?
-- Method: as resolve left them. The rule is told of cash links and reversals alone.
-- Columns: leg_id, side, transfer_id, account_id, currency, position, amount, booking_date, booked_at, chained, kind,
--     is_reversal, counterparty_inside, account_no, other_no, turn, opens_ring, rule, reverses, linked
-- Grain: leg_id, side

WITH joined AS (
    SELECT
        transfer_id,
        rule,
        reverses,
        debit_leg,
        credit_leg
    FROM transfer
    WHERE rule = 'cash link' OR reverses IS NOT NULL
)

SELECT
    leg.leg_id,
    leg.side,
    leg.transfer_id,
    leg.account_id,
    leg.currency,
    leg.position,
    leg.amount,
    leg.booking_date,
    leg.booked_at,
    leg.chained,
    leg.kind,
    leg.is_reversal,
    leg.counterparty_inside,
    leg.account_no,
    leg.other_no,
    leg.turn,
    leg.opens_ring,
    joined.rule,
    joined.reverses,
    decided.amount AS linked
FROM leg
LEFT JOIN joined ON leg.transfer_id = joined.transfer_id
LEFT JOIN decision_holding AS decided
    ON
        joined.rule = 'cash link'
        AND decided.kind = 'cash_link'
        AND joined.credit_leg = decided.subject
        AND joined.debit_leg = decided.object
