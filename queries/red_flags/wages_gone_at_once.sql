-- Indicator: HT24
-- Title: Wages gone at once
-- Question: Which accounts are emptied right after each wage?
-- Phase: labour exploitation
-- Points to: a worker whose wage is taken, then the receiver of the money
-- Handling: protect, follow
-- Innocent reasons: seasonal workers who send their wage home; people who live on cash; a joint account elsewhere
-- Source: FinCEN FIN-2020-A008; AMLTRIX IND03003; FATF/APG 2018 (from memory)
-- Calibration: share and cycles are judgement; 24 hours are taken as the pay day and the day after
-- Parameters:
--   min_share DECIMAL(9,4) = 0.9  # of all that came in within the window
--   within_days INTEGER = 2  # window from the pay day, in days
--   min_cycles INTEGER = 3  # pay days on which it happens
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, receiver, cycles
-- Grain: subject

WITH wages AS (
    SELECT leg.account_id, leg.booking_date AS pay_on
    FROM leg
    INNER JOIN purpose_group ON leg.purpose_code = purpose_group.purpose_code AND purpose_group.purpose_group = 'wage'
    WHERE leg.side = 'CRDT' AND NOT leg.is_reversal AND leg.currency = $currency
    GROUP BY leg.account_id, leg.booking_date
),

moved AS (
    SELECT
        wages.account_id, wages.pay_on, leg.transfer_id, leg.booking_date, leg.side, leg.amount, leg.currency,
        leg.counterparty_account_id
    FROM wages
    INNER JOIN leg
        ON
            wages.account_id = leg.account_id
            AND wages.pay_on <= leg.booking_date
            AND date_diff('day', wages.pay_on, leg.booking_date) < $within_days
    WHERE NOT leg.is_reversal AND leg.currency = $currency
),

emptied AS (
    SELECT account_id, pay_on
    FROM moved
    GROUP BY account_id, pay_on
    HAVING
        cast(sum(amount) FILTER (WHERE side = 'DBIT') AS DECIMAL(28, 8))
        >= $min_share * cast(sum(amount) FILTER (WHERE side = 'CRDT') AS DECIMAL(28, 8))
),

cycles AS (
    SELECT account_id, count(*) AS cycles
    FROM emptied
    GROUP BY account_id
    HAVING count(*) >= $min_cycles
),

fired AS (  -- each payment once, also where the windows of two pay days overlap
    SELECT DISTINCT
        moved.account_id, moved.transfer_id, moved.booking_date, moved.side, moved.amount, moved.currency,
        moved.counterparty_account_id, cycles.cycles
    FROM moved
    INNER JOIN emptied ON moved.account_id = emptied.account_id AND moved.pay_on = emptied.pay_on
    INNER JOIN cycles ON moved.account_id = cycles.account_id
),

receivers AS (
    SELECT
        account_id, counterparty_account_id,
        row_number() OVER (
            PARTITION BY account_id ORDER BY sum(amount) DESC, counterparty_account_id ASC
        ) AS order_no
    FROM fired
    WHERE side = 'DBIT' AND counterparty_account_id IS NOT NULL
    GROUP BY account_id, counterparty_account_id
)

SELECT
    fired.account_id AS subject,
    min(fired.booking_date) AS first_on,
    max(fired.booking_date) AS last_on,
    cast(sum(fired.amount) FILTER (WHERE fired.side = 'DBIT') AS DECIMAL(28, 8)) AS amount,
    min(fired.currency) AS currency,
    list_sort(list(fired.transfer_id)) AS transfers,
    min(receivers.counterparty_account_id) AS receiver,
    min(fired.cycles) AS cycles
FROM fired
LEFT JOIN receivers ON fired.account_id = receivers.account_id AND receivers.order_no = 1
GROUP BY fired.account_id
