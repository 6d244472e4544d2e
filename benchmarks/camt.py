"""Load of a camt.053 file of 1 GB, streamed: against the speed it is held to on one core, in little memory."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Measure, Run, apart, run, within
from finflow import open_case

ENTRIES = 1_075_000
MB_A_SECOND = 12
MEMORY, SAME = 1024, "the same for a file of any size"  # MiB
_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr><Stmt>
<Id>S</Id><Acct><Id><IBAN>NL91ABNA0417164300</IBAN></Id><Ccy>EUR</Ccy></Acct>
"""
_ENTRY = """\
<Ntry>
  <NtryRef>{n}</NtryRef>
  <Amt Ccy="EUR">{whole}.{cents:02}</Amt>
  <CdtDbtInd>CRDT</CdtDbtInd>
  <Sts><Cd>BOOK</Cd></Sts>
  <BookgDt><Dt>2025-{month:02}-{day:02}</Dt></BookgDt>
  <ValDt><Dt>2025-{month:02}-{day:02}</Dt></ValDt>
  <AcctSvcrRef>REF{n}</AcctSvcrRef>
  <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>
  <NtryDtls><TxDtls>
    <Refs><EndToEndId>E{n}</EndToEndId></Refs>
    <AmtDtls><TxAmt><Amt Ccy="EUR">{whole}.{cents:02}</Amt></TxAmt></AmtDtls>
    <RltdPties>
      <Dbtr><Pty><Nm>Name {payer}</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>DE{payer:020}</IBAN></Id></DbtrAcct>
      <Cdtr><Pty><Nm>Owner</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>NL91ABNA0417164300</IBAN></Id></CdtrAcct>
    </RltdPties>
    <RltdAgts><DbtrAgt><FinInstnId><BICFI>COBADEFF</BICFI></FinInstnId></DbtrAgt></RltdAgts>
    <RmtInf><Ustrd>payment of invoice {n}</Ustrd></RmtInf>
  </TxDtls></NtryDtls>
</Ntry>
"""


def measures() -> Iterator[Measure]:
    """Figures of one load into an empty case."""
    with tempfile.TemporaryDirectory() as folder:
        case, file = Path(folder) / "case", Path(folder) / "bench.xml"
        _write(file)
        done, size = apart(load, case, file), file.stat().st_size / 1e6
        yield Measure("load_camt_1gb", done.seconds, "s", "limit", size / MB_A_SECOND, f"{MB_A_SECOND} MB a second")
        yield Measure("load_camt_1gb_cores", done.cores, "s", "limit", size / MB_A_SECOND, "the same, of all cores")
        yield from within("load_camt_1gb", done, MEMORY, SAME)


def load(case: Path, file: Path) -> Run:
    """One load."""
    return run(lambda: open_case(case).load(file))


def _write(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_HEAD)
        for n in range(ENTRIES):
            days = {"month": n % 12 + 1, "day": n % 28 + 1}
            file.write(_ENTRY.format(n=n, whole=n % 9000 + 1, cents=n % 100, payer=n % 5000, **days))
        file.write("</Stmt></BkToCstmrStmt></Document>\n")
