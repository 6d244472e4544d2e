-- Title: Legs for tracing
-- Question: Which legs are replayed, what joins them, and where on its day does each stand for certain?
-- Method: a leg is chained when every line of its account and day prints a balance and each balance follows from the one
--     before in the order of the ledger: then no policy may move it. The rule is told of cash links and reversals alone.
-- Columns: leg_id, side, transfer_id, account_id, currency, position, amount, booking_date, booked_at, chained, kind,
--     is_reversal, counterparty_inside, rule, reverses, linked
-- Grain: leg_id, side

WITH printed AS (
    SELECT DISTINCT
        account_id,
        currency,
        booking_date
    FROM entry
    WHERE balance_after IS NOT NULL
),

line AS (
    SELECT
        leg.account_id,
        leg.currency,
        leg.booking_date,
        leg.entry_id,
        min(leg.position) AS line_no,
        sum(CASE WHEN leg.side = 'CRDT' THEN leg.amount ELSE -leg.amount END) AS moved,
        any_value(CASE WHEN entry.account_id = leg.account_id THEN entry.balance_after END) AS balance_after
    FROM leg
    INNER JOIN printed
        ON
            leg.account_id = printed.account_id
            AND leg.currency = printed.currency
            AND leg.booking_date = printed.booking_date
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
),

joined AS (
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
    coalesce(day.chained, FALSE) AS chained,
    leg.kind,
    leg.is_reversal,
    leg.counterparty_inside,
    joined.rule,
    joined.reverses,
    decided.amount AS linked
FROM leg
LEFT JOIN day
    ON leg.account_id = day.account_id AND leg.currency = day.currency AND leg.booking_date = day.booking_date
LEFT JOIN joined ON leg.transfer_id = joined.transfer_id
LEFT JOIN decision_holding AS decided
    ON
        joined.rule = 'cash link'
        AND decided.kind = 'cash_link'
        AND joined.credit_leg = decided.subject
        AND joined.debit_leg = decided.object
