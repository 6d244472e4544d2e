-- Indicator: HT19
-- Title: Loan passed on at once
-- Question: Which new accounts take a loan and pay almost all of it on within days?
-- Phase: recruitment, labour exploitation
-- Points to: a person made to take a loan, then the receiver of the money
-- Handling: protect, follow
-- Innocent reasons: a car or a deposit for a flat bought with the loan; an earlier loan replaced
-- Source: FATF/APG 2018; OSCE compendium 2019 (both from memory)
-- Calibration: all values are judgement; 72 hours are taken as four calendar days; the first entry held stands for the opening of the account
-- Parameters:
--   first_days INTEGER = 90  # the loan comes within so many days of the first entry on the account
--   within_days INTEGER = 4  # days in which it is paid on, the day of the loan included
--   min_share DECIMAL(9,4) = 0.8  # least share of the loan that goes to one receiver
--   currency VARCHAR = EUR  # currency of the account
-- Columns: subject, first_on, last_on, amount, currency, transfers, receiver, loan
-- Grain: subject, first_on

WITH seen AS (
    SELECT account_id, min(booking_date) AS first_seen_on
    FROM leg
    GROUP BY account_id
),

loans AS (
    SELECT
        leg.account_id, leg.booking_date,
        min(leg.currency) AS currency,
        cast(sum(leg.amount) AS DECIMAL(28, 8)) AS loan,
        min(leg.transfer_id) AS loan_transfer_id
    FROM leg
    INNER JOIN purpose_group ON leg.purpose_code = purpose_group.purpose_code AND purpose_group.purpose_group = 'loan'
    INNER JOIN seen ON leg.account_id = seen.account_id
    WHERE
        leg.side = 'CRDT' AND NOT leg.is_reversal AND leg.currency = $currency
        AND date_diff('day', seen.first_seen_on, leg.booking_date) < $first_days
    GROUP BY leg.account_id, leg.booking_date
),

passed_on AS (
    SELECT
        loans.account_id, loans.booking_date, loans.currency, loans.loan, loans.loan_transfer_id,
        leg.counterparty_account_id AS receiver,
        max(leg.booking_date) AS last_on,
        cast(sum(leg.amount) AS DECIMAL(28, 8)) AS amount,
        list(leg.transfer_id) AS transfers
    FROM loans
    INNER JOIN leg
        ON
            loans.account_id = leg.account_id
            AND loans.booking_date <= leg.booking_date
            AND date_diff('day', loans.booking_date, leg.booking_date) < $within_days
    WHERE
        leg.side = 'DBIT' AND NOT leg.is_reversal AND leg.currency = $currency
        AND leg.kind IN ('transfer', 'cash_withdrawal')
    GROUP BY ALL
)

SELECT
    account_id AS subject,
    booking_date AS first_on,
    last_on,
    amount,
    currency,
    list_sort(list_append(transfers, loan_transfer_id)) AS transfers,
    receiver,
    loan
FROM passed_on
WHERE amount >= $min_share * loan
QUALIFY row_number() OVER (PARTITION BY account_id, booking_date ORDER BY amount DESC, receiver ASC) = 1
