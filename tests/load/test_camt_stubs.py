"""A reading with stubs in the place of plain entries gives what a reading of every element gives, or the same refusal."""

import random

import pytest

from finflow.errors import FinflowError
from finflow.load import camt_stubs
from finflow.load.camt import open_camt
from tests.load.camt_text import document, entry, statement

ODD = [
    "&amp;&lt;b&gt;", "&quot;&#233;&#xe9;", "a > b", "é\u00a0ž", "1:2", "\r\n", "&#13;", "<X a='>'/>", "<X>c</X>", "<!-- d -->",
    "<![CDATA[</Ntry>]]>", "<?e f?>", '<X xmlns="urn:other"/>', '<p:X xmlns:p="urn:other"/>', "<Ntry/>", "<Ntry >1</Ntry>",
    "<Ntry></Ntry>", "<Ntry><Ntry></Ntry></Ntry>", '<y:Ntry xmlns:y="urn:other"/>', '<Ntry xmlns="urn:other">1</Ntry>',
]  # fmt: skip
WRONG = ["<X>", "</X>", "<X a='1' a='2'/>", "<X a='<'/>", "&no;", "\x01", "]]>", "\ufffe", "<q:X/>", "<X></Y>", "</Ntry>",
         "<Ntry>", "&", "<", "<X" + ">" * 300, "<X>" * 300 + "</X>" * 300]  # fmt: skip


def read(tmp_path, monkeypatch, content: str, *, quick: bool):
    path = tmp_path / "a.xml"
    path.write_bytes(content.encode())
    if not quick:
        monkeypatch.setattr("finflow.load.camt.is_markup_plain", lambda _: False)
    try:
        batches = list(open_camt("camt.053", path, "a.xml", None, "UTC").batches)
    except FinflowError as error:
        return str(error)
    finally:
        monkeypatch.undo()
    return [(batch.records.to_pylist(), batch.details.rows(), batch.statements, batch.notes) for batch in batches]


def content(chance: random.Random, wrong: str = "") -> str:
    odd = ["", "a", "b &amp; c", *chance.sample(ODD, 2)]
    texts = [chance.choice(odd) if chance.random() < 0.2 else str(n) for n in range(1, 30)]
    said = [f"{entry(amount=str(n), more=f'<AddtlNtryInf>{text}</AddtlNtryInf>')}\n" for n, text in enumerate(texts)]
    said[20] = said[20].replace("</AddtlNtryInf>", f"{wrong}</AddtlNtryInf>")
    return document(statement(*said[:7], chance.choice(odd)), statement(), statement(*said[7:])).replace(
        ' encoding="UTF-8"', chance.choice(["", ' encoding="utf-8"'])
    )


@pytest.mark.parametrize("seed", range(40))
def test_entries_are_the_same(tmp_path, monkeypatch, seed) -> None:
    text, piece = content(random.Random(seed)), 1 + seed * 97
    expected = read(tmp_path, monkeypatch, text, quick=False)
    monkeypatch.setattr(camt_stubs, "PIECE", piece)
    assert read(tmp_path, monkeypatch, text, quick=True) == expected


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_refused_in_the_same_words(tmp_path, monkeypatch, wrong) -> None:
    text = content(random.Random(1), wrong)
    expected = read(tmp_path, monkeypatch, text, quick=False)
    assert isinstance(expected, str)
    monkeypatch.setattr(camt_stubs, "PIECE", 1000)
    assert read(tmp_path, monkeypatch, text, quick=True) == expected


def test_plain_entries_are_cut_out(tmp_path) -> None:
    """All but the last, after which more might come."""
    (tmp_path / "a.xml").write_text(document(statement(*[entry() for _ in range(5)])))
    with (tmp_path / "a.xml").open("rb") as stream:
        stubs = camt_stubs.Stubs(stream)
        assert stubs.read(0).count(b"<Ntry e") == 4
        assert stubs.read(0).count(b"<Ntry>") == 1


@pytest.mark.parametrize(
    ("start", "plain"),
    [("<a/>", True), ("\ufeff<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n<a/>", True), ("<a/><!-- b -->", False),
     ("<?xml version='1.0' encoding='latin-1'?><a/>", False), ("<?xml version='1.0'?><?b c?><a/>", False)],
)  # fmt: skip
def test_files_whose_markup_is_plain(tmp_path, monkeypatch, start, plain) -> None:
    monkeypatch.setattr(camt_stubs, "PIECE", 1)
    (tmp_path / "a.xml").write_text(start, encoding="utf-8")
    assert camt_stubs.is_markup_plain(tmp_path / "a.xml") is plain
