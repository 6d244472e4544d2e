-- Bank lines that stand neither for a leg nor for a line printed again: resolve has not seen them yet.
-- Beside it, what the case holds at all.
SELECT
    count(*) FILTER (
        WHERE entry_id NOT IN (SELECT leg.entry_id FROM leg)
            AND entry_id NOT IN (SELECT duplicate_entry.entry_id FROM duplicate_entry)
    ) AS unresolved,
    count(*) + (SELECT count(*) FROM transfer) AS held
FROM entry
