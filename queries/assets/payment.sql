-- Title: Payments a person linked to an asset
-- Question: Which transfers paid for each asset, by whose decision, and how much of each?
-- Method: decisions that hold; a line printed again stands for the one that is counted. Amounts are in the currency of
--     the account that paid. transfer_id is NULL when no file with that line is loaded, or it is no debit.
--     cited_twice: it is linked to several assets with more than its amount, and counts for none until it is parted.
-- Columns: asset_id, leg_id, transfer_id, account_id, booking_date, amount, leg_amount, currency, exhibit, locator,
--     decided_by, decided_on, why, cited_twice
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
    FROM decision_holding AS held
    LEFT JOIN duplicate_entry AS again
        ON held.object = again.entry_id OR starts_with(held.object, again.entry_id || '/')
    WHERE held.kind = 'asset_payment'
),

latest AS (
    SELECT
        decided.*,
        row_number() OVER (PARTITION BY decided.asset_id, decided.leg_id ORDER BY decided.decision_no DESC) AS place
    FROM decided
)

SELECT
    latest.asset_id,
    latest.leg_id,
    leg.transfer_id,
    leg.account_id,
    leg.booking_date,
    least(coalesce(latest.amount, leg.amount), leg.amount) AS amount,
    leg.amount AS leg_amount,
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
LEFT JOIN entry ON leg.entry_id = entry.entry_id
LEFT JOIN exhibit ON entry.file_id = exhibit.file_id
WHERE latest.place = 1
ORDER BY latest.asset_id, leg.booking_date, latest.leg_id
