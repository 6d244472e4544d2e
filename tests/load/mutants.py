"""Small whole files of every format, and what becomes of them when bytes are lost, doubled, swapped or invented.

    python -m tests.load.mutants 1000000      # as many mutants, over all readers; prints what went wrong, if anything

Each mutant of a number is the same whenever it is made, so a number is enough to repeat a failure.
"""

import io
import json
import random
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from finflow.errors import FinflowError
from finflow.load.formats import FORMATS, format_named, format_of
from finflow.load.keyed import COLUMNS
from finflow.load.mapping import parse_mapping
from finflow.load.settle import Settler
from tests.load.camt_text import document, entry, parties, statement, tx
from tests.load.support import mapping_text
from tests.load.test_ftm import MAPPING as FTM_MAPPING
from tests.load.test_ftm import PARTIES, payment
from tests.load.test_goaml import OUT, report, transaction
from tests.load.test_keyed import NOTEBOOK, SCAN
from tests.load.test_ofx import ENTRY as OFX_ENTRY
from tests.load.test_ofx import document as ofx_document
from tests.load.test_ofx import statement as ofx_statement
from tests.load.test_pdf import MAPPING as PDF_MAPPING
from tests.load.test_pdf import NEXT, PAGE, pdf
from tests.load.test_utxo import MAPPING as UTXO_MAPPING
from tests.load.test_utxo import tx as spent
from tests.load.test_workbook import book

SECONDS = 20
JUDGE_EVERY = 20  # judging asks the engine; reading alone is ten times as fast
SLOW = {"pdf", "xlsx"}  # one mutant of these in fifty
TOKENS = [
    b"", b"\n", b"\r", b"\0", b'"', b"<", b"&", b"]]>", b"\xff", b"\xc3", b"0", b"-", b"9999999999999999", b"5e+05",
    b"-0", b"NaN", b";", b",", b"|", b":61:", b":86:", b":62F:", b"-}", b"</Ntry>", b"<Ntry>", b"<!--", b"-->", b"null",
    b"2025-02-30", b"\xe2\x88\x92", b"\xef\xbb\xbf", b"{", b"}", b"[", b"total", b"opening", b"obj", b"stream",
]  # fmt: skip
CSV = b'Date;Amount;T\n2025-01-31;1.00;a\n2025-02-01;-2.50;"b\nc"\n2025-02-02;5e+05;d\n;;\n'
STA = (
    b":20:S\n:25:TESTDE22/1234\n:28C:1/1\n:60F:C250101EUR1,00\n:61:2501020102C5,00NTRFREF//B\n"
    b":86:166?00X?20EREF+1?31DE0?32A\n:61:250230RD6,00N024NONREF\n:62F:C250131EUR12,00\n-\n"
)
XML = statement(
    entry(details=tx(parties(), amount="4.00") + tx(amount="6.00")), entry(side="DBIT", booked="<DtTm>x</DtTm>")
)


def _typed(form: str) -> str:
    return mapping_text().replace('"csv"', f'"{form}"').replace('delimiter = ";"\n', "")


def _parquet() -> bytes:
    stream = io.BytesIO()
    columns = {
        "Date": ["2025-01-31", "2025-02-01"],
        "Amount": pa.array([Decimal("1.50"), Decimal(-2)], pa.decimal128(18, 2)),
    }
    parquet.write_table(pa.table(columns), stream)
    return stream.getvalue()


WHOLE: dict[str, tuple[bytes, str | None]] = {  # format -> a whole file, and the mapping it needs
    "csv": (CSV, mapping_text(columns='narrative = "T"')),
    **{message: (document(XML, message=message).encode(), None) for message in ("camt.052", "camt.053", "camt.054")},
    "ofx": (ofx_document(ofx_statement(OFX_ENTRY, OFX_ENTRY.replace("20260115", "0"))).encode(), None),
    "mt940": (STA, None),
    "pdf": (pdf(PAGE, NEXT), PDF_MAPPING),
    "xlsx": (
        book(["Date", "Amount"], ["2025-01-31", 1.5], ["2025-02-01", -2]),
        _typed("xlsx"),
    ),
    "parquet": (_parquet(), _typed("parquet")),
    "goaml": (report(transaction(*OUT), transaction(*OUT, amount="7")).encode(), None),
    "ftm": ("\n".join(map(json.dumps, [*PARTIES, payment()])).encode(), FTM_MAPPING),
    "utxo": (json.dumps([spent("1", "A:60 X:40", "B:30 Y:65"), spent("2", "B:30", "Y:29")]).encode(), UTXO_MAPPING),
    "keyed": (f"{','.join(COLUMNS)}\n{SCAN.strip()}\n{NOTEBOOK.strip()}\n".encode(), None),
}


def mutant(form: str, number: int) -> bytes:
    """The whole file of a format after one to six changes; number 0 is the file itself."""
    data, chance = WHOLE[form][0], random.Random(f"{form} {number}")
    for _ in range(chance.choice([1, 1, 1, 2, 3, 6]) if number else 0):
        data = _changed(data, chance)
    return data


def _changed(data: bytes, chance: random.Random) -> bytes:
    at, length = chance.randrange(len(data) + 1), min(len(data), chance.choice([0, 1, 2, 8, 40, 400]))
    piece = data[at : at + length]
    return chance.choice(
        [
            data[:at] + data[at + length :],
            data[:at] + piece + piece + data[at + length :],
            data[:at] + chance.choice(TOKENS) + data[at + length :],
            data[:at] + chance.choice(TOKENS) + data[at:],
            data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :],
            data[:at],
            data[at:] + data[:at],
            data[:at] + bytes(reversed(piece)) + data[at + length :],
        ]
    )


def examine(form: str, data: bytes, folder: Path, *, judge: bool) -> str:
    """What became of a file: `read`, or `refused`. Raises AssertionError when records are lost or a refusal is bad."""
    path = folder / "mutant"
    path.write_bytes(data)
    text = WHOLE[form][1]
    mapping = parse_mapping(text, "m.toml") if text else None
    try:
        format_of(path, "mutant")
        readable = format_named(form).reader(path, "mutant", mapping, "Europe/Amsterdam")
        settler = Settler(readable.reading) if judge else None
        for batch in readable.batches:
            ordinals = batch.records.column("ordinal").to_pylist()
            assert sorted(ordinals) == list(range(len(ordinals))), "records without a place in their batch"
            if settler is not None:
                settled = settler.settle(batch.records)
                assert settled.num_rows == batch.records.num_rows, "records were lost in judging"
                rejected = [row["ordinal"] for row in settled.select(["ordinal", "fault"]).to_pylist() if row["fault"]]
                assert not rejected or len(batch.raw(rejected)) == len(rejected), "a rejected record without its text"
    except FinflowError as error:
        refusal = str(error)
    else:
        return "read"
    assert refusal.startswith("mutant"), f"a refusal that does not begin with the file: {refusal}"
    return "refused"


@contextmanager
def in_time() -> Iterator[None]:
    """Stops what takes longer than a mutant may; where the system has alarms."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def late(*_: object) -> None:
        raise TimeoutError(f"a file of a few kilobytes took more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def attempts(count: int) -> Iterator[tuple[str, int]]:
    """Formats and numbers of that many mutants, the formats in turn, slow ones seldom."""
    made = number = 0
    while made < count:
        for form in WHOLE:
            if form in SLOW and number % 50:
                continue
            yield form, number
            made += 1
            if made == count:
                return
        number += 1


def failures(count: int) -> tuple[dict[str, dict[str, int]], list[str]]:
    """How many mutants of each format were read and refused, and what went wrong: format, number, error."""
    told: dict[str, dict[str, int]] = {form: {"read": 0, "refused": 0} for form in WHOLE}
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for form, number in attempts(count):
            try:
                with in_time():
                    judge = number % JUDGE_EVERY == 0
                    told[form][examine(form, mutant(form, number), Path(folder), judge=judge)] += 1
            except Exception as error:  # every kind is a finding
                wrong.append(f"{form} {number}: {type(error).__name__}: {str(error)[:200]}")
    return told, wrong


assert {form.name for form in FORMATS} == WHOLE.keys(), "every format has a whole file here"

if __name__ == "__main__":
    counts, found = failures(int(sys.argv[1]))
    print(counts)
    print("\n".join(found) or "nothing went wrong")
    sys.exit(bool(found))
