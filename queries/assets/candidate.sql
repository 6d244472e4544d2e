-- Title: Payments that could have paid for an asset
-- Question: Which debits near the day of the value fit the price of an asset, or went to somebody its description names?
-- Method: debits to accounts outside the case, in the currency of the asset, not reversed, within $days of the day of
--     the value. The price is the value, or the value less what ranks first. A candidate is a lead: it counts for
--     nothing until a person decides that it paid for the asset.
-- Parameters: days INTEGER = 366  # days before and after the day of the value
-- Columns: asset_id, leg_id, account_id, booking_date, amount, currency, exhibit, locator, fits_by
-- Grain: asset_id, leg_id

WITH price AS (
    SELECT
        asset_id,
        currency,
        valued_on,
        amount AS whole,
        amount - coalesce(encumbrance, 0) AS remains,
        upper(description || ' ' || value_source) AS words
    FROM asset
    WHERE kind NOT IN ('bank_balance', 'cash', 'claim')
),

near AS (
    SELECT
        price.asset_id,
        price.whole,
        price.remains,
        leg.leg_id,
        leg.entry_id,
        leg.account_id,
        leg.booking_date,
        leg.amount,
        leg.currency,
        length(leg.counterparty_name) > 3 AND contains(price.words, upper(leg.counterparty_name)) AS named,
        sum(leg.amount) OVER (
            PARTITION BY price.asset_id, leg.account_id, leg.counterparty_account_id
        ) AS together,
        leg.counterparty_account_id
    FROM price
    INNER JOIN leg
        ON
            price.currency = leg.currency
            AND abs(date_diff('day', leg.booking_date, price.valued_on)) <= $days
    WHERE
        leg.side = 'DBIT'
        AND NOT leg.is_reversal
        AND NOT leg.counterparty_inside
        AND leg.kind IN ('transfer', 'card_payment', 'direct_debit')
        AND leg.transfer_id NOT IN (
            SELECT reverses FROM transfer
            WHERE reverses IS NOT NULL
        )
),

fitting AS (
    SELECT
        near.*,
        CASE
            WHEN near.amount = near.whole THEN 'the value'
            WHEN near.amount = near.remains THEN 'the value less what ranks first'
            WHEN near.named THEN 'the description names who was paid'
            WHEN near.counterparty_account_id IS NULL THEN NULL
            WHEN near.together = near.whole THEN 'payments to one account, together the value'
            WHEN near.together = near.remains THEN 'payments to one account, together the value less what ranks first'
        END AS fits_by
    FROM near
)

SELECT
    fitting.asset_id,
    fitting.leg_id,
    fitting.account_id,
    fitting.booking_date,
    fitting.amount,
    fitting.currency,
    exhibit.exhibit,
    entry.locator,
    fitting.fits_by
FROM fitting
INNER JOIN entry ON fitting.entry_id = entry.entry_id
INNER JOIN exhibit ON entry.file_id = exhibit.file_id
WHERE fitting.fits_by IS NOT NULL
ORDER BY fitting.asset_id, fitting.booking_date, fitting.leg_id
