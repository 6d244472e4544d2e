-- Title: Where two series of statements disagree
-- Question: Which printed balances do not follow from what another series of statements of the account prints, and which
--     lines does one statement print and another of the same days not?
-- Method: a statement that begins inside one of another series must open with the balance that one had then. A line counts
--     as printed differently when a statement of another series covers its whole day without it; its amount is said
--     without a sign. Asked only where an account has a second series, beside gap.sql.
-- Columns: account_id, currency, from_date, until_date, kind, amount
-- Grain: account_id, currency, from_date, until_date, kind, amount

WITH placed AS (
    SELECT
        statement.*,
        statement_series.series,
        statement_series.follows
    FROM statement
    INNER JOIN statement_series ON statement.statement_id = statement_series.statement_id
),

begins_inside AS (
    SELECT
        this.statement_id,
        this.account_id,
        this.currency,
        this.from_date,
        this.opening_balance,
        other.statement_id AS other_id,
        other.opening_balance AS other_opening
    FROM placed AS this
    INNER JOIN placed AS other
        ON
            this.account_id = other.account_id
            AND this.currency = other.currency
            AND this.series <> other.series
            AND this.from_date >= other.from_date
            AND this.from_date < other.until_date
    LEFT JOIN placed AS last ON this.follows = last.statement_id AND this.from_date <= last.until_date
    WHERE last.statement_id IS NULL
    QUALIFY row_number() OVER (PARTITION BY this.statement_id ORDER BY other.from_date, other.statement_id) = 1
),

other_balance AS (
    SELECT
        begins_inside.statement_id,
        begins_inside.other_opening + coalesce(sum(
            CASE WHEN entry.side = 'CRDT' THEN entry.amount ELSE -entry.amount END
        ) FILTER (WHERE entry.booking_date < begins_inside.from_date), 0) AS that_morning,
        begins_inside.other_opening + coalesce(sum(
            CASE WHEN entry.side = 'CRDT' THEN entry.amount ELSE -entry.amount END
        ) FILTER (WHERE entry.booking_date <= begins_inside.from_date), 0) AS that_evening
    FROM begins_inside
    LEFT JOIN entry ON begins_inside.other_id = entry.statement_id
    GROUP BY begins_inside.statement_id, begins_inside.other_opening
),

opened_otherwise AS (
    SELECT
        begins_inside.account_id,
        begins_inside.currency,
        begins_inside.from_date,
        CAST(begins_inside.from_date + INTERVAL 1 DAY AS DATE) AS until_date,
        'between statements' AS kind,
        begins_inside.opening_balance - other_balance.that_morning AS amount
    FROM begins_inside
    INNER JOIN other_balance ON begins_inside.statement_id = other_balance.statement_id
    WHERE begins_inside.opening_balance <> other_balance.that_evening
),

line AS (
    SELECT
        entry.entry_id,
        entry.booking_date,
        entry.amount,
        placed.account_id,
        placed.currency,
        placed.series,
        placed.from_date,
        placed.until_date,
        coalesce(printed_again.kept_entry_id, entry.entry_id) AS movement
    FROM entry
    INNER JOIN placed ON entry.statement_id = placed.statement_id
    INNER JOIN (SELECT DISTINCT account_id, currency FROM placed WHERE series > 1) AS doubled
        ON placed.account_id = doubled.account_id AND placed.currency = doubled.currency
    LEFT JOIN printed_again ON entry.entry_id = printed_again.entry_id
),

unanswered AS (
    SELECT
        line.entry_id,
        any_value(line.account_id) AS account_id,
        any_value(line.currency) AS currency,
        any_value(line.booking_date) AS booking_date,
        any_value(line.amount) AS amount
    FROM line
    INNER JOIN placed AS other
        ON
            line.account_id = other.account_id
            AND line.currency = other.currency
            AND line.series <> other.series
            AND line.booking_date >= other.from_date
            AND line.booking_date < other.until_date
            AND (line.booking_date > other.from_date OR line.from_date >= other.from_date)
            AND (line.booking_date < other.until_date - INTERVAL 1 DAY OR line.until_date <= other.until_date)
    LEFT JOIN line AS same ON line.movement = same.movement AND other.series = same.series
    WHERE same.entry_id IS NULL
    GROUP BY line.entry_id
),

printed_otherwise AS (
    SELECT
        account_id,
        currency,
        booking_date AS from_date,
        CAST(booking_date + INTERVAL 1 DAY AS DATE) AS until_date,
        'printed differently' AS kind,
        sum(amount) AS amount
    FROM unanswered
    GROUP BY account_id, currency, booking_date
)

SELECT DISTINCT
    account_id,
    currency,
    from_date,
    until_date,
    kind,
    amount
FROM (
    SELECT * FROM opened_otherwise
    UNION ALL
    SELECT * FROM printed_otherwise
) AS found
WHERE amount <> 0
