-- Title: Lines printed again
-- Question: Which lines stand in more than one series of statements of an account, and which of them counts?
-- Method: a series is a chain of statements that follow each other; inside it no line is another. The n-th like line of
--     one series is the n-th like line of every other series, so the count is the largest one of any single series,
--     never the sum. Lines are alike by the bank's own reference; where none is printed, by date, amount, printed
--     balance, value date, counterparty and narrative. Where two series begin and end a day with the same balance, it
--     is one day printed twice, and its lines are alike by amount and side. Of like lines the one counts whose series
--     names more of the other accounts, else the lowest entry id. Lines of days that one series alone prints are not
--     looked at: no line of another series can be alike.
-- Columns: entry_id, kept_entry_id, rule
-- Grain: entry_id

WITH held AS (
    SELECT
        statement.statement_id,
        statement.opening_balance,
        statement.closing_balance,
        statement_series.series,
        statement_series.turn
    FROM statement
    INNER JOIN statement_series ON statement.statement_id = statement_series.statement_id
    INNER JOIN (
        SELECT DISTINCT
            statement.account_id,
            statement.currency
        FROM statement
        INNER JOIN statement_series ON statement.statement_id = statement_series.statement_id
        WHERE statement_series.series > 1
    ) AS doubled ON statement.account_id = doubled.account_id AND statement.currency = doubled.currency
),

moved_day AS (
    SELECT
        entry.statement_id,
        entry.account_id,
        entry.currency,
        entry.booking_date,
        min(entry.seq) AS first_seq,
        max(entry.seq) AS last_seq,
        sum(CASE WHEN entry.side = 'CRDT' THEN entry.amount ELSE -entry.amount END) AS moved
    FROM entry
    INNER JOIN held ON entry.statement_id = held.statement_id
    GROUP BY entry.statement_id, entry.account_id, entry.currency, entry.booking_date
),

stated AS (
    SELECT
        held.statement_id,
        any_value(held.series) AS series,
        any_value(held.turn) AS turn,
        coalesce(any_value(held.opening_balance), any_value(held.closing_balance) - sum(moved_day.moved)) AS opening,
        arg_min(moved_day.booking_date, moved_day.first_seq)
        > arg_max(moved_day.booking_date, moved_day.last_seq) AS newest_first
    FROM held
    INNER JOIN moved_day ON held.statement_id = moved_day.statement_id
    GROUP BY held.statement_id
),

statement_day AS (
    SELECT
        moved_day.account_id,
        moved_day.currency,
        moved_day.booking_date,
        moved_day.moved,
        stated.series,
        stated.turn,
        stated.opening
        + sum(moved_day.moved) OVER (PARTITION BY moved_day.statement_id ORDER BY moved_day.booking_date) AS ends_on
    FROM moved_day
    INNER JOIN stated ON moved_day.statement_id = stated.statement_id
),

day AS (
    SELECT
        account_id,
        currency,
        series,
        booking_date,
        arg_min(ends_on - moved, turn) AS begins_on,
        arg_max(ends_on, turn) AS ends_on
    FROM statement_day
    GROUP BY account_id, currency, series, booking_date
),

doubled_day AS (
    SELECT
        account_id,
        currency,
        booking_date
    FROM day
    GROUP BY account_id, currency, booking_date
    HAVING count(*) > 1
),

alike AS (
    SELECT
        line.entry_id,
        stated.series,
        stated.turn,
        CASE WHEN stated.newest_first THEN -line.seq ELSE line.seq END AS ledger_order,
        line.bank_reference,
        line.counterparty_account_id IS NOT NULL OR line.details > 0 AS names_other_side,
        concat_ws('|', line.account_id, line.side, line.amount, line.currency, line.booking_date) AS likeness,
        coalesce(
            'reference ' || line.bank_reference,
            concat_ws(
                '|', 'no reference', coalesce(CAST(line.balance_after AS VARCHAR), ''),
                coalesce(CAST(line.value_date AS VARCHAR), ''), coalesce(line.counterparty_account_id, ''),
                coalesce(line.counterparty_name, ''), coalesce(line.narrative, '')
            )
        ) AS wording,
        concat_ws('|', CAST(day.begins_on AS VARCHAR), CAST(day.ends_on AS VARCHAR)) AS balances,
        day.begins_on IS NOT NULL AS known
    FROM entry AS line
    INNER JOIN stated ON line.statement_id = stated.statement_id
    INNER JOIN doubled_day
        ON
            line.account_id = doubled_day.account_id
            AND line.currency = doubled_day.currency
            AND line.booking_date = doubled_day.booking_date
    INNER JOIN day
        ON
            line.account_id = day.account_id
            AND line.currency = day.currency
            AND line.booking_date = day.booking_date
            AND stated.series = day.series
),

worded AS (
    SELECT
        alike.*,
        row_number() OVER (PARTITION BY likeness, wording, series ORDER BY turn, ledger_order) AS nth,
        row_number() OVER (PARTITION BY likeness, balances, series ORDER BY turn, ledger_order) AS nth_of_day
    FROM alike
),

paired AS (
    SELECT
        worded.*,
        count(*) OVER same_words AS times,
        min(nth_of_day) OVER same_words AS earliest,
        known
        AND min(series) OVER (PARTITION BY likeness, balances)
        < max(series) OVER (PARTITION BY likeness, balances) AS printed_twice,
        count(*) FILTER (WHERE names_other_side) OVER (PARTITION BY likeness, balances, series) AS named
    FROM worded
    WINDOW same_words AS (PARTITION BY likeness, wording, nth)
),

grouped AS (
    SELECT
        paired.*,
        CASE
            WHEN printed_twice
                THEN concat_ws('|', 'day', balances, row_number() OVER (
                    PARTITION BY likeness, balances, series
                    ORDER BY CASE WHEN times > 1 THEN 0 ELSE 1 END, earliest, wording, turn, ledger_order
                ))
            ELSE concat_ws('|', 'words', wording, nth)
        END AS movement
    FROM paired
),

kept AS (
    SELECT
        entry_id,
        first_value(entry_id) OVER (one_movement ORDER BY named DESC, entry_id) AS kept_entry_id,
        CASE
            WHEN min(wording) OVER one_movement <> max(wording) OVER one_movement
                THEN 'day printed twice: amount and side'
            WHEN bank_reference IS NULL THEN 'date, amount, balance and narrative'
            ELSE 'bank reference'
        END AS rule
    FROM grouped
    WINDOW one_movement AS (PARTITION BY likeness, movement)
)

SELECT
    entry_id,
    kept_entry_id,
    rule
FROM kept
WHERE entry_id <> kept_entry_id
