-- Title: Units of currencies
-- Question: How fine did the banks of the case print the amounts of each currency?
-- Method: an amount or balance that is no multiple of the minor unit makes the whole currency count to eight places, on
--     every account, so that a split comes out the same whichever accounts are looked at. Reads minor_unit: currency, step,
--     places.
-- Columns: currency, places
-- Grain: currency

WITH printed AS (
    SELECT
        currency,
        amount
    FROM leg
    UNION ALL
    SELECT
        currency,
        balance_after AS amount
    FROM entry
    UNION ALL
    SELECT
        currency,
        opening_balance AS amount
    FROM statement
    UNION ALL
    SELECT
        currency,
        closing_balance AS amount
    FROM statement
)

SELECT
    minor_unit.currency,
    CASE WHEN bool_or(coalesce(printed.amount % minor_unit.step <> 0, FALSE)) THEN 8 ELSE any_value(minor_unit.places) END
        AS places
FROM minor_unit
INNER JOIN printed ON minor_unit.currency = printed.currency
GROUP BY minor_unit.currency
ORDER BY minor_unit.currency
