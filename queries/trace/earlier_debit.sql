-- Title: Debits before a credit that it may have been meant to pay for
-- Question: Which debits stood shortly before money came, on the same account, as if they had counted on it?
-- Method: candidates, never links. Per account a balance runs over opening balance and lines; what a debit takes beyond
--     it is owed, and credits repay what is owed, the oldest first. A debit is listed when the credit repaid what it
--     owed, when their amounts differ by at most $tolerance, or when both name the same other side or reference.
--     The table arrived (leg_id) holds the credits asked about.
-- Parameters: days INTEGER (days before the credit); tolerance DECIMAL (in the currency of the account)
-- Columns: credit_leg, debit_leg, account_id, currency, credit_date, debit_date, credit_amount, debit_amount, owed (what
--     the debit took beyond the balance), overdraft (what of that the credit repaid), in_window, why
-- Grain: credit_leg, debit_leg

WITH opened AS (
    SELECT
        account_id,
        currency,
        opening_balance
    FROM statement
    QUALIFY row_number() OVER (PARTITION BY account_id, currency ORDER BY from_date, until_date, statement_id) = 1
),

ran AS (
    SELECT
        leg.*,
        entry.end_to_end_id,
        coalesce(opened.opening_balance, 0) + sum(CASE WHEN leg.side = 'CRDT' THEN leg.amount ELSE -leg.amount END)
            OVER (PARTITION BY leg.account_id, leg.currency ORDER BY leg.position) AS balance,
        greatest(-coalesce(opened.opening_balance, 0), 0) AS owed_first
    FROM leg
    INNER JOIN entry ON leg.entry_id = entry.entry_id
    LEFT JOIN opened ON leg.account_id = opened.account_id AND leg.currency = opened.currency
),

moved AS (
    SELECT
        *,
        greatest(-balance, 0) - greatest(-(balance - CASE WHEN side = 'CRDT' THEN amount ELSE -amount END), 0) AS more
    FROM ran
),

summed AS (
    SELECT
        *,
        owed_first + sum(greatest(more, 0)) OVER on_account AS owed_until,
        sum(greatest(-more, 0)) OVER on_account AS repaid_until
    FROM moved
    WINDOW on_account AS (PARTITION BY account_id, currency ORDER BY position)
),

paired AS (
    SELECT
        credit.leg_id AS credit_leg,
        debit.leg_id AS debit_leg,
        credit.account_id,
        credit.currency,
        credit.booking_date AS credit_date,
        debit.booking_date AS debit_date,
        credit.amount AS credit_amount,
        debit.amount AS debit_amount,
        greatest(debit.more, 0) AS owed,
        CASE
            WHEN debit.more > 0 AND credit.more < 0
                THEN
                    greatest(
                        least(debit.owed_until, credit.repaid_until)
                        - greatest(debit.owed_until - debit.more, credit.repaid_until + credit.more),
                        0
                    )
            ELSE 0
        END AS overdraft,
        debit.booking_date >= credit.booking_date - cast($days AS INTEGER) AS in_window,
        abs(debit.amount - credit.amount) <= cast($tolerance AS DECIMAL(28, 8)) AS same_amount,
        coalesce(debit.counterparty_account_id = credit.counterparty_account_id, FALSE) AS same_account,
        coalesce(upper(debit.counterparty_name) = upper(credit.counterparty_name), FALSE) AS same_name,
        coalesce(debit.end_to_end_id = credit.end_to_end_id, FALSE) AS same_reference
    FROM summed AS credit
    INNER JOIN arrived ON credit.leg_id = arrived.leg_id
    INNER JOIN summed AS debit
        ON
            credit.account_id = debit.account_id
            AND credit.currency = debit.currency
            AND credit.position > debit.position
    WHERE credit.side = 'CRDT' AND debit.side = 'DBIT'
)

SELECT
    credit_leg,
    debit_leg,
    account_id,
    currency,
    credit_date,
    debit_date,
    credit_amount,
    debit_amount,
    cast(owed AS DECIMAL(28, 8)) AS owed,
    cast(overdraft AS DECIMAL(28, 8)) AS overdraft,
    in_window,
    concat_ws(
        '; ',
        CASE WHEN overdraft > 0 THEN 'the credit repaid what it owed' END,
        CASE WHEN same_amount THEN 'same amount' END,
        CASE WHEN same_account THEN 'same other account' END,
        CASE WHEN same_name AND NOT same_account THEN 'same other name' END,
        CASE WHEN same_reference THEN 'same reference' END
    ) AS why
FROM paired
ORDER BY credit_date ASC, credit_leg ASC, debit_date DESC, debit_leg ASC
