-- Title: Balances by day
-- Question: On which days does the balance that the counted lines give agree with what the bank printed that day?
-- Method: from the opening balance of the first statement, lines printed again counted once; anew after days that no
--     statement covers. Inside a day the order does not matter: the balance at its end must be among those printed that
--     day, and where every line prints one, the balances before and after the lines must be the same set, but for the
--     first and the last of the day. A statement that ends inside a day closes without what other series print of it.
-- Columns: account_id, currency, day, computed, printed, agrees
-- Grain: account_id, currency, day

WITH covered AS (
    SELECT
        *,
        max(until_date) OVER (
            PARTITION BY account_id, currency ORDER BY from_date, until_date, statement_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS covered_until
    FROM statement
),

stretch AS (
    SELECT
        account_id,
        currency,
        from_date,
        lead(from_date) OVER (PARTITION BY account_id, currency ORDER BY from_date) AS next_from
    FROM covered
    WHERE covered_until IS NULL OR covered_until < from_date
),

opened AS (
    SELECT
        stretch.account_id,
        stretch.currency,
        stretch.from_date,
        stretch.next_from,
        arg_min(statement.opening_balance, (statement_series.turn)) AS opening
    FROM stretch
    INNER JOIN statement
        ON
            stretch.account_id = statement.account_id
            AND stretch.currency = statement.currency
            AND stretch.from_date = statement.from_date
    INNER JOIN statement_series ON statement.statement_id = statement_series.statement_id
    GROUP BY stretch.account_id, stretch.currency, stretch.from_date, stretch.next_from
),

line AS (
    SELECT
        statement.account_id,
        statement.currency,
        entry.booking_date AS day,
        CASE WHEN entry.side = 'CRDT' THEN entry.amount ELSE -entry.amount END AS moved,
        entry.balance_after
    FROM entry
    INNER JOIN statement ON entry.statement_id = statement.statement_id
    LEFT JOIN printed_again ON entry.entry_id = printed_again.entry_id
    WHERE printed_again.entry_id IS NULL
),

moved AS (
    SELECT
        account_id,
        currency,
        day,
        sum(moved) AS moved,
        count(*) = count(balance_after) AS all_printed
    FROM line
    GROUP BY account_id, currency, day
),

step AS (
    SELECT
        account_id,
        currency,
        day,
        balance,
        sum(times) AS times
    FROM (
        SELECT account_id, currency, day, balance_after AS balance, 1 AS times FROM line WHERE balance_after IS NOT NULL
        UNION ALL
        SELECT account_id, currency, day, balance_after - moved AS balance, -1 AS times
        FROM line
        WHERE balance_after IS NOT NULL
    ) AS ends
    GROUP BY account_id, currency, day, balance
),

loose_end AS (
    SELECT
        account_id,
        currency,
        day,
        sum(abs(times)) AS ends
    FROM step
    GROUP BY account_id, currency, day
),

series_day AS (
    SELECT
        statement.account_id,
        statement.currency,
        statement_series.series,
        entry.booking_date AS day,
        sum(CASE WHEN entry.side = 'CRDT' THEN entry.amount ELSE -entry.amount END) AS moved
    FROM entry
    INNER JOIN statement ON entry.statement_id = statement.statement_id
    INNER JOIN statement_series ON statement.statement_id = statement_series.statement_id
    GROUP BY statement.account_id, statement.currency, statement_series.series, entry.booking_date
),

closed AS (
    SELECT
        statement.account_id,
        statement.currency,
        CAST(statement.until_date - INTERVAL 1 DAY AS DATE) AS day,
        list(statement.closing_balance - coalesce(series_day.moved, 0)) AS without_that_day
    FROM statement
    INNER JOIN statement_series ON statement.statement_id = statement_series.statement_id
    LEFT JOIN series_day
        ON
            statement.account_id = series_day.account_id
            AND statement.currency = series_day.currency
            AND statement_series.series = series_day.series
            AND statement.until_date = series_day.day + INTERVAL 1 DAY
    WHERE statement.closing_balance IS NOT NULL
    GROUP BY statement.account_id, statement.currency, statement.until_date
),

printed AS (
    SELECT
        account_id,
        currency,
        day,
        list_sort(list_distinct(list(balance))) AS printed
    FROM (
        SELECT
            account_id,
            currency,
            CAST(until_date - INTERVAL 1 DAY AS DATE) AS day,
            closing_balance AS balance
        FROM statement
        WHERE closing_balance IS NOT NULL
        UNION ALL
        SELECT
            statement.account_id,
            statement.currency,
            entry.booking_date AS day,
            entry.balance_after AS balance
        FROM entry
        INNER JOIN statement ON entry.statement_id = statement.statement_id
        WHERE entry.balance_after IS NOT NULL
    ) AS found
    GROUP BY account_id, currency, day
),

daily AS (
    SELECT
        coalesce(moved.account_id, printed.account_id) AS account_id,
        coalesce(moved.currency, printed.currency) AS currency,
        coalesce(moved.day, printed.day) AS day,
        coalesce(moved.moved, 0) AS moved,
        printed.printed,
        closed.without_that_day,
        NOT coalesce(moved.all_printed, FALSE) OR coalesce(loose_end.ends, 0) <= 2 AS chained
    FROM moved
    FULL JOIN printed
        ON moved.account_id = printed.account_id AND moved.currency = printed.currency AND moved.day = printed.day
    LEFT JOIN loose_end
        ON moved.account_id = loose_end.account_id AND moved.currency = loose_end.currency AND moved.day = loose_end.day
    LEFT JOIN closed
        ON printed.account_id = closed.account_id AND printed.currency = closed.currency AND printed.day = closed.day
),

summed AS (
    SELECT
        daily.account_id,
        daily.currency,
        daily.day,
        opened.opening + sum(daily.moved) OVER (
            PARTITION BY daily.account_id, daily.currency, opened.from_date ORDER BY daily.day
        ) AS computed,
        daily.printed,
        daily.chained,
        daily.moved,
        daily.without_that_day
    FROM daily
    INNER JOIN opened
        ON
            daily.account_id = opened.account_id
            AND daily.currency = opened.currency
            AND daily.day >= opened.from_date
            AND (opened.next_from IS NULL OR daily.day < opened.next_from)
)

SELECT
    account_id,
    currency,
    day,
    computed,
    printed,
    CASE
        WHEN printed IS NOT NULL AND computed IS NOT NULL
            THEN
                chained
                AND (
                    list_contains(printed, computed)
                    OR coalesce(list_contains(without_that_day, computed - moved), FALSE)
                )
    END AS agrees
FROM summed
ORDER BY account_id, currency, day
