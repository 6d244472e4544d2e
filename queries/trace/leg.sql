-- Title: Legs for tracing
-- Question: Which legs are replayed, what joins them, and where on its day does each stand for certain?
-- Method: a leg is chained when every line of its account and day prints a balance and each balance follows from the one
--     before in the order of the ledger: then no policy may move it.
-- Columns: leg_id, side, transfer_id, account_id, currency, position, amount, booking_date, booked_at, chained, kind,
--     is_reversal, counterparty_inside, rule, reverses, linked
-- Grain: leg_id, side

WITH line AS (
    SELECT
        leg.account_id,
        leg.currency,
        leg.booking_date,
        leg.entry_id,
        min(leg.position) AS line_no,
        sum(CASE WHEN leg.side = 'CRDT' THEN leg.amount ELSE -leg.amount END) AS moved,
        any_value(CASE WHEN entry.account_id = leg.account_id THEN entry.balance_after END) AS balance_after
    FROM leg
    INNER JOIN entry ON leg.entry_id = entry.entry_id
    GROUP BY leg.account_id, leg.currency, leg.booking_date, leg.entry_id
),

followed AS (
    SELECT
        account_id,
        currency,
        booking_date,
        balance_after,
        moved,
        lag(balance_after) OVER day_order AS balance_before,
        row_number() OVER day_order AS place
    FROM line
    WINDOW day_order AS (PARTITION BY account_id, currency, booking_date ORDER BY line_no)
),

day AS (
    SELECT
        account_id,
        currency,
        booking_date,
        bool_and(balance_after IS NOT NULL AND (place = 1 OR coalesce(balance_before + moved = balance_after, FALSE)))
            AS chained
    FROM followed
    GROUP BY account_id, currency, booking_date
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
    day.chained,
    leg.kind,
    leg.is_reversal,
    leg.counterparty_inside,
    transfer.rule,
    transfer.reverses,
    decided.amount AS linked
FROM leg
INNER JOIN transfer ON leg.transfer_id = transfer.transfer_id
INNER JOIN day
    ON leg.account_id = day.account_id AND leg.currency = day.currency AND leg.booking_date = day.booking_date
LEFT JOIN decision_holding AS decided
    ON
        transfer.rule = 'cash link'
        AND decided.kind = 'cash_link'
        AND transfer.credit_leg = decided.subject
        AND transfer.debit_leg = decided.object
