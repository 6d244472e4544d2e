-- Title: Where the records of an account break off
-- Question: From which day on may money lie on an account that no line shows, and how much?
-- Method: a statement begins after days that none covers, or with another balance than the one before it closed with:
--     what it opens with above that balance came in unseen (told only where the account has one series of statements),
--     and all it opens with may be other money. So may every other amount by which balances and lines differ, from the
--     first day on which they do. An account whose first statement prints no opening balance may have held anything.
--     Reads statement_series and found_gap.
-- Columns: account_id, currency, day, came (own money of unknown origin from that day), unseen (other money that may lie
--     there beside it; NULL = nobody knows how much)
-- Grain: account_id, currency, day, unseen

WITH opened AS (
    SELECT
        this.account_id,
        this.currency,
        this.from_date,
        this.opening_balance,
        last.closing_balance,
        row_number() OVER in_order AS place,
        max(placed.series) OVER (PARTITION BY this.account_id, this.currency) AS series,
        max(this.until_date) OVER (in_order ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered_until
    FROM statement AS this
    INNER JOIN statement_series AS placed ON this.statement_id = placed.statement_id
    LEFT JOIN statement AS last ON placed.follows = last.statement_id
    WINDOW
        in_order AS (
            PARTITION BY this.account_id, this.currency ORDER BY this.from_date, this.until_date, this.statement_id
        )
),

jumped AS (
    SELECT DISTINCT
        account_id,
        currency,
        from_date
    FROM found_gap
    WHERE kind = 'between statements'
),

broken AS (
    SELECT
        opened.*,
        CASE
            WHEN opened.series = 1 THEN greatest(coalesce(opened.opening_balance - opened.closing_balance, 0), 0)
            ELSE 0
        END AS came
    FROM opened
    LEFT JOIN jumped
        ON
            opened.account_id = jumped.account_id
            AND opened.currency = jumped.currency
            AND opened.from_date = jumped.from_date
    WHERE opened.covered_until < opened.from_date OR (opened.place > 1 AND jumped.from_date IS NOT NULL)
)

SELECT
    account_id,
    currency,
    from_date AS day,
    came,
    CASE WHEN opening_balance IS NOT NULL THEN greatest(greatest(opening_balance, 0) - came, 0) END AS unseen
FROM broken
UNION ALL
SELECT
    account_id,
    currency,
    from_date AS day,
    0 AS came,
    abs(amount) AS unseen
FROM found_gap
WHERE kind <> 'between statements'
UNION ALL
SELECT
    leg.account_id,
    leg.currency,
    min(leg.booking_date) AS day,
    0 AS came,
    NULL AS unseen
FROM leg
LEFT JOIN opened ON leg.account_id = opened.account_id AND leg.currency = opened.currency AND opened.place = 1
WHERE opened.opening_balance IS NULL
GROUP BY leg.account_id, leg.currency
ORDER BY account_id, currency, day, unseen
