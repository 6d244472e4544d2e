-- Title: What was printed again
-- Question: Which file prints again which lines of which other, how many, and by which rule was that seen?
-- Columns: account_id, currency, exhibit, counted_in, first_on, last_on, lines, rule
-- Grain: account_id, currency, exhibit, counted_in, rule

SELECT
    entry.account_id,
    entry.currency,
    printed.exhibit,
    counted.exhibit AS counted_in,
    min(entry.booking_date) AS first_on,
    max(entry.booking_date) AS last_on,
    count(*) AS lines,
    printed_again.rule
FROM printed_again
INNER JOIN entry ON printed_again.entry_id = entry.entry_id
INNER JOIN exhibit AS printed ON entry.file_id = printed.file_id
INNER JOIN exhibit AS counted ON substr(printed_again.kept_entry_id, 1, 16) = substr(counted.file_id, 1, 16)
GROUP BY
    entry.account_id, entry.currency, entry.file_id, counted.file_id, printed.exhibit, counted.exhibit,
    printed_again.rule
ORDER BY entry.account_id, entry.currency, first_on, printed.exhibit, counted.exhibit, printed_again.rule
