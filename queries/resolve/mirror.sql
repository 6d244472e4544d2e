-- Title: Legs that may mirror each other
-- Question: Which debit of one held account and which credit of another could be the two sides of one movement?
-- Method: legs that share a UETR, a reference and an amount, both accounts, or one account and the amount, with the
--     credit on the day of the debit or up to window days later. No printed account, UETR or reversal mark contradicts.
--     What of it is joined is judged in finflow/resolve/mirrors.py.
-- Needs: unmatched_leg; mirror_decision
-- Parameters: step VARCHAR = same (same: UETR, reference or accounts, same amount; apart: accounts, amounts that differ;
--     one account); window INTEGER = 12 (calendar days: a few business days over a row of holidays)
-- Columns: debit_leg, credit_leg, then what either side prints and what agrees
-- Grain: debit_leg, credit_leg

WITH sided AS (
    SELECT
        leg_id, side, account_id, amount, currency, booking_date, is_reversal, ledger_order, end_to_end_id, uetr,
        instructed_amount, instructed_currency, counterparty_name, ultimate_name,
        regexp_replace(upper(narrative), '[^[:alnum:]]+', ' ', 'g') AS words,
        CASE WHEN counterparty_account_id NOT LIKE 'name:%' THEN counterparty_account_id END AS printed,
        date_diff('day', DATE '1950-01-01', booking_date) // $window AS slot
    FROM unmatched_leg
),

ended AS (
    SELECT
        sided.*,
        CASE WHEN side = 'DBIT' THEN account_id ELSE printed END AS debtor,
        CASE WHEN side = 'DBIT' THEN printed ELSE account_id END AS creditor,
        currency || '|' || CAST(amount AS VARCHAR) AS money
    FROM sided
),

likeness AS (
    SELECT leg_id, side, slot, 'uetr|' || uetr AS alike FROM ended WHERE $step = 'same' AND uetr IS NOT NULL
    UNION ALL
    SELECT leg_id, side, slot, concat_ws('|', 'reference', end_to_end_id, money) AS alike
    FROM ended
    WHERE $step = 'same' AND end_to_end_id IS NOT NULL
    UNION ALL
    SELECT
        leg_id, side, slot,
        concat_ws('|', 'accounts', debtor, creditor, CASE WHEN $step = 'same' THEN money END) AS alike
    FROM ended
    WHERE $step IN ('same', 'apart') AND debtor IS NOT NULL AND creditor IS NOT NULL
    UNION ALL
    SELECT leg_id, side, slot, concat_ws('|', 'creditor', creditor, money) AS alike
    FROM ended
    WHERE $step = 'one account' AND creditor IS NOT NULL AND (side = 'DBIT' OR debtor IS NULL)
    UNION ALL
    SELECT leg_id, side, slot, concat_ws('|', 'debtor', debtor, money) AS alike
    FROM ended
    WHERE $step = 'one account' AND debtor IS NOT NULL AND (side = 'CRDT' OR creditor IS NULL)
),

reach AS (
    SELECT leg_id, alike, slot FROM likeness WHERE side = 'DBIT'
    UNION ALL
    SELECT leg_id, alike, slot + 1 AS slot FROM likeness WHERE side = 'DBIT'
),

pair AS (
    SELECT DISTINCT reach.leg_id AS debit_leg, credit.leg_id AS credit_leg
    FROM reach
    INNER JOIN likeness AS credit
        ON credit.side = 'CRDT' AND reach.alike = credit.alike AND reach.slot = credit.slot
    WHERE reach.leg_id <> credit.leg_id
),

reference AS (  -- how often the case prints a reference, on either side
    SELECT
        end_to_end_id,
        max(times) AS times
    FROM (
        SELECT
            end_to_end_id,
            side,
            count(*) AS times
        FROM raw_leg
        WHERE end_to_end_id IS NOT NULL
        GROUP BY end_to_end_id, side
    ) AS printed_reference
    GROUP BY end_to_end_id
),

held AS (SELECT account_id, from_date, until_date FROM statement)

SELECT
    pair.debit_leg,
    pair.credit_leg,
    debit.account_id AS debit_account,
    credit.account_id AS credit_account,
    debit.booking_date AS debit_day,
    credit.booking_date AS credit_day,
    debit.amount AS debit_amount,
    credit.amount AS credit_amount,
    debit.currency AS debit_currency,
    credit.currency AS credit_currency,
    debit.ledger_order AS debit_order,
    credit.ledger_order AS credit_order,
    coalesce(
        debit.instructed_amount = credit.amount AND debit.instructed_currency = credit.currency
        OR credit.instructed_amount = debit.amount AND credit.instructed_currency = debit.currency
        OR debit.instructed_amount = credit.instructed_amount AND debit.instructed_currency = credit.instructed_currency,
        FALSE
    ) AS instructed,
    debit.uetr IS NOT NULL AND credit.uetr IS NOT NULL AS same_uetr,
    debit.end_to_end_id = credit.end_to_end_id AS same_reference,
    coalesce(reference.times = 1, FALSE) AS only_here,
    debit.words = credit.words AS same_words,
    credit.printed IS NOT NULL AS debtor_printed,
    debit.printed IS NOT NULL AS creditor_printed,
    credit.counterparty_name AS debtor_name,
    credit.ultimate_name AS ultimate_debtor,
    debit.counterparty_name AS creditor_name,
    debit.ultimate_name AS ultimate_creditor,
    EXISTS (
        SELECT 1
        FROM held
        WHERE
            held.account_id = credit.account_id
            AND held.from_date <= debit.booking_date
            AND held.until_date > debit.booking_date
    )
    AND EXISTS (
        SELECT 1
        FROM held
        WHERE
            held.account_id = debit.account_id
            AND held.from_date <= credit.booking_date - INTERVAL 5 DAY
            AND held.until_date > credit.booking_date - INTERVAL 5 DAY
    ) AS covered
FROM pair
INNER JOIN ended AS debit ON pair.debit_leg = debit.leg_id
INNER JOIN ended AS credit ON pair.credit_leg = credit.leg_id
LEFT JOIN reference ON debit.end_to_end_id = reference.end_to_end_id
LEFT JOIN mirror_decision AS apart
    ON
        apart.kind = 'not_mirror'
        AND apart.one_leg = least(pair.debit_leg, pair.credit_leg)
        AND apart.other_leg = greatest(pair.debit_leg, pair.credit_leg)
WHERE
    apart.kind IS NULL
    AND debit.side = 'DBIT'
    AND credit.side = 'CRDT'
    AND debit.is_reversal = credit.is_reversal
    AND credit.booking_date BETWEEN debit.booking_date AND debit.booking_date + $window * INTERVAL 1 DAY
    AND coalesce(debit.printed, credit.account_id) = credit.account_id
    AND coalesce(credit.printed, debit.account_id) = debit.account_id
    AND coalesce(debit.uetr = credit.uetr, TRUE)
    AND (debit.account_id <> credit.account_id OR (debit.printed IS NOT NULL AND credit.printed IS NOT NULL))
    AND (
        debit.currency <> credit.currency
        OR debit.uetr = credit.uetr
        OR (credit.amount <= debit.amount AND 2 * credit.amount >= debit.amount)
    )
ORDER BY pair.debit_leg, pair.credit_leg
