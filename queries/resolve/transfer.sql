-- Title: Transfers
-- Question: Which movements of money do the legs amount to?
-- Method: a matched pair is one transfer with two legs, and so is a row of a two-sided ledger; every other leg is a
--     transfer whose other side is outside the case. Nothing is merged that was not matched.
-- Columns: as table transfer, without reverses
-- Grain: transfer_id

WITH debit AS (SELECT * FROM raw_leg WHERE side = 'DBIT' AND NOT both_sides),

credit AS (SELECT * FROM raw_leg WHERE side = 'CRDT' AND NOT both_sides)

SELECT
    CASE WHEN leg_pair.rule = 'cash link' THEN credit.leg_id ELSE debit.leg_id END AS transfer_id,
    debit.account_id AS debtor_account_id,
    credit.account_id AS creditor_account_id,
    debit.leg_id AS debit_leg,
    credit.leg_id AS credit_leg,
    debit.booking_date,
    debit.booked_at,
    debit.amount,
    debit.currency,
    credit.booking_date AS credit_date,
    credit.booked_at AS credit_booked_at,
    credit.amount AS credit_amount,
    credit.currency AS credit_currency,
    CASE WHEN debit.kind = 'other' THEN credit.kind ELSE debit.kind END AS kind,
    coalesce(debit.purpose_code, credit.purpose_code) AS purpose_code,
    coalesce(debit.merchant_category, credit.merchant_category) AS merchant_category,
    coalesce(debit.place, credit.place) AS place,
    coalesce(debit.narrative, credit.narrative) AS narrative,
    leg_pair.rule,
    leg_pair.score
FROM leg_pair
INNER JOIN debit ON leg_pair.debit_leg = debit.leg_id
INNER JOIN credit ON leg_pair.credit_leg = credit.leg_id
UNION ALL
SELECT
    raw_leg.leg_id AS transfer_id,
    CASE WHEN raw_leg.side = 'DBIT' THEN raw_leg.account_id ELSE raw_leg.counterparty_account_id END AS debtor_account_id,
    CASE WHEN raw_leg.side = 'DBIT' THEN raw_leg.counterparty_account_id ELSE raw_leg.account_id END AS creditor_account_id,
    CASE WHEN raw_leg.side = 'DBIT' THEN raw_leg.leg_id END AS debit_leg,
    CASE WHEN raw_leg.side = 'CRDT' THEN raw_leg.leg_id END AS credit_leg,
    raw_leg.booking_date,
    raw_leg.booked_at,
    raw_leg.amount,
    raw_leg.currency,
    NULL AS credit_date,
    NULL AS credit_booked_at,
    NULL AS credit_amount,
    NULL AS credit_currency,
    raw_leg.kind,
    raw_leg.purpose_code,
    raw_leg.merchant_category,
    raw_leg.place,
    raw_leg.narrative,
    'one leg held' AS rule,
    100 AS score
FROM raw_leg
LEFT JOIN leg_pair ON raw_leg.side = 'DBIT' AND raw_leg.leg_id = leg_pair.debit_leg
LEFT JOIN leg_pair AS pair_of_credit ON raw_leg.side = 'CRDT' AND raw_leg.leg_id = pair_of_credit.credit_leg
WHERE NOT raw_leg.both_sides AND leg_pair.debit_leg IS NULL AND pair_of_credit.credit_leg IS NULL
UNION ALL
SELECT
    leg_id AS transfer_id,
    account_id AS debtor_account_id,
    counterparty_account_id AS creditor_account_id,
    leg_id AS debit_leg,
    leg_id AS credit_leg,
    booking_date,
    booked_at,
    amount,
    currency,
    booking_date AS credit_date,
    booked_at AS credit_booked_at,
    amount AS credit_amount,
    currency AS credit_currency,
    kind,
    purpose_code,
    merchant_category,
    place,
    narrative,
    'both legs on one row' AS rule,
    100 AS score
FROM raw_leg
WHERE both_sides AND side = 'DBIT'
