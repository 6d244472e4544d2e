-- Title: Payments a person linked to an asset
-- Question: Which transfers paid for each asset, by whose decision, and how much of each?
-- Method: the last decision on each asset and line, unless it takes the payment back; a line printed again stands for
--     the one that is counted. Amounts are in the currency of the account that paid. transfer_id is NULL when no file
--     with that line is loaded, or it is no debit. came_back: what of the line the account that was paid sent back, or
--     whoever it was where no account shows it. cited_twice: the line is linked to several assets with more than its
--     amount, and counts for none until it is parted.
-- Columns: asset_id, leg_id, transfer_id, account_id, booking_date, amount, leg_amount, came_back, currency, exhibit,
--     locator, decided_by, decided_on, why, cited_twice
-- Grain: asset_id, leg_id

WITH decided AS (
    SELECT
        held.subject AS asset_id,
        coalesce(again.kept_entry_id || substr(held.object, length(again.entry_id) + 1), held.object) AS leg_id,
        held.amount,
        held.decided_by,
        held.decided_on,
        held.why,
        held.decision_no
    FROM decision_last AS held
    LEFT JOIN duplicate_entry AS again
        ON held.object = again.entry_id OR starts_with(held.object, again.entry_id || '/')
    WHERE held.kind = 'asset_payment'
),

latest AS (
    SELECT
        decided.*,
        row_number() OVER (PARTITION BY decided.asset_id, decided.leg_id ORDER BY decided.decision_no DESC) AS place
    FROM decided
),

returned AS (
    SELECT
        original.leg_id,
        sum(back.amount) AS amount
    FROM leg AS original
    INNER JOIN leg AS back
        ON
            original.turn = back.reverses_turn
            AND back.side = 'CRDT'
            AND (original.pair_turn IS NULL) = (back.pair_turn IS NULL)
            AND original.other_no IS NOT DISTINCT FROM back.other_no
    WHERE original.leg_id IN (SELECT decided.leg_id FROM decided)
    GROUP BY original.leg_id
)

SELECT
    latest.asset_id,
    latest.leg_id,
    leg.transfer_id,
    leg.account_id,
    leg.booking_date,
    least(coalesce(latest.amount, leg.amount), leg.amount) AS amount,
    leg.amount AS leg_amount,
    least(coalesce(returned.amount, 0), leg.amount) AS came_back,
    leg.currency,
    exhibit.exhibit,
    entry.locator,
    latest.decided_by,
    latest.decided_on,
    latest.why,
    sum(least(coalesce(latest.amount, leg.amount), leg.amount)) OVER (PARTITION BY latest.leg_id)
    > leg.amount AS cited_twice
FROM latest
LEFT JOIN leg ON latest.leg_id = leg.leg_id AND leg.side = 'DBIT'
LEFT JOIN returned ON latest.leg_id = returned.leg_id
LEFT JOIN entry ON leg.entry_id = entry.entry_id
LEFT JOIN exhibit ON entry.file_id = exhibit.file_id
WHERE latest.place = 1 AND coalesce(latest.amount, 1) > 0
ORDER BY latest.asset_id, leg.booking_date, latest.leg_id
