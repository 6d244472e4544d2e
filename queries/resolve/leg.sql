-- Title: Legs with their transfers
-- Question: What moved on each account inside the case, in which order, and with whom?
-- Method: the order on an account is the day, then the moment, then the printed balances, then the ledger. A leg is chained
--     when every line of its account and day prints a balance and each balance follows from the one before in that order.
-- Columns: as table leg, without turn and opens_ring
-- Grain: leg_id, side

WITH side_of AS (
    SELECT
        transfer_id,
        debit_leg AS leg_id,
        'DBIT' AS side,
        creditor_account_id AS other_account_id
    FROM transfer
    WHERE debit_leg <> credit_leg
    UNION ALL
    SELECT
        transfer_id,
        credit_leg AS leg_id,
        'CRDT' AS side,
        debtor_account_id AS other_account_id
    FROM transfer
    WHERE debit_leg <> credit_leg
),

joined AS (
    SELECT
        raw_leg.*,
        coalesce(side_of.transfer_id, raw_leg.leg_id) AS transfer_id,
        coalesce(side_of.other_account_id, raw_leg.counterparty_account_id) AS other_account_id,
        raw_leg.both_sides OR side_of.transfer_id IS NOT NULL AS other_held
    FROM raw_leg
    LEFT JOIN side_of ON raw_leg.leg_id = side_of.leg_id AND raw_leg.side = side_of.side
),

line AS (
    SELECT
        account_id,
        currency,
        booking_date,
        entry_id,
        min(position) AS line_no,
        sum(CASE WHEN side = 'CRDT' THEN amount ELSE -amount END) AS moved,
        max(line_balance) AS balance_after
    FROM (
        SELECT
            joined.*,
            entry.balance_after AS line_balance
        FROM joined
        INNER JOIN (
            SELECT DISTINCT
                account_id,
                currency,
                booking_date
            FROM entry
            WHERE balance_after IS NOT NULL
        ) AS printed
            ON
                joined.account_id = printed.account_id
                AND joined.currency = printed.currency
                AND joined.booking_date = printed.booking_date
        LEFT JOIN entry ON joined.entry_id = entry.entry_id AND joined.account_id = entry.account_id
    ) AS printed_line
    GROUP BY account_id, currency, booking_date, entry_id
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
    joined.leg_id,
    joined.transfer_id,
    joined.entry_id,
    joined.detail_no,
    joined.account_id,
    joined.position,
    joined.side,
    joined.amount,
    joined.currency,
    joined.booking_date,
    joined.booked_at,
    joined.is_reversal,
    joined.other_account_id AS counterparty_account_id,
    coalesce(other.inside, FALSE) AS counterparty_inside,
    joined.counterparty_name,
    joined.kind,
    joined.purpose_code,
    joined.merchant_category,
    joined.place,
    joined.narrative,
    own.account_no,
    CASE WHEN joined.other_held THEN other.account_no END AS other_no,
    coalesce(day.chained, FALSE) AS chained
FROM joined
INNER JOIN found_account AS own ON joined.account_id = own.account_id
LEFT JOIN found_account AS other ON joined.other_account_id = other.account_id
LEFT JOIN day
    ON
        joined.account_id = day.account_id
        AND joined.currency = day.currency
        AND joined.booking_date = day.booking_date
ORDER BY own.account_no, joined.currency, joined.position
