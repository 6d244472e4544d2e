-- Indicator: HT25
-- Title: Wages flow back to the employer or an account linked to it
-- Question: Which workers pay a large part of a wage back to the employer, or to an account that exchanges money with it?
-- Phase: labour exploitation
-- Points to: a worker whose wage is taken back, then the receiver
-- Handling: protect, follow
-- Innocent reasons: an advance repaid (deducted when it is seen); shares in a worker-owned firm; a worker who also supplies the firm
-- Source: AMLTRIX IND03003; FinCEN FIN-2014-A008
-- Calibration: share and days are judgement
-- Parameters:
--   min_share DECIMAL(9,4) = 0.5  # of the wage, advances of the same circle deducted
--   within_days INTEGER = 7  # window from the pay day, in days
--   advance_days INTEGER = 31  # money that the circle paid so many days before the pay day is an advance
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, receiver, wage, advance
-- Grain: subject, first_on

WITH wages AS (
    SELECT
        leg.account_id, leg.counterparty_account_id AS firm, leg.booking_date AS pay_on,
        cast(sum(leg.amount) AS DECIMAL(28, 8)) AS wage
    FROM leg
    INNER JOIN purpose_group ON leg.purpose_code = purpose_group.purpose_code AND purpose_group.purpose_group = 'wage'
    WHERE leg.side = 'CRDT' AND NOT leg.is_reversal AND leg.currency = $currency
    GROUP BY leg.account_id, leg.counterparty_account_id, leg.booking_date
),

circle AS (  -- the firm, and every account that exchanges money with it and is no worker's
    SELECT firm, firm AS account_id FROM wages
    UNION
    SELECT transfer.debtor_account_id AS firm, transfer.creditor_account_id AS account_id
    FROM transfer
    WHERE transfer.kind = 'transfer' AND transfer.creditor_account_id NOT IN (SELECT account_id FROM wages)
    UNION
    SELECT transfer.creditor_account_id AS firm, transfer.debtor_account_id AS account_id
    FROM transfer
    WHERE transfer.kind = 'transfer' AND transfer.debtor_account_id NOT IN (SELECT account_id FROM wages)
),

moved AS (  -- between a worker and the circle, around a pay day
    SELECT
        wages.account_id, wages.firm, wages.pay_on, wages.wage, leg.transfer_id, leg.booking_date, leg.amount,
        leg.currency, leg.counterparty_account_id, leg.side
    FROM wages
    INNER JOIN circle ON wages.firm = circle.firm
    INNER JOIN leg ON wages.account_id = leg.account_id AND circle.account_id = leg.counterparty_account_id
    WHERE
        leg.kind = 'transfer' AND NOT leg.is_reversal AND leg.currency = $currency
        AND (leg.side = 'DBIT' OR coalesce(leg.purpose_code, '') NOT IN (SELECT purpose_code FROM purpose_group))
        AND date_diff('day', wages.pay_on, leg.booking_date) < $within_days
        AND date_diff('day', leg.booking_date, wages.pay_on) <= $advance_days
        AND (leg.side = 'DBIT') = (wages.pay_on <= leg.booking_date)
),

receivers AS (
    SELECT
        account_id, firm, pay_on, counterparty_account_id,
        row_number() OVER (
            PARTITION BY account_id, firm, pay_on ORDER BY sum(amount) DESC, counterparty_account_id ASC
        ) AS order_no
    FROM moved
    WHERE side = 'DBIT'
    GROUP BY account_id, firm, pay_on, counterparty_account_id
),

back AS (
    SELECT
        moved.account_id, moved.firm, moved.pay_on, moved.wage,
        max(moved.booking_date) AS last_on,
        min(moved.currency) AS currency,
        cast(sum(moved.amount) FILTER (WHERE moved.side = 'DBIT') AS DECIMAL(28, 8)) AS amount,
        cast(coalesce(sum(moved.amount) FILTER (WHERE moved.side = 'CRDT'), 0) AS DECIMAL(28, 8)) AS advance,
        list_sort(list(moved.transfer_id) FILTER (WHERE moved.side = 'DBIT')) AS transfers,
        min(receivers.counterparty_account_id) AS receiver
    FROM moved
    INNER JOIN receivers
        ON
            moved.account_id = receivers.account_id AND moved.firm = receivers.firm AND moved.pay_on = receivers.pay_on
            AND receivers.order_no = 1
    GROUP BY moved.account_id, moved.firm, moved.pay_on, moved.wage
)

SELECT account_id AS subject, pay_on AS first_on, last_on, amount, currency, transfers, receiver, wage, advance
FROM back
WHERE amount - advance >= $min_share * wage
QUALIFY row_number() OVER (PARTITION BY account_id, pay_on ORDER BY amount DESC, firm ASC) = 1
