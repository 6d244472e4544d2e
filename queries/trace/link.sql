-- Title: Cash joined to cash
-- Question: Which legs did a person join over cash, and how much of the deposit is joined?
-- Method: both legs of each such transfer; the amount stands with the deposit, NULL = the whole of it.
-- Columns: number, amount
-- Grain: number

WITH joined AS (
    SELECT
        leg.turn,
        leg.pair_turn,
        decided.amount
    FROM transfer
    INNER JOIN leg ON transfer.credit_leg = leg.leg_id AND leg.side = 'CRDT'
    LEFT JOIN decision_holding AS decided
        ON
            decided.kind = 'cash_link'
            AND transfer.credit_leg = decided.subject
            AND transfer.debit_leg = decided.object
    WHERE transfer.rule = 'cash link'
)

SELECT
    turn AS number,
    amount
FROM joined
UNION ALL
SELECT
    pair_turn AS number,
    NULL AS amount
FROM joined
WHERE pair_turn IS NOT NULL
