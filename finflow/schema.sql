-- The tables of one case, schema version 6. Three layers, as in GLOSSARY.md:
--   evidence  appended, never updated: what a file held, and what became of each of its records. The tables stand in the
--             schema `evidence`; everything reads the views of the same names, which leave out withdrawn files and the
--             content of privileged payments. The tables of side evidence are not here: finflow/side/tables.py makes
--             them from the templates
--   people    appended: what persons decided, listed and registered
--   derived   dropped and rebuilt by resolve(): a pure function of the two layers above
-- Amounts are exact decimals with eight places, always positive; the side says which way the money went.
-- Windows are half-open: from_date is inside, until_date is not.

CREATE TABLE meta (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
COMMENT ON TABLE meta IS 'Facts about the case file itself';
COMMENT ON COLUMN meta.key IS 'Name of the fact, for example schema_version';
COMMENT ON COLUMN meta.value IS 'Its value as text';

-- ---------------------------------------------------------------------------------------------- evidence

CREATE SCHEMA evidence;

CREATE TABLE evidence.source_file (
    file_id VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    size_bytes BIGINT NOT NULL,
    format VARCHAR NOT NULL,
    mapping_id VARCHAR,
    records BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    obtained_by VARCHAR,
    authority VARCHAR,
    reference VARCHAR,
    obtained_on DATE,
    use_limits VARCHAR,
    expires_on DATE,
    handling_code VARCHAR,
    evaluation VARCHAR,
    loaded_by VARCHAR NOT NULL,
    loaded_at TIMESTAMP NOT NULL,
    CHECK (records = entries + rejected + skipped)
);
COMMENT ON TABLE evidence.source_file IS 'A file as received, and the right to use it. Grain: one row per distinct content';
COMMENT ON COLUMN evidence.source_file.file_id IS 'SHA-256 of the bytes, 64 hexadecimal digits';
COMMENT ON COLUMN evidence.source_file.name IS 'File name as received, without folders';
COMMENT ON COLUMN evidence.source_file.size_bytes IS 'Size in bytes';
COMMENT ON COLUMN evidence.source_file.format IS 'csv, xlsx, parquet, camt.052, camt.053, camt.054, mt940, ofx, pdf, keyed, goaml, ftm, utxo or rates; side evidence: its template first, as in adverts: csv';
COMMENT ON COLUMN evidence.source_file.mapping_id IS 'The mapping it was read with; NULL when none was needed';
COMMENT ON COLUMN evidence.source_file.records IS 'Records found; always entries + rejected + skipped';
COMMENT ON COLUMN evidence.source_file.entries IS 'Records that became an entry, or a row of side evidence';
COMMENT ON COLUMN evidence.source_file.rejected IS 'Records that could not become one';
COMMENT ON COLUMN evidence.source_file.skipped IS 'Records left out by a named rule';
COMMENT ON COLUMN evidence.source_file.obtained_by IS 'JIT measure, production order, EIO, MLA, account register, FIU, voluntary, seizure or open source; NULL = right not recorded';
COMMENT ON COLUMN evidence.source_file.authority IS 'Authority that obtained it';
COMMENT ON COLUMN evidence.source_file.reference IS 'Its reference for the measure';
COMMENT ON COLUMN evidence.source_file.obtained_on IS 'Day it was obtained';
COMMENT ON COLUMN evidence.source_file.use_limits IS 'Limits on use, in words';
COMMENT ON COLUMN evidence.source_file.expires_on IS 'Day the right to use it ends; that day is outside';
COMMENT ON COLUMN evidence.source_file.handling_code IS 'Europol handling code H0 to H3';
COMMENT ON COLUMN evidence.source_file.evaluation IS 'Evaluation of source and information (4x4), for example A1';
COMMENT ON COLUMN evidence.source_file.loaded_by IS 'User who loaded it';
COMMENT ON COLUMN evidence.source_file.loaded_at IS 'When it was loaded, UTC';

CREATE TABLE evidence.earlier_reading (
    file_id VARCHAR NOT NULL,
    mapping_id VARCHAR,
    records BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    loaded_by VARCHAR NOT NULL,
    loaded_at TIMESTAMP NOT NULL,
    read_again_by VARCHAR NOT NULL,
    read_again_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE evidence.earlier_reading IS 'How a file was read before a person had it read again with another mapping; original and mapping give the same rows again';
COMMENT ON COLUMN evidence.earlier_reading.file_id IS 'The source file';
COMMENT ON COLUMN evidence.earlier_reading.mapping_id IS 'The mapping it was read with then';
COMMENT ON COLUMN evidence.earlier_reading.records IS 'Records found then';
COMMENT ON COLUMN evidence.earlier_reading.entries IS 'Records that became an entry then';
COMMENT ON COLUMN evidence.earlier_reading.rejected IS 'Records that could not become an entry then';
COMMENT ON COLUMN evidence.earlier_reading.skipped IS 'Records left out by a named rule then';
COMMENT ON COLUMN evidence.earlier_reading.loaded_by IS 'User who loaded it then';
COMMENT ON COLUMN evidence.earlier_reading.loaded_at IS 'When it was loaded then, UTC';
COMMENT ON COLUMN evidence.earlier_reading.read_again_by IS 'User who had it read again';
COMMENT ON COLUMN evidence.earlier_reading.read_again_at IS 'When it was read again, UTC';

CREATE TABLE evidence.mapping (mapping_id VARCHAR PRIMARY KEY, name VARCHAR NOT NULL, content VARCHAR NOT NULL);
COMMENT ON TABLE evidence.mapping IS 'Mappings files were read with, kept so that a load can be repeated';
COMMENT ON COLUMN evidence.mapping.mapping_id IS 'SHA-256 of the content';
COMMENT ON COLUMN evidence.mapping.name IS 'File name of the mapping, or proposed';
COMMENT ON COLUMN evidence.mapping.content IS 'The TOML text';

CREATE TABLE evidence.statement (
    statement_id VARCHAR PRIMARY KEY,
    file_id VARCHAR NOT NULL,
    locator VARCHAR NOT NULL,
    account_id VARCHAR NOT NULL,
    holder_name VARCHAR,
    bank VARCHAR,
    currency VARCHAR NOT NULL,
    from_date DATE NOT NULL,
    until_date DATE NOT NULL,
    opening_balance DECIMAL(28, 8),
    closing_balance DECIMAL(28, 8),
    bank_statement_id VARCHAR
);
COMMENT ON TABLE evidence.statement IS 'One account over one period, as one source file states it';
COMMENT ON COLUMN evidence.statement.statement_id IS 'First 16 digits of file_id, a colon, the locator';
COMMENT ON COLUMN evidence.statement.file_id IS 'The source file';
COMMENT ON COLUMN evidence.statement.locator IS 'Where in the file: line span or element path';
COMMENT ON COLUMN evidence.statement.account_id IS 'The account it is about: IBAN, or bank/number';
COMMENT ON COLUMN evidence.statement.holder_name IS 'Holder as the bank prints it';
COMMENT ON COLUMN evidence.statement.bank IS 'BIC of the bank, else its name from the mapping';
COMMENT ON COLUMN evidence.statement.currency IS 'ISO 4217 code of the account';
COMMENT ON COLUMN evidence.statement.from_date IS 'First day covered';
COMMENT ON COLUMN evidence.statement.until_date IS 'Day after the last day covered';
COMMENT ON COLUMN evidence.statement.opening_balance IS 'Signed booked balance before the first entry; NULL = not supplied';
COMMENT ON COLUMN evidence.statement.closing_balance IS 'Signed booked balance after the last entry; NULL = not supplied';
COMMENT ON COLUMN evidence.statement.bank_statement_id IS 'The number the bank gave the statement';

-- Entries of sources that print nothing beyond the columns of short_entry stand there: what a column holds nothing for
-- costs a sixth of writing. Everything else reads the view evidence.entry, which is both. Texts that differ from line to
-- line are packed as zstd, texts that most sources never print as dict_fsst, flags as rle: each is written in half the
-- time, and read as fast.
CREATE TABLE evidence.short_entry (
    entry_id VARCHAR NOT NULL USING COMPRESSION zstd,
    file_id VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    statement_id VARCHAR NOT NULL,
    account_id VARCHAR NOT NULL,
    side VARCHAR NOT NULL,
    amount DECIMAL(28, 8) NOT NULL,
    currency VARCHAR NOT NULL,
    booking_date DATE NOT NULL,
    booked_at TIMESTAMP,
    value_date DATE,
    balance_after DECIMAL(28, 8),
    is_reversal BOOLEAN NOT NULL DEFAULT FALSE USING COMPRESSION rle,
    counterparty_account_id VARCHAR USING COMPRESSION zstd,
    counterparty_name VARCHAR USING COMPRESSION zstd,
    counterparty_bank VARCHAR USING COMPRESSION dict_fsst,
    kind VARCHAR NOT NULL,
    bank_reference VARCHAR USING COMPRESSION zstd,
    narrative VARCHAR USING COMPRESSION zstd
);
CREATE TABLE evidence.long_entry (
    entry_id VARCHAR NOT NULL USING COMPRESSION zstd,
    file_id VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    statement_id VARCHAR NOT NULL,
    account_id VARCHAR NOT NULL,
    side VARCHAR NOT NULL,
    amount DECIMAL(28, 8) NOT NULL,
    currency VARCHAR NOT NULL,
    booking_date DATE NOT NULL,
    booked_at TIMESTAMP,
    value_date DATE,
    balance_after DECIMAL(28, 8),
    is_reversal BOOLEAN NOT NULL DEFAULT FALSE USING COMPRESSION rle,
    counterparty_account_id VARCHAR USING COMPRESSION zstd,
    counterparty_name VARCHAR USING COMPRESSION zstd,
    counterparty_bank VARCHAR USING COMPRESSION dict_fsst,
    kind VARCHAR NOT NULL,
    bank_reference VARCHAR USING COMPRESSION zstd,
    narrative VARCHAR USING COMPRESSION zstd,
    both_sides BOOLEAN NOT NULL DEFAULT FALSE USING COMPRESSION rle,
    purpose_code VARCHAR USING COMPRESSION dict_fsst,
    merchant_category VARCHAR USING COMPRESSION dict_fsst,
    place VARCHAR USING COMPRESSION dict_fsst,
    end_to_end_id VARCHAR USING COMPRESSION zstd,
    uetr VARCHAR USING COMPRESSION dict_fsst,
    instructed_amount DECIMAL(28, 8),
    instructed_currency VARCHAR USING COMPRESSION dict_fsst,
    ultimate_name VARCHAR USING COMPRESSION dict_fsst,
    bank_transaction_code VARCHAR USING COMPRESSION dict_fsst,
    details BIGINT NOT NULL DEFAULT 0 USING COMPRESSION rle
);
COMMENT ON TABLE evidence.short_entry IS 'Entries with the columns that nearly every source prints';
COMMENT ON TABLE evidence.long_entry IS 'Entries with all columns';
CREATE VIEW evidence.entry AS
SELECT
    entry_id, file_id, substr(entry_id, 18) AS locator, seq, statement_id, account_id, side, amount, currency,
    booking_date, booked_at, value_date, balance_after, is_reversal, both_sides, counterparty_account_id,
    counterparty_name, counterparty_bank, kind, purpose_code, merchant_category, place, end_to_end_id, uetr,
    instructed_amount, instructed_currency, ultimate_name, bank_reference, bank_transaction_code, narrative,
    details
FROM (
    SELECT * FROM evidence.long_entry
    UNION ALL BY NAME SELECT *, FALSE AS both_sides, 0::BIGINT AS details FROM evidence.short_entry
);
COMMENT ON VIEW evidence.entry IS 'One line of one statement, as the bank printed it';
COMMENT ON COLUMN evidence.entry.entry_id IS 'First 16 digits of file_id, a colon, the locator';
COMMENT ON COLUMN evidence.entry.file_id IS 'The source file';
COMMENT ON COLUMN evidence.entry.locator IS 'Where in the file: L17, L17-19, Stmt[1]/Ntry[5]';
COMMENT ON COLUMN evidence.entry.seq IS 'Order in the file, from 1';
COMMENT ON COLUMN evidence.entry.statement_id IS 'The statement it stands on';
COMMENT ON COLUMN evidence.entry.account_id IS 'The account whose statement it stands on';
COMMENT ON COLUMN evidence.entry.side IS 'CRDT or DBIT (ISO 20022), as it moved the balance; a reversal has the side of the reversal';
COMMENT ON COLUMN evidence.entry.amount IS 'Positive amount in currency';
COMMENT ON COLUMN evidence.entry.currency IS 'ISO 4217 code of the account';
COMMENT ON COLUMN evidence.entry.booking_date IS 'Day the bank booked it';
COMMENT ON COLUMN evidence.entry.booked_at IS 'Moment the bank booked it, in the time zone of the case; NULL when only the day is printed';
COMMENT ON COLUMN evidence.entry.value_date IS 'Value date';
COMMENT ON COLUMN evidence.entry.balance_after IS 'Signed running balance printed beside it';
COMMENT ON COLUMN evidence.entry.is_reversal IS 'The bank marks it as reversing an earlier entry';
COMMENT ON COLUMN evidence.entry.both_sides IS 'Row of a two-sided ledger whose counterparty is inside the case too: it is both legs';
COMMENT ON COLUMN evidence.entry.counterparty_account_id IS 'Account on the other side: IBAN, or bank/number; NULL when not printed';
COMMENT ON COLUMN evidence.entry.counterparty_name IS 'Name on the other side as printed';
COMMENT ON COLUMN evidence.entry.counterparty_bank IS 'BIC or name of the bank on the other side';
COMMENT ON COLUMN evidence.entry.kind IS 'transfer, cash_deposit, cash_withdrawal, card_payment, card_receipts, direct_debit, fee, interest or other';
COMMENT ON COLUMN evidence.entry.purpose_code IS 'ISO 20022 external purpose code, for example SALA';
COMMENT ON COLUMN evidence.entry.merchant_category IS 'ISO 18245 merchant category code, four digits';
COMMENT ON COLUMN evidence.entry.place IS 'Town of the machine, counter or shop as printed';
COMMENT ON COLUMN evidence.entry.end_to_end_id IS 'Reference the payer gave, carried through to the payee';
COMMENT ON COLUMN evidence.entry.uetr IS 'Unique end-to-end transaction reference (UUID), the same at every bank of a payment';
COMMENT ON COLUMN evidence.entry.instructed_amount IS 'What the payer instructed, in instructed_currency; differs from amount by fees or exchange';
COMMENT ON COLUMN evidence.entry.instructed_currency IS 'ISO 4217 code of the instructed amount';
COMMENT ON COLUMN evidence.entry.ultimate_name IS 'Ultimate debtor or creditor on the other side as printed: for whom the counterparty acts';
COMMENT ON COLUMN evidence.entry.bank_reference IS 'Reference the account-servicing bank gave';
COMMENT ON COLUMN evidence.entry.bank_transaction_code IS 'The code the bank printed, for example PMNT/CNTR/CDPT or NTRF';
COMMENT ON COLUMN evidence.entry.narrative IS 'Remittance text as printed';
COMMENT ON COLUMN evidence.entry.details IS 'Number of rows in detail; 0 when the entry is one payment';

CREATE TABLE evidence.detail (
    entry_id VARCHAR NOT NULL,
    detail_no BIGINT NOT NULL,
    amount DECIMAL(28, 8) NOT NULL,
    counterparty_account_id VARCHAR,
    counterparty_name VARCHAR,
    counterparty_bank VARCHAR,
    purpose_code VARCHAR,
    end_to_end_id VARCHAR,
    uetr VARCHAR,
    instructed_amount DECIMAL(28, 8),
    instructed_currency VARCHAR,
    ultimate_name VARCHAR,
    narrative VARCHAR
);
COMMENT ON TABLE evidence.detail IS 'The payments inside a batch entry; their amounts add up to the entry';
COMMENT ON COLUMN evidence.detail.entry_id IS 'The entry';
COMMENT ON COLUMN evidence.detail.detail_no IS 'Order inside the entry, from 1';
COMMENT ON COLUMN evidence.detail.amount IS 'Positive amount in the currency of the entry';
COMMENT ON COLUMN evidence.detail.counterparty_account_id IS 'Account on the other side';
COMMENT ON COLUMN evidence.detail.counterparty_name IS 'Name on the other side as printed';
COMMENT ON COLUMN evidence.detail.counterparty_bank IS 'BIC or name of the bank on the other side';
COMMENT ON COLUMN evidence.detail.purpose_code IS 'ISO 20022 external purpose code';
COMMENT ON COLUMN evidence.detail.end_to_end_id IS 'Reference the payer gave';
COMMENT ON COLUMN evidence.detail.uetr IS 'As in entry.uetr';
COMMENT ON COLUMN evidence.detail.instructed_amount IS 'As in entry.instructed_amount';
COMMENT ON COLUMN evidence.detail.instructed_currency IS 'As in entry.instructed_currency';
COMMENT ON COLUMN evidence.detail.ultimate_name IS 'As in entry.ultimate_name';
COMMENT ON COLUMN evidence.detail.narrative IS 'Remittance text as printed';

CREATE TABLE evidence.rejected_row (file_id VARCHAR NOT NULL, locator VARCHAR NOT NULL, reason VARCHAR NOT NULL, raw VARCHAR NOT NULL);
COMMENT ON TABLE evidence.rejected_row IS 'Records that could not become an entry, kept whole';
COMMENT ON COLUMN evidence.rejected_row.file_id IS 'The source file';
COMMENT ON COLUMN evidence.rejected_row.locator IS 'Where in the file';
COMMENT ON COLUMN evidence.rejected_row.reason IS 'Why, naming the column and never its value';
COMMENT ON COLUMN evidence.rejected_row.raw IS 'The record as it stands in the file';

CREATE TABLE evidence.skipped_row (file_id VARCHAR NOT NULL, locator VARCHAR NOT NULL, rule VARCHAR NOT NULL);
COMMENT ON TABLE evidence.skipped_row IS 'Records left out on purpose';
COMMENT ON COLUMN evidence.skipped_row.file_id IS 'The source file';
COMMENT ON COLUMN evidence.skipped_row.locator IS 'Where in the file';
COMMENT ON COLUMN evidence.skipped_row.rule IS 'The named rule, for example pending entry';

CREATE TABLE evidence.rate (
    file_id VARCHAR NOT NULL, locator VARCHAR NOT NULL, from_date DATE NOT NULL, currency VARCHAR NOT NULL,
    per_euro DECIMAL(28, 8) NOT NULL
);
COMMENT ON TABLE evidence.rate IS 'Exchange rates a person supplied, for currencies without a published reference rate';
COMMENT ON COLUMN evidence.rate.file_id IS 'The source file';
COMMENT ON COLUMN evidence.rate.locator IS 'Line in the file';
COMMENT ON COLUMN evidence.rate.from_date IS 'First day it holds; until the next one of that currency';
COMMENT ON COLUMN evidence.rate.currency IS 'ISO 4217 code';
COMMENT ON COLUMN evidence.rate.per_euro IS 'Units of the currency for one euro';

CREATE TABLE evidence.tombstone (
    file_id VARCHAR NOT NULL,
    entry_id VARCHAR,
    order_reference VARCHAR NOT NULL,
    expunged_by VARCHAR NOT NULL,
    why VARCHAR NOT NULL,
    expunged_on DATE NOT NULL
);
COMMENT ON TABLE evidence.tombstone IS 'What was expunged: ids and the order alone. Grain: one row per file or entry expunged';
COMMENT ON COLUMN evidence.tombstone.file_id IS 'SHA-256 of the file as it was received';
COMMENT ON COLUMN evidence.tombstone.entry_id IS 'The entry; NULL when the whole file was expunged';
COMMENT ON COLUMN evidence.tombstone.order_reference IS 'The order it was expunged under';
COMMENT ON COLUMN evidence.tombstone.expunged_by IS 'Person or function who had it expunged';
COMMENT ON COLUMN evidence.tombstone.why IS 'Reason in words';
COMMENT ON COLUMN evidence.tombstone.expunged_on IS 'Day it was expunged';

-- ------------------------------------------------------------------------------------------------ people

CREATE TABLE decision (
    decision_no BIGINT PRIMARY KEY,
    kind VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    object VARCHAR,
    label VARCHAR,
    amount DECIMAL(28, 8),
    valid_from DATE,
    valid_until DATE,
    decided_by VARCHAR NOT NULL,
    decided_on DATE NOT NULL,
    why VARCHAR NOT NULL,
    evidence VARCHAR,
    recorded_by VARCHAR NOT NULL,
    recorded_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE decision IS 'What a person decided. Appended; the latest row for the same kind, subject, object and label holds';
COMMENT ON COLUMN decision.decision_no IS 'Order of recording, from 1';
COMMENT ON COLUMN decision.kind IS 'party, holder, same_as, role, listed, proceeds, cash_link, gap_acknowledged, asset_payment, mirror, not_mirror, withdrawn, privileged, sharing_permitted, policy, repaid, earlier_debit, election or protection_overridden';
COMMENT ON COLUMN decision.subject IS 'What it is about: a party, account, leg or asset, by its id; of a policy, its name';
COMMENT ON COLUMN decision.object IS 'The other side: name, role, party, list or leg; NULL when there is none';
COMMENT ON COLUMN decision.label IS 'Kind of party, or the origin of proceeds (offence, victim or payment)';
COMMENT ON COLUMN decision.amount IS 'Part decided about, in the currency of the leg; NULL = the whole; 0 = taken back';
COMMENT ON COLUMN decision.valid_from IS 'First day it holds; NULL = from the start';
COMMENT ON COLUMN decision.valid_until IS 'First day it no longer holds; NULL = open';
COMMENT ON COLUMN decision.decided_by IS 'Person or function who decided';
COMMENT ON COLUMN decision.decided_on IS 'Day of the decision';
COMMENT ON COLUMN decision.why IS 'Reason in words; will be read aloud in court';
COMMENT ON COLUMN decision.evidence IS 'Evidence it rests on: document, file and locator';
COMMENT ON COLUMN decision.recorded_by IS 'User who recorded it';
COMMENT ON COLUMN decision.recorded_at IS 'When it was recorded, UTC';

CREATE TABLE pseudonym (party_id VARCHAR PRIMARY KEY, number BIGINT NOT NULL UNIQUE);
COMMENT ON TABLE pseudonym IS 'The number under which a protected person appears on pages; given once, never reused';
COMMENT ON COLUMN pseudonym.party_id IS 'The party';
COMMENT ON COLUMN pseudonym.number IS 'Printed as P1, P2, ...';

CREATE TABLE asset (
    asset_id VARCHAR PRIMARY KEY,
    file_id VARCHAR NOT NULL,
    locator VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    description VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    holder_party_id VARCHAR NOT NULL,
    beneficial_owner_party_id VARCHAR,
    amount DECIMAL(28, 8) NOT NULL,
    currency VARCHAR NOT NULL,
    valued_on DATE NOT NULL,
    value_source VARCHAR NOT NULL,
    encumbrance DECIMAL(28, 8),
    encumbrance_holder VARCHAR,
    account_id VARCHAR,
    good_faith_question VARCHAR,
    use_note VARCHAR
);
COMMENT ON TABLE asset IS 'Assets a person registered from a CSV';
COMMENT ON COLUMN asset.asset_id IS 'Identifier given in the register';
COMMENT ON COLUMN asset.file_id IS 'SHA-256 of the register file';
COMMENT ON COLUMN asset.locator IS 'Line in the register file';
COMMENT ON COLUMN asset.kind IS 'bank_balance, cash, claim, real_estate, vehicle, company_share, security, crypto or valuables';
COMMENT ON COLUMN asset.description IS 'Identification as the register gives it';
COMMENT ON COLUMN asset.state IS 'ISO 3166 code of the State where it is';
COMMENT ON COLUMN asset.holder_party_id IS 'Who holds it on paper';
COMMENT ON COLUMN asset.beneficial_owner_party_id IS 'Who is thought to stand behind it; an assessment';
COMMENT ON COLUMN asset.amount IS 'Value in currency';
COMMENT ON COLUMN asset.currency IS 'ISO 4217 code';
COMMENT ON COLUMN asset.valued_on IS 'Day of the value';
COMMENT ON COLUMN asset.value_source IS 'Where the value comes from';
COMMENT ON COLUMN asset.encumbrance IS 'Mortgage, pledge or lease that ranks first, in currency';
COMMENT ON COLUMN asset.encumbrance_holder IS 'Who holds the encumbrance';
COMMENT ON COLUMN asset.account_id IS 'The account, for a bank balance';
COMMENT ON COLUMN asset.good_faith_question IS 'Open question about a third party, in words';
COMMENT ON COLUMN asset.use_note IS 'Use for the offence, in words (instrumentality needs no trace)';

CREATE TABLE proposal (
    proposal_no BIGINT PRIMARY KEY,
    asset_id VARCHAR NOT NULL,
    measure VARCHAR NOT NULL,
    basis VARCHAR NOT NULL,
    amount_low DECIMAL(28, 8) NOT NULL,
    amount_high DECIMAL(28, 8) NOT NULL,
    currency VARCHAR NOT NULL,
    why VARCHAR NOT NULL,
    proposed_by VARCHAR NOT NULL,
    proposed_on DATE NOT NULL,
    result_key VARCHAR,
    override_by VARCHAR,
    override_why VARCHAR,
    recorded_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE proposal IS 'Measures proposed for review by a person. Appended';
COMMENT ON COLUMN proposal.proposal_no IS 'Order of recording, from 1';
COMMENT ON COLUMN proposal.asset_id IS 'The asset';
COMMENT ON COLUMN proposal.measure IS 'freeze, confiscate or release';
COMMENT ON COLUMN proposal.basis IS 'Legal basis code, for example STD, VALUE, THIRD, EXT, UWEALTH or INSTR';
COMMENT ON COLUMN proposal.amount_low IS 'Lower end of the amount, in currency';
COMMENT ON COLUMN proposal.amount_high IS 'Upper end of the amount, in currency';
COMMENT ON COLUMN proposal.currency IS 'ISO 4217 code';
COMMENT ON COLUMN proposal.why IS 'Reason in words';
COMMENT ON COLUMN proposal.proposed_by IS 'Who proposes';
COMMENT ON COLUMN proposal.proposed_on IS 'Day of the proposal';
COMMENT ON COLUMN proposal.result_key IS 'Key of the trail it rests on; NULL when no trace is needed';
COMMENT ON COLUMN proposal.override_by IS 'Named lead or prosecutor who overrode a protection';
COMMENT ON COLUMN proposal.override_why IS 'Why the protection was overridden';
COMMENT ON COLUMN proposal.recorded_at IS 'When it was recorded, UTC';

-- ----------------------------------------------------------------------------------------------- derived

CREATE TABLE duplicate_entry (entry_id VARCHAR NOT NULL, kept_entry_id VARCHAR NOT NULL, rule VARCHAR NOT NULL);
COMMENT ON TABLE duplicate_entry IS 'Lines printed again in another series of statements: the same movement, counted once';
COMMENT ON COLUMN duplicate_entry.entry_id IS 'The line that is not counted';
COMMENT ON COLUMN duplicate_entry.kept_entry_id IS 'The line that is';
COMMENT ON COLUMN duplicate_entry.rule IS 'bank reference; date, amount, balance and narrative; or day printed twice: amount and side';

CREATE TABLE privileged (entry_id VARCHAR NOT NULL, detail_no BIGINT NOT NULL, reason VARCHAR NOT NULL);
COMMENT ON TABLE privileged IS 'Payments whose content a person excluded: day and amount stay. Written with each decision and load';
COMMENT ON COLUMN privileged.entry_id IS 'The entry';
COMMENT ON COLUMN privileged.detail_no IS '0, or the payment inside the batch entry';
COMMENT ON COLUMN privileged.reason IS 'list or decision';

CREATE TABLE party (party_id VARCHAR PRIMARY KEY, name VARCHAR NOT NULL, kind VARCHAR NOT NULL, recorded BOOLEAN NOT NULL);
COMMENT ON TABLE party IS 'Persons and firms who hold accounts inside the case or were recorded by a person';
COMMENT ON COLUMN party.party_id IS 'Identifier a person gave, else name: and the name in capitals';
COMMENT ON COLUMN party.name IS 'Name';
COMMENT ON COLUMN party.kind IS 'natural, legal or unknown';
COMMENT ON COLUMN party.recorded IS 'TRUE when a person recorded it, FALSE when only a bank printed it';

CREATE TABLE party_role (
    party_id VARCHAR NOT NULL, role VARCHAR NOT NULL, valid_from DATE, valid_until DATE,
    decided_by VARCHAR NOT NULL, why VARCHAR NOT NULL
);
COMMENT ON TABLE party_role IS 'Roles that hold. A party without a row is not assessed';
COMMENT ON COLUMN party_role.party_id IS 'The party';
COMMENT ON COLUMN party_role.role IS 'suspect, convicted, possible victim, victim, child, witness, third party or other';
COMMENT ON COLUMN party_role.valid_from IS 'First day it holds; NULL = from the start';
COMMENT ON COLUMN party_role.valid_until IS 'First day it no longer holds; NULL = open';
COMMENT ON COLUMN party_role.decided_by IS 'Person or function who decided';
COMMENT ON COLUMN party_role.why IS 'Reason in words';

CREATE TABLE account (
    account_id VARCHAR PRIMARY KEY, inside BOOLEAN NOT NULL, scheme VARCHAR NOT NULL, valid BOOLEAN,
    bank_valid BOOLEAN, bank VARCHAR, currency VARCHAR, holder_party_id VARCHAR, name VARCHAR, account_no INTEGER
);
COMMENT ON TABLE account IS 'Every account, platform and named counterparty that the entries mention';
COMMENT ON COLUMN account.account_id IS 'IBAN, bank/number, chain/address, name: and the name in capitals when no number is known, or boundary:source/word';
COMMENT ON COLUMN account.inside IS 'TRUE when the case holds statements of it';
COMMENT ON COLUMN account.scheme IS 'iban, address, bank, name or boundary';
COMMENT ON COLUMN account.valid IS 'FALSE when an IBAN or a Bitcoin address fails its check digits; NULL when there is nothing to check';
COMMENT ON COLUMN account.bank_valid IS 'FALSE when what stands for a BIC (8 or 11 signs) is none; NULL when there is nothing to check';
COMMENT ON COLUMN account.bank IS 'BIC or name of the bank';
COMMENT ON COLUMN account.currency IS 'ISO 4217 code, for accounts inside';
COMMENT ON COLUMN account.holder_party_id IS 'Holder, for accounts inside or decided by a person';
COMMENT ON COLUMN account.name IS 'Name most often printed with it';
COMMENT ON COLUMN account.account_no IS 'Number of an account inside, from 0 in the order of account_id; NULL outside';

CREATE TABLE transfer (
    transfer_id VARCHAR NOT NULL USING COMPRESSION zstd,
    debtor_account_id VARCHAR,
    creditor_account_id VARCHAR,
    debit_leg VARCHAR USING COMPRESSION zstd,
    credit_leg VARCHAR USING COMPRESSION zstd,
    booking_date DATE NOT NULL,
    booked_at TIMESTAMP,
    amount DECIMAL(28, 8) NOT NULL,
    currency VARCHAR NOT NULL,
    credit_date DATE,
    credit_booked_at TIMESTAMP,
    credit_amount DECIMAL(28, 8),
    credit_currency VARCHAR,
    kind VARCHAR NOT NULL,
    purpose_code VARCHAR,
    merchant_category VARCHAR,
    place VARCHAR,
    narrative VARCHAR USING COMPRESSION zstd,
    rule VARCHAR NOT NULL,
    score BIGINT NOT NULL,
    reverses VARCHAR
);
COMMENT ON TABLE transfer IS 'One movement of money from a debtor to a creditor. Grain: one row per movement, never merged with a parallel one';
COMMENT ON COLUMN transfer.transfer_id IS 'The debit leg when it is held, else the credit leg; a cash link: the deposit leg';
COMMENT ON COLUMN transfer.debtor_account_id IS 'Account the money left; NULL for cash and when nothing is printed';
COMMENT ON COLUMN transfer.creditor_account_id IS 'Account the money reached; NULL for cash and when nothing is printed';
COMMENT ON COLUMN transfer.debit_leg IS 'entry_id, or entry_id/detail_no, on the debtor side; NULL when that account is outside';
COMMENT ON COLUMN transfer.credit_leg IS 'The same on the creditor side';
COMMENT ON COLUMN transfer.booking_date IS 'Day of the debit leg, else of the credit leg';
COMMENT ON COLUMN transfer.booked_at IS 'Moment of that leg when printed';
COMMENT ON COLUMN transfer.amount IS 'Amount of that leg';
COMMENT ON COLUMN transfer.currency IS 'Currency of that leg';
COMMENT ON COLUMN transfer.credit_date IS 'Day of the credit leg when both legs are held';
COMMENT ON COLUMN transfer.credit_booked_at IS 'Moment of the credit leg when both legs are held and it is printed';
COMMENT ON COLUMN transfer.credit_amount IS 'Amount of the credit leg when both legs are held: net of fees, after exchange';
COMMENT ON COLUMN transfer.credit_currency IS 'Its currency';
COMMENT ON COLUMN transfer.kind IS 'As in entry.kind';
COMMENT ON COLUMN transfer.purpose_code IS 'As in entry.purpose_code';
COMMENT ON COLUMN transfer.merchant_category IS 'As in entry.merchant_category';
COMMENT ON COLUMN transfer.place IS 'As in entry.place';
COMMENT ON COLUMN transfer.narrative IS 'As printed on the debit leg, else on the credit leg';
COMMENT ON COLUMN transfer.rule IS 'How the legs were joined: one leg held, both legs on one row, mirror: ..., cash link';
COMMENT ON COLUMN transfer.score IS 'How sure the joining is, 0 to 100';
COMMENT ON COLUMN transfer.reverses IS 'transfer_id of the transfer this one reverses; NULL = none or not found';

CREATE TABLE mirror (
    debit_leg VARCHAR NOT NULL, credit_leg VARCHAR NOT NULL, rule VARCHAR NOT NULL, score BIGINT NOT NULL,
    days BIGINT NOT NULL, agreed VARCHAR NOT NULL, differed VARCHAR
);
COMMENT ON TABLE mirror IS 'Why two legs were joined into one transfer. Grain: one row per debit leg, one per credit leg';
COMMENT ON COLUMN mirror.debit_leg IS 'Leg on which the money left';
COMMENT ON COLUMN mirror.credit_leg IS 'Leg on which it arrived';
COMMENT ON COLUMN mirror.rule IS 'As in transfer.rule';
COMMENT ON COLUMN mirror.score IS 'How sure the joining is, 0 to 100';
COMMENT ON COLUMN mirror.days IS 'Business days of both States between the legs';
COMMENT ON COLUMN mirror.agreed IS 'What agreed, in words, separated by semicolons';
COMMENT ON COLUMN mirror.differed IS 'What differed or could not be compared; NULL = nothing';

CREATE TABLE mirror_candidate (
    debit_leg VARCHAR NOT NULL, credit_leg VARCHAR NOT NULL, days BIGINT NOT NULL, agreed VARCHAR NOT NULL,
    differed VARCHAR, why VARCHAR NOT NULL
);
COMMENT ON TABLE mirror_candidate IS 'Legs that may be one transfer, left apart until a person decides mirror or not_mirror. Grain: debit_leg, credit_leg';
COMMENT ON COLUMN mirror_candidate.debit_leg IS 'Leg on which money left';
COMMENT ON COLUMN mirror_candidate.credit_leg IS 'Leg on which it may have arrived';
COMMENT ON COLUMN mirror_candidate.days IS 'Business days of both States between the legs';
COMMENT ON COLUMN mirror_candidate.agreed IS 'What agrees, in words, separated by semicolons';
COMMENT ON COLUMN mirror_candidate.differed IS 'What differs or cannot be compared; NULL = nothing';
COMMENT ON COLUMN mirror_candidate.why IS 'Why they were not joined';

CREATE TABLE leg (
    leg_id VARCHAR NOT NULL USING COMPRESSION zstd,
    transfer_id VARCHAR NOT NULL USING COMPRESSION zstd,
    entry_id VARCHAR NOT NULL USING COMPRESSION zstd,
    detail_no BIGINT NOT NULL,
    account_id VARCHAR NOT NULL,
    position BIGINT NOT NULL,
    side VARCHAR NOT NULL,
    amount DECIMAL(28, 8) NOT NULL,
    currency VARCHAR NOT NULL,
    booking_date DATE NOT NULL,
    booked_at TIMESTAMP,
    is_reversal BOOLEAN NOT NULL,
    counterparty_account_id VARCHAR USING COMPRESSION zstd,
    counterparty_inside BOOLEAN NOT NULL,
    counterparty_name VARCHAR USING COMPRESSION zstd,
    kind VARCHAR NOT NULL,
    purpose_code VARCHAR,
    merchant_category VARCHAR,
    place VARCHAR,
    narrative VARCHAR USING COMPRESSION zstd,
    account_no INTEGER NOT NULL,
    other_no INTEGER,
    chained BOOLEAN NOT NULL,
    turn BIGINT NOT NULL,
    opens_ring BOOLEAN NOT NULL,
    pair_turn BIGINT,
    reverses_turn BIGINT
);
COMMENT ON TABLE leg IS 'One side of a transfer on an account inside the case, duplicates left out. Grain: leg_id, side';
COMMENT ON COLUMN leg.leg_id IS 'entry_id, or entry_id/detail_no for a payment inside a batch entry';
COMMENT ON COLUMN leg.transfer_id IS 'The transfer';
COMMENT ON COLUMN leg.entry_id IS 'The bank line';
COMMENT ON COLUMN leg.detail_no IS '0, or the payment inside the batch entry';
COMMENT ON COLUMN leg.account_id IS 'The account inside the case';
COMMENT ON COLUMN leg.position IS 'Order on the account, from 1: time, then printed balances, then the order of the ledger';
COMMENT ON COLUMN leg.side IS 'CRDT = came in, DBIT = went out';
COMMENT ON COLUMN leg.amount IS 'Positive amount in currency';
COMMENT ON COLUMN leg.currency IS 'ISO 4217 code of the account';
COMMENT ON COLUMN leg.booking_date IS 'Day the bank booked it';
COMMENT ON COLUMN leg.booked_at IS 'Moment the bank booked it; NULL when only the day is printed';
COMMENT ON COLUMN leg.is_reversal IS 'The bank marks it as reversing an earlier entry';
COMMENT ON COLUMN leg.counterparty_account_id IS 'Account on the other side; name: and the name when only a name is known; NULL for cash';
COMMENT ON COLUMN leg.counterparty_inside IS 'TRUE when the case holds statements of the other side';
COMMENT ON COLUMN leg.counterparty_name IS 'Name on the other side as printed';
COMMENT ON COLUMN leg.kind IS 'As in entry.kind';
COMMENT ON COLUMN leg.purpose_code IS 'As in entry.purpose_code';
COMMENT ON COLUMN leg.merchant_category IS 'As in entry.merchant_category';
COMMENT ON COLUMN leg.place IS 'As in entry.place';
COMMENT ON COLUMN leg.narrative IS 'As printed';
COMMENT ON COLUMN leg.account_no IS 'As in account.account_no';
COMMENT ON COLUMN leg.other_no IS 'Account on which the other leg of the transfer stands, as account.account_no; NULL when none is held';
COMMENT ON COLUMN leg.chained IS 'Every line of its account and day prints a balance, and each follows from the one before: no policy moves it';
COMMENT ON COLUMN leg.turn IS 'Place among all legs of the case, from 0: each account in its order, each debit before its credit';
COMMENT ON COLUMN leg.opens_ring IS 'Accounts waited for each other, and this debit went first';
COMMENT ON COLUMN leg.pair_turn IS 'Turn of the other leg of the transfer; NULL when none is held';
COMMENT ON COLUMN leg.reverses_turn IS 'Turn of the leg of this account that this one reverses; NULL = it reverses none that is held';

CREATE TABLE opening (account_no INTEGER NOT NULL, account_id VARCHAR NOT NULL, currency VARCHAR NOT NULL, opening DECIMAL(28, 8));
COMMENT ON TABLE opening IS 'What lay on each account inside before its first line. Grain: account_id, currency';
COMMENT ON COLUMN opening.account_no IS 'As in account.account_no';
COMMENT ON COLUMN opening.account_id IS 'The account inside the case';
COMMENT ON COLUMN opening.currency IS 'ISO 4217 code of the account';
COMMENT ON COLUMN opening.opening IS 'Opening balance of the earliest statement; NULL when none is printed';

CREATE TABLE record_break (
    account_no INTEGER NOT NULL, account_id VARCHAR NOT NULL, currency VARCHAR NOT NULL, day DATE NOT NULL,
    came DECIMAL(28, 8) NOT NULL
);
COMMENT ON TABLE record_break IS 'Days from which more lies on an account than its lines show. Grain: account_id, currency, day';
COMMENT ON COLUMN record_break.account_no IS 'As in account.account_no';
COMMENT ON COLUMN record_break.account_id IS 'The account inside the case';
COMMENT ON COLUMN record_break.currency IS 'ISO 4217 code of the account';
COMMENT ON COLUMN record_break.day IS 'First day on which the records do not follow';
COMMENT ON COLUMN record_break.came IS 'Money of unknown origin that came in unseen';

CREATE TABLE unit (currency VARCHAR PRIMARY KEY, places BIGINT NOT NULL);
COMMENT ON TABLE unit IS 'How fine the amounts of a currency are counted in this case';
COMMENT ON COLUMN unit.currency IS 'ISO 4217 code';
COMMENT ON COLUMN unit.places IS 'Decimal places: those of its minor unit, or all eight when a bank printed more';

CREATE VIEW decision_last AS
SELECT * FROM decision
QUALIFY row_number() OVER (
    PARTITION BY kind, subject,
        CASE WHEN kind IN ('role', 'listed', 'asset_payment', 'gap_acknowledged', 'sharing_permitted', 'earlier_debit') THEN object END,
        CASE WHEN kind IN ('proceeds', 'cash_link') THEN label END
    ORDER BY decision_no DESC
) = 1;
COMMENT ON VIEW decision_last IS 'Of the decisions on one question the one recorded last, taken back or not';

CREATE VIEW decision_holding AS
SELECT * FROM decision_last
WHERE amount IS NULL OR amount > 0;
COMMENT ON VIEW decision_holding IS 'The decisions that hold: of those on one question the one recorded last, unless it is taken back';

CREATE VIEW mirror_decision AS
SELECT least(subject, object) AS one_leg, greatest(subject, object) AS other_leg, kind, decision_no
FROM decision
WHERE kind IN ('mirror', 'not_mirror')
QUALIFY
    row_number() OVER (PARTITION BY kind, least(subject, object), greatest(subject, object) ORDER BY decision_no DESC) = 1
    AND coalesce(amount, 1) > 0;
COMMENT ON VIEW mirror_decision IS 'Pairs of legs a person joined (mirror) or keeps apart (not_mirror), whichever leg was named first';

-- The two lists that nearly every query looks into are read straight from the table: planned in half the time.
CREATE VIEW listed AS
SELECT subject AS value, object AS list, why
FROM decision
WHERE kind = 'listed'
QUALIFY row_number() OVER (PARTITION BY subject, object ORDER BY decision_no DESC) = 1 AND coalesce(amount, 1) > 0;
COMMENT ON VIEW listed IS 'Names and accounts a person put on a list: adult_adverts, lodging, exchange, money_service, agency, prepaid, shelter, privileged';

-- What every query reads: evidence without the files a person withdrew and without the content of privileged payments.

CREATE VIEW withdrawn AS
SELECT subject AS file_id, decided_by, decided_on, why
FROM decision
WHERE kind = 'withdrawn'
QUALIFY row_number() OVER (PARTITION BY subject ORDER BY decision_no DESC) = 1 AND coalesce(amount, 1) > 0;
COMMENT ON VIEW withdrawn IS 'Files a person withdrew: kept as they are, left out of everything';

CREATE VIEW found_privileged AS
WITH printed AS (
    SELECT
        entry_id, 0 AS detail_no, account_id, counterparty_account_id,
        upper(concat_ws(chr(10), counterparty_name, ultimate_name, narrative)) AS words
    FROM evidence.entry
    UNION ALL
    SELECT
        entry_id, detail_no, NULL, counterparty_account_id,
        upper(concat_ws(chr(10), counterparty_name, ultimate_name, narrative))
    FROM evidence.detail
)
SELECT entry_id, detail_no, 'list' AS reason
FROM printed
WHERE EXISTS (
    SELECT 1 FROM listed
    WHERE listed.list = 'privileged' AND (
        contains(printed.words, upper(trim(listed.value)))
        OR replace(upper(listed.value), ' ', '') IN (upper(printed.account_id), upper(printed.counterparty_account_id)))
)
UNION
SELECT
    regexp_replace(subject, '/[0-9]+$', ''),
    coalesce(TRY_CAST(nullif(regexp_extract(subject, '/([0-9]+)$', 1), '') AS BIGINT), 0), 'decision'
FROM decision_holding
WHERE kind = 'privileged' AND coalesce(amount, 1) > 0;
COMMENT ON VIEW found_privileged IS 'What table privileged is to hold: reads all evidence, so queries read the table';

CREATE VIEW exhibit AS
SELECT file_id, printf('E-%03d', row_number() OVER (ORDER BY name, file_id)) AS exhibit FROM evidence.source_file;
COMMENT ON VIEW exhibit IS 'The number under which a page names a source file; withdrawn files keep theirs';

CREATE VIEW source_file AS SELECT file.* FROM evidence.source_file AS file ANTI JOIN withdrawn USING (file_id);
CREATE VIEW mapping AS SELECT * FROM evidence.mapping;
CREATE VIEW statement AS SELECT held.* FROM evidence.statement AS held ANTI JOIN withdrawn USING (file_id);
CREATE VIEW entry AS
SELECT held.* REPLACE (
    CASE WHEN secret.entry_id IS NULL THEN held.counterparty_account_id END AS counterparty_account_id,
    CASE WHEN secret.entry_id IS NULL THEN held.counterparty_name END AS counterparty_name,
    CASE WHEN secret.entry_id IS NULL THEN held.counterparty_bank END AS counterparty_bank,
    CASE WHEN secret.entry_id IS NULL THEN held.purpose_code END AS purpose_code,
    CASE WHEN secret.entry_id IS NULL THEN held.merchant_category END AS merchant_category,
    CASE WHEN secret.entry_id IS NULL THEN held.place END AS place,
    CASE WHEN secret.entry_id IS NULL THEN held.end_to_end_id END AS end_to_end_id,
    CASE WHEN secret.entry_id IS NULL THEN held.uetr END AS uetr,
    CASE WHEN secret.entry_id IS NULL THEN held.instructed_amount END AS instructed_amount,
    CASE WHEN secret.entry_id IS NULL THEN held.instructed_currency END AS instructed_currency,
    CASE WHEN secret.entry_id IS NULL THEN held.ultimate_name END AS ultimate_name,
    CASE WHEN secret.entry_id IS NULL THEN held.bank_reference END AS bank_reference,
    CASE WHEN secret.entry_id IS NULL THEN held.bank_transaction_code END AS bank_transaction_code,
    CASE WHEN secret.entry_id IS NULL THEN held.kind ELSE 'other' END AS kind,
    CASE WHEN secret.entry_id IS NULL THEN held.narrative ELSE 'privileged, excluded' END AS narrative,
    held.both_sides AND secret.entry_id IS NULL AS both_sides
)
FROM evidence.entry AS held
ANTI JOIN withdrawn ON held.file_id = withdrawn.file_id
LEFT JOIN (SELECT DISTINCT entry_id FROM privileged) AS secret ON held.entry_id = secret.entry_id;
CREATE VIEW detail AS
SELECT held.* REPLACE (
    CASE WHEN secret.entry_id IS NULL THEN held.counterparty_account_id END AS counterparty_account_id,
    CASE WHEN secret.entry_id IS NULL THEN held.counterparty_name END AS counterparty_name,
    CASE WHEN secret.entry_id IS NULL THEN held.counterparty_bank END AS counterparty_bank,
    CASE WHEN secret.entry_id IS NULL THEN held.purpose_code END AS purpose_code,
    CASE WHEN secret.entry_id IS NULL THEN held.end_to_end_id END AS end_to_end_id,
    CASE WHEN secret.entry_id IS NULL THEN held.uetr END AS uetr,
    CASE WHEN secret.entry_id IS NULL THEN held.instructed_amount END AS instructed_amount,
    CASE WHEN secret.entry_id IS NULL THEN held.instructed_currency END AS instructed_currency,
    CASE WHEN secret.entry_id IS NULL THEN held.ultimate_name END AS ultimate_name,
    CASE WHEN secret.entry_id IS NULL THEN held.narrative ELSE 'privileged, excluded' END AS narrative
)
FROM evidence.detail AS held
ANTI JOIN withdrawn ON split_part(held.entry_id, ':', 1) = substr(withdrawn.file_id, 1, 16)
LEFT JOIN (
    SELECT DISTINCT detail.entry_id, detail.detail_no FROM evidence.detail AS detail
    JOIN privileged ON detail.entry_id = privileged.entry_id AND privileged.detail_no IN (0, detail.detail_no)
) AS secret ON held.entry_id = secret.entry_id AND held.detail_no = secret.detail_no;
CREATE VIEW rate AS SELECT held.* FROM evidence.rate AS held ANTI JOIN withdrawn USING (file_id);
CREATE VIEW rejected_row AS
SELECT held.* REPLACE (
    CASE WHEN EXISTS (
        SELECT 1 FROM listed WHERE list = 'privileged' AND contains(upper(held.raw), upper(trim(value)))
    ) THEN 'privileged, excluded' ELSE held.raw END AS raw
)
FROM evidence.rejected_row AS held
ANTI JOIN withdrawn ON held.file_id = withdrawn.file_id;
CREATE VIEW skipped_row AS SELECT held.* FROM evidence.skipped_row AS held ANTI JOIN withdrawn USING (file_id);
COMMENT ON VIEW source_file IS 'evidence.source_file without withdrawn files';
COMMENT ON VIEW mapping IS 'evidence.mapping';
COMMENT ON VIEW statement IS 'evidence.statement without withdrawn files';
COMMENT ON VIEW entry IS 'evidence.entry without withdrawn files and without the content of privileged payments';
COMMENT ON VIEW detail IS 'evidence.detail without withdrawn files and without the content of privileged payments';
COMMENT ON VIEW rate IS 'evidence.rate without withdrawn files';
COMMENT ON VIEW rejected_row IS 'evidence.rejected_row without withdrawn files and privileged content';
COMMENT ON VIEW skipped_row IS 'evidence.skipped_row without withdrawn files';

CREATE VIEW unfounded AS
WITH cited AS (
    SELECT decision_no, kind, regexp_replace(subject, '/[0-9]+$', '') AS entry_id FROM decision_holding
    WHERE kind IN ('proceeds', 'cash_link', 'privileged') AND coalesce(amount, 1) > 0
    UNION ALL
    SELECT decision_no, kind, regexp_replace(object, '/[0-9]+$', '') FROM decision_holding
    WHERE kind IN ('cash_link', 'asset_payment') AND object IS NOT NULL AND coalesce(amount, 1) > 0
)
SELECT decision_no, kind, entry_id, CASE
    WHEN EXISTS (
        SELECT 1 FROM evidence.tombstone AS gone
        WHERE coalesce(gone.entry_id = cited.entry_id, starts_with(gone.file_id, split_part(cited.entry_id, ':', 1)))
    ) THEN 'expunged'
    WHEN split_part(entry_id, ':', 1) IN (SELECT substr(file_id, 1, 16) FROM withdrawn) THEN 'withdrawn'
    ELSE 'not held'
END AS reason
FROM cited
WHERE entry_id NOT IN (SELECT entry_id FROM entry);
COMMENT ON VIEW unfounded IS 'Decisions that hold and cite a bank line that is withdrawn, expunged or not held';
