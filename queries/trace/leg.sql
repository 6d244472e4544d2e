-- Title: Legs for tracing
-- Question: Which legs are replayed, what joins them, and where on its day does each stand for certain?
-- Method: as resolve left them, in numbers: a leg is its turn, a currency its place in table unit, from 0.
-- Columns: number, pair_number, reverses_number, account_no, other_no, currency_no, position, is_debit, amount,
--     booking_date, booked_at, chained, is_cash, is_interest, opens_ring
-- Grain: number

SELECT
    turn AS number,
    pair_turn AS pair_number,
    reverses_turn AS reverses_number,
    account_no,
    other_no,
    list_position((SELECT list(unit.currency ORDER BY unit.currency) FROM unit), currency) - 1 AS currency_no,
    position,
    side = 'DBIT' AS is_debit,
    amount,
    booking_date,
    booked_at,
    chained,
    kind = 'cash_deposit' AS is_cash,
    kind = 'interest' AS is_interest,
    opens_ring
FROM leg
