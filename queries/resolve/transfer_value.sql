-- Title: Value of transfers in one currency
-- Question: What is each transfer worth in the currency asked for, by which rate, of which day, from where?
-- Method: the amount as booked, times the units of the currency asked for, over the units of the currency booked, in
--     whole numbers, rounded once to the smallest unit (half away from zero). Without a rate there is no value.
-- Needs: rate_found (given, day, numerator, denominator, rate, rate_on, rate_source, missing)
-- Parameters: currency VARCHAR = EUR; unit BIGINT = 1000000 (its smallest unit, in hundred-millionths)
-- Columns: transfer_id, value, currency, rate, rate_on, rate_source, missing
-- Grain: transfer_id

WITH counted AS (
    SELECT
        transfer.transfer_id,
        transfer.amount,
        transfer.currency = $currency AS as_booked,
        CAST(transfer.amount * 100000000 AS HUGEINT) AS units,
        CAST(rate_found.numerator AS HUGEINT) AS numerator,
        CAST(rate_found.denominator AS HUGEINT) AS denominator,
        rate_found.rate,
        rate_found.rate_on,
        rate_found.rate_source,
        rate_found.missing
    FROM transfer
    LEFT JOIN rate_found ON transfer.currency = rate_found.given AND transfer.booking_date = rate_found.day
),

turned AS (
    SELECT
        counted.*,
        CAST((2 * units * numerator + denominator * $unit) // (2 * denominator * $unit) * $unit AS DECIMAL(28, 0))
            AS turned_units
    FROM counted
)

SELECT
    transfer_id,
    CASE WHEN as_booked THEN amount
        ELSE CAST(turned_units * CAST(0.00000001 AS DECIMAL(9, 8)) AS DECIMAL(28, 8)) END AS value,
    $currency AS currency,
    CASE WHEN as_booked THEN CAST(1 AS DECIMAL(28, 12)) ELSE rate END AS rate,
    rate_on,
    CASE WHEN as_booked THEN 'as booked' ELSE rate_source END AS rate_source,
    missing
FROM turned
ORDER BY transfer_id
