-- Title: Marked proceeds
-- Question: Which money did a person mark as coming from an offence?
-- Method: of the decisions on one leg and origin the last one holds; a part of 0 takes it back. Cash earned by the offence
--     and never banked before is marked where it was paid in. A line printed again stands for the line that is counted,
--     and a batch line marked as a whole for every payment inside it. Marks on withdrawn or expunged lines are left out.
-- Columns: leg_id, origin, amount, kind, decided_by, decided_on, why, evidence, decision_no
-- Grain: leg_id, origin, kind

WITH cited AS (
    SELECT
        decision_no,
        kind,
        coalesce(label, 'proceeds') AS origin,
        amount,
        decided_by,
        decided_on,
        why,
        evidence,
        regexp_replace(subject, '/[0-9]+$', '') AS entry_id,
        nullif(regexp_extract(subject, '/([0-9]+)$', 1), '') AS detail_no
    FROM decision_holding
    WHERE
        (kind = 'proceeds' OR (kind = 'cash_link' AND object IS NULL))
        AND decision_no NOT IN (SELECT decision_no FROM unfounded WHERE reason IN ('withdrawn', 'expunged'))
),

counted AS (
    SELECT
        cited.*,
        coalesce(duplicate_entry.kept_entry_id, cited.entry_id) AS kept_entry_id
    FROM cited
    LEFT JOIN duplicate_entry ON cited.entry_id = duplicate_entry.entry_id
),

on_leg AS (
    SELECT
        counted.*,
        coalesce(leg.leg_id, counted.kept_entry_id || coalesce('/' || counted.detail_no, '')) AS leg_id
    FROM counted
    LEFT JOIN leg
        ON
            counted.kept_entry_id = leg.entry_id
            AND CASE
                WHEN counted.detail_no IS NOT NULL THEN counted.detail_no = cast(leg.detail_no AS VARCHAR)
                ELSE counted.amount IS NULL OR leg.detail_no = 0
            END
)

SELECT DISTINCT
    leg_id,
    origin,
    amount,
    kind,
    decided_by,
    decided_on,
    why,
    evidence,
    decision_no
FROM on_leg
ORDER BY decision_no, leg_id
