"""Nobody's number: check digits are right, banks do not exist, telephones and addresses are kept for fiction."""

import re
import xml.etree.ElementTree as ET

import pytest
from schwifty import BIC, IBAN

from finflow.sample.accounts import ACCOUNTS, hungarian, iban

BANKS = ("NOKDNL2R", "ELBUDE3X", "DUPAHUHB", "CODRMD2X", "VEKTLT22")
NUMBER = re.compile(r"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b")
TELEPHONE = re.compile(r"(?:\+44-|\b0)7700\s?9\d{5}\b")


@pytest.fixture(scope="module")
def printed(folder):
    texts = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            texts.append(path.read_bytes().decode("cp1250" if path.match("dunaparti_*.csv") else "utf-8"))
    return "\n".join(texts)


@pytest.fixture(scope="module")
def numbers(files):
    rows = [row for found in files.by_account.values() for row in found]
    return {row.iban for row in rows if row.iban} | {row.account for row in rows}


def test_every_account_number_is_valid_and_of_no_bank(numbers):
    assert len(numbers) > 2_000
    for number in numbers:
        parsed = IBAN(number)
        assert parsed.is_valid
        assert parsed.bank is None, number


def test_no_other_account_number_is_printed_anywhere(printed, numbers):
    found = {number for number in NUMBER.findall(printed) if IBAN(number, allow_invalid=True).is_valid}
    assert all(IBAN(number).bank is None for number in found)


@pytest.mark.parametrize("code", BANKS)
def test_no_bank_code_is_in_use(code):
    assert not BIC(code).exists


def test_every_bank_code_printed_is_one_of_ours(folder):
    codes = {
        node.text
        for path in (folder / "bank").glob("*.xml")
        for node in ET.parse(path).iter()
        if node.tag.endswith("}BICFI")
    }
    assert codes == {"NOKDNL2R"}
    assert {account.bank.bic for account in ACCOUNTS.values()} == set(BANKS)


def test_telephones_come_from_the_range_kept_for_fiction(printed):
    looks_like_one = re.findall(r"<PhneNb>([^<]+)</PhneNb>|contact ([\d ]+\d)", printed)
    assert looks_like_one
    for found in looks_like_one:
        assert TELEPHONE.fullmatch(found[0] or found[1]), found


def test_mail_addresses_lead_nowhere(printed):
    addresses = re.findall(r"[\w.+-]+@[\w.-]+", printed)
    assert addresses
    assert all(address.endswith(".example") for address in addresses)


def test_hungarian_numbers_have_both_national_check_digits():
    number = hungarian("0117", "000003104417720")[4:]
    for part in (number[:8], number[8:]):
        assert sum(int(sign) * (9, 7, 3, 1)[n % 4] for n, sign in enumerate(part)) % 10 == 0


def test_check_digits_are_those_of_the_standard():
    assert iban("NL", "ABNA0417164300") == "NL91ABNA0417164300"
    assert iban("DE", "370400440532013000") == "DE89370400440532013000"


def test_nobody_paying_is_called_like_anybody_recorded(files, answers):
    known = {person["name"] for person in answers["people"].values()}
    inside = {truth["account_id"] for truth in answers["accounts"].values()}
    for found in files.by_account.values():
        for row in found:
            if row.name in known and row.iban:
                assert row.iban in inside or row.name in (
                    "Tessa van Oeverhout",
                    "Verhuur Westerkade VOF",
                    "Duinmeer Roos Advocaten",
                )
