-- Title: What was printed again
-- Question: Which file prints again which lines of which other, how many, and by which rule was that seen?
-- Columns: account_id, currency, file, counted_in, first_on, last_on, lines, rule
-- Grain: account_id, currency, file, counted_in, rule

SELECT
    entry.account_id,
    entry.currency,
    source_file.name AS file,
    kept_file.name AS counted_in,
    min(entry.booking_date) AS first_on,
    max(entry.booking_date) AS last_on,
    count(*) AS lines,
    printed_again.rule
FROM printed_again
INNER JOIN entry ON printed_again.entry_id = entry.entry_id
INNER JOIN entry AS kept ON printed_again.kept_entry_id = kept.entry_id
INNER JOIN source_file ON entry.file_id = source_file.file_id
INNER JOIN source_file AS kept_file ON kept.file_id = kept_file.file_id
GROUP BY
    entry.account_id, entry.currency, entry.file_id, kept.file_id, source_file.name, kept_file.name, printed_again.rule
ORDER BY entry.account_id, entry.currency, first_on, source_file.name, kept_file.name, printed_again.rule
