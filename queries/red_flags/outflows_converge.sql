-- Indicator: HT47
-- Title: What leaves several such accounts meets at one account
-- Question: To which accounts do two or more accounts pay on whose money passes through, is collected or is gone at once?
-- Phase: recruitment, sexual exploitation, labour exploitation, laundering
-- Points to: the person for whom money is collected
-- Handling: follow
-- Innocent reasons: a landlord or creditor of all of them; a savings club (left out when the money comes back)
-- Source: FATF/APG 2018: the pattern of a victim is seen first and leads to the person behind
-- Calibration: all values are judgement; wages_flow_back is added to the three rules the source logic names
-- Uses: wages_gone_at_once, wages_flow_back, pass_through_account, many_payers_one_receiver
-- Parameters:
--   min_accounts INTEGER = 2  # accounts with hits that pay the same receiver
--   min_months INTEGER = 2  # months in which the receiver is paid
--   min_share DECIMAL(9,4) = 0.1  # least share of what an account paid on by transfer that went to the receiver
--   max_returned DECIMAL(9,4) = 0.5  # a receiver that pays back more than this share is left out
--   after_days INTEGER = 7  # payments count up to so many days after the last day of a hit
--   currency VARCHAR = EUR  # currency of the accounts
-- Columns: subject, first_on, last_on, amount, currency, transfers, paying_accounts
-- Grain: subject

WITH pooled AS (  -- accounts that stand for many people
    SELECT account.account_id
    FROM account
    INNER JOIN listed
        ON upper(account.account_id) = upper(listed.value) OR upper(account.name) = upper(listed.value)
    WHERE listed.list IN ('money_service', 'exchange', 'shelter')
),

hit AS (
    SELECT subject, first_on, last_on FROM wages_gone_at_once
    UNION
    SELECT subject, first_on, last_on FROM wages_flow_back
    UNION
    SELECT subject, first_on, last_on FROM pass_through_account
    UNION
    SELECT subject, first_on, last_on FROM many_payers_one_receiver
),

outflow AS (
    SELECT DISTINCT
        transfer.debtor_account_id AS payer, transfer.creditor_account_id AS account_id, transfer.transfer_id,
        transfer.booking_date, transfer.amount, transfer.currency
    FROM hit
    INNER JOIN transfer
        ON
            hit.subject = transfer.debtor_account_id
            AND hit.first_on <= transfer.booking_date
            AND date_diff('day', hit.last_on, transfer.booking_date) < $after_days
    WHERE
        transfer.kind = 'transfer' AND transfer.reverses IS NULL AND transfer.currency = $currency
        AND transfer.creditor_account_id != transfer.debtor_account_id
        AND transfer.creditor_account_id NOT IN (SELECT account_id FROM pooled)
),

shares AS (
    SELECT
        payer, account_id,
        cast(sum(amount) AS DECIMAL(28, 8)) AS paid,
        cast(sum(sum(amount)) OVER (PARTITION BY payer) AS DECIMAL(28, 8)) AS paid_in_all
    FROM outflow
    GROUP BY payer, account_id
),

returned AS (
    SELECT
        shares.account_id, shares.payer,
        cast(sum(transfer.amount) AS DECIMAL(28, 8)) AS amount
    FROM shares
    INNER JOIN transfer
        ON shares.account_id = transfer.debtor_account_id AND shares.payer = transfer.creditor_account_id
    WHERE transfer.kind = 'transfer' AND transfer.currency = $currency
    GROUP BY shares.account_id, shares.payer
)

SELECT
    outflow.account_id AS subject,
    min(outflow.booking_date) AS first_on,
    max(outflow.booking_date) AS last_on,
    cast(sum(outflow.amount) AS DECIMAL(28, 8)) AS amount,
    min(outflow.currency) AS currency,
    list_sort(list(outflow.transfer_id)) AS transfers,
    count(DISTINCT outflow.payer) AS paying_accounts
FROM outflow
INNER JOIN shares ON outflow.payer = shares.payer AND outflow.account_id = shares.account_id
LEFT JOIN returned ON outflow.payer = returned.payer AND outflow.account_id = returned.account_id
WHERE
    shares.paid >= $min_share * shares.paid_in_all
    AND coalesce(returned.amount, 0) <= $max_returned * shares.paid
GROUP BY outflow.account_id
HAVING
    count(DISTINCT outflow.payer) >= $min_accounts
    AND count(DISTINCT date_trunc('month', outflow.booking_date)) >= $min_months
