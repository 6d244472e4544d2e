-- Title: Payments to claimants
-- Question: Which payments gave money back to somebody whose money was marked?
-- Method: of the decisions on one line the last one holds; a line printed again stands for the one that is counted.
-- Columns: leg_id, origin
-- Grain: leg_id

SELECT DISTINCT
    held.label AS origin,
    coalesce(again.kept_entry_id || substr(held.subject, length(again.entry_id) + 1), held.subject) AS leg_id
FROM decision_holding AS held
LEFT JOIN duplicate_entry AS again
    ON held.subject = again.entry_id OR starts_with(held.subject, again.entry_id || '/')
WHERE held.kind = 'repaid'
ORDER BY leg_id, origin
