-- Title: Money that went to or came from places whose records are not held
-- Question: Which accounts and cash machines outside the case does the money of the case touch, and with how much?
-- Method: what is listed is what an investigator may ask for without pointing at a third person or to where a protected
--   person lives. Of a holder who may be named everything is listed: receivers, payers, shops, machines. Of anyone else
--   only platforms, receivers of transfers that another holder pays too and, unless a role protects the holder,
--   receivers on a trail or in a hit. Everything else is counted under shown = FALSE, without an account or a place.
-- Needs: nameable (party_id): parties that may be named; guarded (party_id): parties with a role that protects;
--   asked (transfer_id, about, linked): transfers asked about
-- Columns: about, account_id, kind, place, currency, bank, shown, sent, received, linked, transfers, first_on, last_on
-- Grain: about, account_id, kind, place, currency, bank, shown

WITH holders AS (
    SELECT
        account.account_id, account.bank,
        coalesce(account.holder_party_id, account.account_id) AS holder,
        nameable.party_id IS NOT NULL AS may_be_named,
        guarded.party_id IS NOT NULL AS is_guarded
    FROM account
    LEFT JOIN nameable ON account.holder_party_id = nameable.party_id
    LEFT JOIN guarded ON account.holder_party_id = guarded.party_id
),

met AS (  -- receivers that several holders pay
    SELECT leg.counterparty_account_id
    FROM leg
    INNER JOIN holders ON leg.account_id = holders.account_id
    WHERE leg.side = 'DBIT' AND leg.kind = 'transfer'
    GROUP BY leg.counterparty_account_id
    HAVING count(DISTINCT holders.holder) >= 2
),

hidden AS (  -- accounts of protected persons, shelters and lawyers
    SELECT account.account_id
    FROM account
    LEFT JOIN nameable ON account.holder_party_id = nameable.party_id
    WHERE account.holder_party_id IS NOT NULL AND nameable.party_id IS NULL
    UNION
    SELECT account.account_id
    FROM account
    INNER JOIN listed
        ON upper(account.account_id) = upper(listed.value) OR upper(account.name) = upper(listed.value)
    WHERE listed.list IN ('shelter', 'privileged')
),

platforms AS (  -- asked whoever paid them: they tell nothing of where a person is
    SELECT account.account_id
    FROM account
    INNER JOIN listed
        ON upper(account.account_id) = upper(listed.value) OR upper(account.name) = upper(listed.value)
    WHERE listed.list IN ('adult_adverts', 'exchange', 'money_service', 'prepaid')
),

everyday AS (
    SELECT first_code, last_code
    FROM merchant_group
    WHERE merchant_group IN ('grocery', 'restaurant', 'drugstore', 'beauty')
),

moved AS (
    SELECT
        leg.transfer_id, leg.side, leg.amount, leg.currency, leg.booking_date, leg.counterparty_account_id, leg.place,
        holders.bank, asked.about, asked.linked,
        leg.kind IN ('cash_deposit', 'cash_withdrawal') AS is_cash,
        CASE
            WHEN leg.kind IN ('cash_deposit', 'cash_withdrawal') THEN holders.may_be_named AND leg.place IS NOT NULL
            WHEN leg.counterparty_account_id IN (SELECT account_id FROM hidden) THEN FALSE
            WHEN leg.counterparty_account_id IN (SELECT account_id FROM platforms) THEN TRUE
            WHEN leg.side = 'DBIT' AND leg.kind = 'transfer'
                THEN
                    holders.may_be_named
                    OR (NOT holders.is_guarded AND (asked.about IS NOT NULL OR asked.linked IS NOT NULL))
                    OR leg.counterparty_account_id IN (SELECT counterparty_account_id FROM met)
            ELSE holders.may_be_named
        END AS shown
    FROM leg
    INNER JOIN asked ON leg.transfer_id = asked.transfer_id
    INNER JOIN holders ON leg.account_id = holders.account_id
    WHERE
        leg.kind NOT IN ('fee', 'interest') AND NOT leg.is_reversal AND NOT leg.counterparty_inside
        AND (leg.counterparty_account_id IS NOT NULL OR leg.kind IN ('cash_deposit', 'cash_withdrawal'))
        AND coalesce(leg.counterparty_account_id, '') NOT LIKE 'boundary:%'
        AND NOT EXISTS (
            SELECT 1
            FROM everyday
            WHERE leg.merchant_category BETWEEN everyday.first_code AND everyday.last_code
        )
)

SELECT
    about,
    CASE WHEN shown AND NOT is_cash THEN counterparty_account_id END AS account_id,
    CASE WHEN is_cash THEN 'cash_machine' ELSE 'account' END AS kind,
    CASE WHEN shown AND is_cash THEN place END AS place,
    currency,
    CASE WHEN shown AND is_cash THEN bank END AS bank,
    shown,
    cast(coalesce(sum(amount) FILTER (WHERE side = 'DBIT'), 0) AS DECIMAL(28, 8)) AS sent,
    cast(coalesce(sum(amount) FILTER (WHERE side = 'CRDT'), 0) AS DECIMAL(28, 8)) AS received,
    cast(sum(linked) AS DECIMAL(28, 8)) AS linked,
    count(*) AS transfers,
    min(booking_date) AS first_on,
    max(booking_date) AS last_on
FROM moved
GROUP BY ALL
