"""Entries cut at their tags, many at once, against a search of each element for each path."""

import random

import pytest
from lxml import etree

from finflow.errors import FinflowError
from finflow.load import camt
from finflow.load.camt_leaves import CHARGED, Cutter, Wanted, currency_of
from tests.load.camt_text import document, entry, read, statement

URI = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
WANTED = Wanted(("A", "B/A", "B/C"), ("B/M",), ("C/X", "C/M"))
NAMES = ["A", "B", "C", "M", "X", "T"]
TEXTS = [
    "",
    " ",
    "a",
    "\n b &amp; c &lt;",
    "&#13;",
    "&amp;lt;",
    "\u00a0",
    "<![CDATA[d<e>]]>",
    "f<!-- g -->h",
    "5",
    "0",
    "-1",
    "é",
]


def element(chance: random.Random, depth: int = 0) -> str:
    """Some element of the names above: with texts, attributes and namespaces that are hard to read."""
    name = chance.choice(NAMES)
    inside = chance.choice(TEXTS) + "".join(
        element(chance, depth + 1) for _ in range(chance.choice([0, 1, 3]) if depth < 3 else 0)
    )
    currency = chance.choice(["", ' Ccy="EUR"', ' Ccy=" &gt; "', ' Ccy=""'])
    return chance.choice(
        [
            f"<{name}{currency}>{inside}</{name}>{chance.choice(TEXTS)}",
            f"<{name}{currency}>{inside}</{name}>",
            f"<{name}{currency}/>{chance.choice(TEXTS)}",
            f'<p:{name} xmlns:p="{chance.choice([URI, "urn:other"])}">{inside}</p:{name}>',
            f'<{name} xmlns="{chance.choice([URI, "urn:other"])}"{currency}>{inside}</{name}>',
        ]
    )  # fmt: skip


def texts(above: etree._Element, path: str) -> list[str]:
    return [
        (found.text or "").strip() for found in above.iterfind("/".join(f"{{{URI}}}{name}" for name in path.split("/")))
    ]


def searched(above: etree._Element) -> dict[str, str | None]:
    """What a plain search finds."""
    row = {path: next(filter(None, texts(above, path)), None) for path in WANTED.texts}
    (amount,) = WANTED.amounts
    found = above.findall("/".join(f"{{{URI}}}{name}" for name in amount.split("/")))
    plain = (texts(above, amount)[0] or None) if len(found) == 1 and not len(found[0]) else "not plain"
    return row | {amount: plain if found else None, currency_of(amount): found[0].get("Ccy") if found else None}


@pytest.mark.parametrize("seed", range(12))
def test_what_is_cut_is_what_a_search_finds(seed) -> None:
    chance = random.Random(seed)
    inside = ["".join(element(chance) for _ in range(chance.randrange(6))) for _ in range(20)]
    whole = "".join(f"<N>{each}</N>" for each in inside)
    parser = etree.XMLParser(remove_comments=True)
    entries = list(etree.fromstring(f'<D xmlns="{URI}" xmlns:q="urn:q">{whole}</D>'.encode(), parser))
    cutter = Cutter(WANTED, WANTED, ["T"])
    own, paid, counts = cutter.cut([etree.tostring(entry, encoding="utf-8", with_tail=False) for entry in entries])
    payments = [entry.findall(f"{{{URI}}}T") for entry in entries]
    assert counts.tolist() == [len(each) for each in payments]
    assert own.first().drop(CHARGED).to_dicts() == [searched(entry) for entry in entries]
    assert paid.first().drop(CHARGED).to_dicts() == [searched(tx) for each in payments for tx in each]
    for path in WANTED.texts:
        assert own.joined([path]).to_list() == [" ".join(filter(None, texts(entry, path))) or None for entry in entries]
    listed = [next(filter(None, [texts(entry, path) for path in WANTED.charges]), []) for entry in entries]
    assert [words and words.count("charges") for words in own.charges()] == [
        sum(text in ("5", "-1") for text in each) or None for each in listed
    ]


def test_texts_at_several_paths_stand_in_the_order_of_the_paths() -> None:
    entry = f'<N xmlns="{URI}"><B><C>3</C><A>2</A></B><A>1</A></N>'.encode()
    own, _, _ = Cutter(WANTED, WANTED, ["T"]).cut([entry, entry])
    assert own.joined(["A", "B/A", "B/C"]).to_list() == ["1 2 3"] * 2


def test_a_prefix_of_no_namespace_is_refused_with_its_line_though_batches_came_before(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(camt, "ENTRIES", 1)
    with pytest.raises(FinflowError, match=r"a\.xml L3 is not well-formed"):
        read(tmp_path, document(statement(entry(), entry(more="\n<q:x>1</q:x>"), entry())))


def test_many_large_entries_are_several_batches(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(camt, "BYTES", 1000)
    path = tmp_path / "a.xml"
    path.write_text(document(statement(*[entry(more=f"<AddtlNtryInf>{'x' * 400}</AddtlNtryInf>") for _ in range(5)])))
    batches = list(camt.open_camt("camt.053", path, "a.xml", None, "UTC").batches)
    assert [batch.records.num_rows for batch in batches] == [2, 2, 1]
    assert [row["locator"] for batch in batches for row in batch.records.to_pylist()] == [
        f"Stmt[1]/Ntry[{number}]" for number in range(1, 6)
    ]


def test_an_entry_inside_an_entry_is_not_taken_out_of_it(tmp_path) -> None:
    inner = "<Ntry><Amt Ccy='EUR'>1</Amt></Ntry>"
    records, _, _, _ = read(tmp_path, document(statement(inner, f"<Ntry><Amt Ccy='EUR'>2{inner}</Amt></Ntry>")))
    assert [record["amount"] for record in records] == ["1", "1", "not plain"]
