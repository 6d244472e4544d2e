-- Title: Legs, one by one
-- Question: Which single movements do the counted lines hold, seen from the account they stand on?
-- Method: a batch line gives one leg for each payment inside it; a row of a two-sided ledger with both accounts inside
--     gives one leg on each. A counterparty known by name only becomes the account name:NAME; a word that
--     stands for no name (N/A, unknown) becomes none. The position on an account, from 1, is by day, moment and ledger.
-- Columns: leg_id, side, entry_id, detail_no, account_id, amount, currency, booking_date, booked_at, is_reversal,
--     both_sides, counterparty_account_id, counterparty_name, end_to_end_id, uetr, instructed_amount, instructed_currency,
--     ultimate_name, kind, purpose_code, merchant_category, place, narrative, balance_after, ledger_order,
--     position
-- Grain: leg_id, side

WITH counted AS (
    SELECT
        entry.*,
        CASE
            WHEN statement_days.descending THEN -entry.seq
            ELSE entry.seq
        END AS ledger_order
    FROM entry
    LEFT JOIN duplicate_entry ON entry.entry_id = duplicate_entry.entry_id
    INNER JOIN (
        SELECT
            statement_id,
            arg_min(booking_date, seq) > arg_max(booking_date, seq) AS descending
        FROM entry
        GROUP BY statement_id
    ) AS statement_days ON entry.statement_id = statement_days.statement_id
    WHERE duplicate_entry.entry_id IS NULL
),

payment AS (
    SELECT
        CASE WHEN detail.detail_no IS NULL THEN counted.entry_id
            ELSE counted.entry_id || '/' || CAST(detail.detail_no AS VARCHAR) END AS leg_id,
        counted.side,
        counted.entry_id,
        coalesce(detail.detail_no, 0) AS detail_no,
        counted.account_id,
        coalesce(detail.amount, counted.amount) AS amount,
        counted.currency,
        counted.booking_date,
        counted.booked_at,
        counted.is_reversal,
        counted.both_sides,
        CASE WHEN detail.detail_no IS NULL THEN counted.counterparty_account_id
            ELSE detail.counterparty_account_id END AS printed_account_id,
        CASE WHEN detail.detail_no IS NULL THEN counted.counterparty_name
            ELSE detail.counterparty_name END AS counterparty_name,
        coalesce(detail.end_to_end_id, counted.end_to_end_id) AS end_to_end_id,
        coalesce(detail.uetr, counted.uetr) AS uetr,
        CASE WHEN detail.detail_no IS NULL THEN counted.instructed_amount
            ELSE detail.instructed_amount END AS instructed_amount,
        CASE WHEN detail.detail_no IS NULL THEN counted.instructed_currency
            ELSE detail.instructed_currency END AS instructed_currency,
        CASE WHEN detail.detail_no IS NULL THEN counted.ultimate_name ELSE detail.ultimate_name END AS ultimate_name,
        counted.kind,
        coalesce(detail.purpose_code, counted.purpose_code) AS purpose_code,
        counted.merchant_category,
        counted.place,
        coalesce(detail.narrative, counted.narrative) AS narrative,
        CASE WHEN detail.detail_no IS NULL THEN counted.balance_after END AS balance_after,
        counted.ledger_order
    FROM counted
    LEFT JOIN detail ON counted.entry_id = detail.entry_id
),

named AS (
    SELECT
        payment.*,
        CASE
            WHEN printed_account_id IS NOT NULL THEN printed_account_id
            WHEN kind IN ('cash_deposit', 'cash_withdrawal') THEN NULL
            WHEN trim(counterparty_name) = '' THEN NULL
            WHEN regexp_full_match(
                upper(trim(counterparty_name)), 'NULL|N/?A|NONE|NAN|NIL|NOT ?PROVIDED|UNKNOWN|UNBEKANNT|[0./-]+'
            ) THEN NULL
            ELSE 'name:' || upper(regexp_replace(trim(counterparty_name), '[[:space:]]+', ' ', 'g'))
        END AS counterparty_account_id
    FROM payment
),

sided AS (
    SELECT
        leg_id, side, entry_id, detail_no, account_id, amount, currency, booking_date, booked_at, is_reversal,
        both_sides, counterparty_account_id, counterparty_name, end_to_end_id, uetr, instructed_amount,
        instructed_currency, ultimate_name, kind, purpose_code, merchant_category, place, narrative, balance_after,
        ledger_order
    FROM named
    UNION ALL
    SELECT
        leg_id,
        CASE WHEN side = 'CRDT' THEN 'DBIT' ELSE 'CRDT' END AS side,
        entry_id, detail_no,
        counterparty_account_id AS account_id,
        amount, currency, booking_date, booked_at, is_reversal, both_sides,
        account_id AS counterparty_account_id,
        NULL AS counterparty_name,
        end_to_end_id, uetr, instructed_amount, instructed_currency,
        NULL AS ultimate_name,
        kind, purpose_code, merchant_category, place, narrative,
        NULL AS balance_after,
        ledger_order
    FROM named
    WHERE both_sides
)

SELECT
    leg_id, side, entry_id, detail_no, account_id, amount, currency, booking_date, booked_at, is_reversal, both_sides,
    counterparty_account_id, counterparty_name, end_to_end_id, uetr, instructed_amount, instructed_currency, ultimate_name,
    kind, purpose_code, merchant_category, place, narrative, balance_after, ledger_order,
    row_number() OVER (
        PARTITION BY account_id
        ORDER BY booking_date, booked_at NULLS FIRST, substr(entry_id, 1, 16), ledger_order, detail_no, side DESC
    ) AS position
FROM sided
