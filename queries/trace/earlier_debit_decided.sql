-- Title: Debits that persons joined to a later credit
-- Question: Which debit did a person say a later credit was to pay for, how much of it, why and on what evidence?
-- Method: of the decisions on one pair of lines the last one holds; a line printed again stands for the one counted.
-- Columns: credit_leg, debit_leg, amount (NULL = as much as there is), decided_by, decided_on, reason, evidence
-- Grain: credit_leg, debit_leg

WITH line AS (
    SELECT
        entry.entry_id,
        coalesce(again.kept_entry_id, entry.entry_id) AS kept
    FROM entry
    LEFT JOIN duplicate_entry AS again ON entry.entry_id = again.entry_id
)

SELECT
    held.amount,
    held.decided_by,
    held.decided_on,
    held.why AS reason,
    held.evidence,
    credit.kept || regexp_extract(held.subject, '(/[0-9]+)?$') AS credit_leg,
    debit.kept || regexp_extract(held.object, '(/[0-9]+)?$') AS debit_leg
FROM decision_holding AS held
INNER JOIN line AS credit ON regexp_replace(held.subject, '/[0-9]+$', '') = credit.entry_id
INNER JOIN line AS debit ON regexp_replace(held.object, '/[0-9]+$', '') = debit.entry_id
WHERE held.kind = 'earlier_debit'
QUALIFY row_number() OVER (PARTITION BY credit_leg, debit_leg ORDER BY held.decision_no DESC) = 1
ORDER BY held.decision_no
