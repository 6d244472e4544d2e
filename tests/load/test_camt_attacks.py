"""XML made to mislead or to exhaust: each is refused in words or read as what it says, in bounded memory."""

import sys

import pytest

from finflow.errors import FinflowError
from finflow.load.camt import open_camt
from tests.load.camt_text import balance, document, entry, read, statement

GOOD = document(statement(entry(amount="100.00")))


def amounts(tmp_path, content):
    return [record["amount"] for record in read(tmp_path, content)[0]]


@pytest.mark.parametrize(
    "printed", ["1<!-- x -->00.00", "1<?x y?>00.00", "1<![CDATA[00]]>.00", "&#49;00.00", "<!--9-->100.00<!--9-->"]
)
def test_nothing_cuts_a_value_short(tmp_path, printed):
    assert amounts(tmp_path, document(statement(entry(amount=printed)))) == ["100.00"]
    balances = balance(amount=printed) + balance("CLBD", printed)
    (found,) = read(tmp_path, document(statement(entry(), balances=balances)))[2]
    assert (found.opening, found.closing) == ("100.00", "100.00")


@pytest.mark.parametrize("printed", ["1<x/>00.00", "1</Amt><Amt Ccy='EUR'>100.00"])
def test_an_amount_that_is_not_plain_is_none(tmp_path, printed):
    assert amounts(tmp_path, document(statement(entry(amount=printed)))) == ["not plain"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(
            GOOD.replace("<Document", '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;">]><Document')
            .replace("100.00", "&c;"), "holds a DTD", id="billion laughs"),
        pytest.param(GOOD.replace("<Document", '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd"><Document'), "holds a DTD",
                     id="outside DTD"),
        pytest.param(GOOD.replace("<Ntry>", "<Ntry>" + "<a>" * 5000, 1), "not well-formed", id="deep nesting"),
        pytest.param(GOOD.replace("<Ntry>", f'<Ntry x="{"y" * 11_000_000}">'), "not well-formed", id="huge attribute"),
        pytest.param(GOOD.replace("Owner", "Müller").encode("latin-1"), "not of the encoding", id="latin-1 as UTF-8"),
        pytest.param(GOOD.replace("UTF-8", "UTF-99"), "not of the encoding", id="no encoding"),
        pytest.param(GOOD.replace('<?xml version="1.0" encoding="UTF-8"?>\n', "").encode("utf-16") + b"\0",
                     "not well-formed|encoding", id="half a letter"),
        pytest.param(GOOD.replace("100.00", "100.00\0"), "not well-formed", id="NUL"),
        pytest.param(GOOD.replace("tech:xsd:", "}tech:xsd:"), "another kind of XML", id="braces in the namespace"),
    ],
)  # fmt: skip
def test_what_attacks_is_refused_in_words(tmp_path, content, words):
    with pytest.raises(FinflowError, match=words):
        read(tmp_path, content)


@pytest.mark.parametrize(
    ("declared", "written"), [("ISO-8859-1", "latin-1"), ("windows-1252", "cp1252"), ("UTF-16", "utf-16")]
)
def test_a_declared_encoding_is_followed(tmp_path, declared, written):
    content = GOOD.replace("UTF-8", declared).replace("Owner", "Müller").encode(written)
    (record,), _, _, notes = read(tmp_path, content)
    assert (record["holder"], notes) == ("Müller", [])


def test_utf8_that_declares_one_byte_a_letter_is_read_as_utf8_and_it_is_said(tmp_path):
    content = GOOD.replace("UTF-8", "ISO-8859-1").replace("Owner", "Müller").encode()
    (record,), _, _, notes = read(tmp_path, content)
    assert record["holder"] == "Müller"
    assert notes == ["it declares iso-8859-1, but is UTF-8, and was read as that"]


@pytest.mark.skipif(sys.platform == "win32", reason="the memory of a process is measured otherwise on Windows")
def test_a_text_without_end_is_refused_in_bounded_memory(tmp_path):
    """A gigabyte, of which the first part is one text: libxml2 stops at ten million bytes of it."""
    path = tmp_path / "big.xml"
    with path.open("wb") as stream:
        stream.write(GOOD.split("100.00")[0].encode())
        for _ in range(64):
            stream.write(b"1" * (1 << 20))
        stream.truncate(1 << 30)  # the rest is a hole, which takes no place on the disk
    before = _peak()
    with pytest.raises(FinflowError, match="not well-formed"):
        list(open_camt("camt.053", path, "big.xml", None, "UTC").batches)
    assert _peak() - before < 200_000_000


def _peak() -> int:
    """The most memory the process has held, in bytes."""
    import resource  # not on Windows

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
