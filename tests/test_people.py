"""Decisions: appended, checked, taken in bulk, and what they protect."""

from datetime import date

import pytest
from typer.testing import CliRunner

import finflow
from finflow import cli
from finflow.decision_checks import PAIRS
from finflow.decision_kinds import KINDS
from finflow.errors import FinflowError
from finflow.people import record, unprotected
from tests.core_support import book
from tests.pages import DOCS, PAGES

A = "NL02FOOB0000000001"
WHO = {"by": "prosecutor", "why": "decision of the court"}


@pytest.fixture
def case(tmp_path):
    return finflow.open_case(tmp_path / "case")


@pytest.fixture
def leg(case):
    with case.writing() as con:
        return book(con, f"| account | date | amount |\n| {A} | 2025-01-02 | 100 |", file="a.csv") + ":L1"


def free(case):
    case.resolve()
    with case.reading() as con:
        return unprotected(con)


def test_a_changed_mind_is_a_new_row(case, leg):
    case.decide(leg, "proceeds", label="T1", amount="40", **WHO)
    case.decide(leg, "proceeds", label="T1", amount="60", **WHO)
    assert case.sql("SELECT amount FROM decision ORDER BY decision_no")["amount"].to_list() == [40, 60]
    assert case.sql("SELECT amount FROM decision_holding")["amount"].to_list() == [60]


@pytest.mark.parametrize("amount", [None, 0])
def test_the_same_decision_again_changes_nothing(case, leg, amount):
    for _ in range(2):
        case.decide(leg, "proceeds", label="T1", amount=amount, **WHO)
    assert case.sql("SELECT count(*) AS n FROM decision")["n"][0] == 1


def test_parts_of_one_payment_are_never_more_than_the_payment(case, leg):
    case.decide(leg, "proceeds", label="T1", amount="60", **WHO)
    case.decide(leg, "proceeds", label="T2", amount="40", **WHO)
    for more in (
        {"label": "T3", "amount": "0.01"},
        {"label": "T3"},
        {"label": "T1"},
        {"label": "T2", "amount": "40.01"},
    ):
        with pytest.raises(FinflowError, match="come to more than the payment"):
            case.decide(leg, "proceeds", **more, **WHO)
    with pytest.raises(FinflowError, match="come to more than the payment"):
        case.decide(leg, "cash_link", label="cash of V1", amount="1", **WHO)
    case.decide(leg, "proceeds", label="T1", amount="0", **WHO)
    case.decide(leg, "proceeds", label="T3", amount="60", **WHO)
    assert case.sql("SELECT sum(amount) AS n FROM decision_holding")["n"][0] == 100


def test_parts_in_one_file_are_counted_together_and_the_last_on_a_question_counts(case, leg, tmp_path):
    def marks(*parts):
        lines = "".join(f"a.csv,L1,,{part},{origin},PP,2026-01-14,statement,E\n" for origin, part in parts)
        return folder(tmp_path, proceeds=f"file,locator,detail_no,amount,origin,{COMMON}\n{lines}")

    with pytest.raises(FinflowError, match=r"proceeds.csv, line 3: the parts"):
        case.decide_from(marks(("T1", 60), ("T2", 41)))
    case.decide_from(marks(("T1", 60), ("T1", 59), ("T2", 41)))
    assert case.sql("SELECT sum(amount) AS n FROM decision_holding")["n"][0] == 100


def test_an_exact_part_is_kept_to_its_last_decimal(case, leg):
    case.decide(leg, "proceeds", label="T1", amount="99.99999999", **WHO)
    case.decide(leg, "proceeds", label="T2", amount="0.0000000100", **WHO)
    assert case.sql("SELECT CAST(amount AS VARCHAR) AS amount FROM decision ORDER BY decision_no")[
        "amount"
    ].to_list() == ["99.99999999", "0.00000001"]


OF_OTHERS = (*PAIRS, "withdrawn", "privileged", "sharing_permitted", "asset_payment", "earlier_debit")
"""They need legs, files or assets: test_mirrors, custody, assets, trace/test_earlier."""


def declare(case, *parties):
    """Parties of these ids; how many decisions that is."""
    for party in parties:
        case.decide(party, "party", f"Name {party}", label="natural", **WHO)
    return len(parties)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in OF_OTHERS])
def test_nothing_taken_back_holds_whatever_it_was(case, leg, kind):
    declared = declare(case, "X", "Y") if kind != "party" else 0
    with case.writing() as con:  # March is held, so that February is missing
        book(con, f"| account | date | amount |\n| {A} | 2025-03-02 | 1 |", file="b.csv")
    subject = {
        "proceeds": leg, "cash_link": leg, "repaid": leg, "holder": A, "gap_acknowledged": A, "policy": "method",
    }.get(kind, "X")  # fmt: skip
    object_ = {"role": "suspect", "listed": "shelter", "gap_acknowledged": "2025-02", "policy": "libr"}.get(
        kind, None if subject == leg else "Y"
    )
    label = {
        "party": "natural", "protection_overridden": "prosecutor", "gap_acknowledged": "EUR missing",
        "election": "linked_first",
    }.get(kind, "T1" if subject == leg else None)  # fmt: skip
    held = []
    for amount in (None, 0, None):
        case.decide(subject, kind, object_, label=label, amount=amount, **WHO)
        held.append(case.sql("SELECT count(*) AS n FROM decision_holding")["n"][0])
    assert [count - declared for count in held] == [1, 0, 1]


@pytest.mark.parametrize(
    ("subject", "kind", "object_", "more", "said"),
    [
        ("X", "guilty", None, {}, "Kinds: party"),
        ("X", "role", "boss", {}, "suspect, convicted"),
        ("X", "listed", "bad people", {}, "adult_adverts"),
        ("X", "party", "A", {"label": "company"}, "natural, legal"),
        ("X", "role", "suspect", {"why": " "}, "why is empty"),
        ("X", "role", "suspect", {"by": ""}, "decided_by is empty"),
        ("0000000000000000:L1", "proceeds", None, {"label": "T"}, "no bank line"),
        ("leg", "proceeds", None, {"label": "T", "amount": "100.01"}, "larger than the payment"),
        ("leg", "proceeds", None, {"label": "T", "amount": "-1"}, "negative"),
        ("leg", "proceeds", None, {"label": "T", "amount": "ten"}, "no number"),
        ("leg", "proceeds", None, {"label": "T", "amount": "NaN"}, "no number"),
        ("leg", "proceeds", None, {"label": "T", "amount": "-Infinity"}, "no number"),
        ("leg", "proceeds", None, {"label": "T", "amount": "1e30"}, "too large"),
        ("leg", "proceeds", None, {"label": "T", "amount": "0.000000001"}, "more than 8 decimals"),
        ("X", "holder", "Y", {"amount": "-1"}, "negative"),
        ("X", "protection_overridden", None, {"label": "misleading intern"}, "prosecutor, public prosecutor"),
        ("X", "protection_overridden", None, {}, "lead investigator"),
        ("leg", "proceeds", None, {}, "label is empty"),
        ("leg/3", "proceeds", None, {"label": "T"}, "no bank line"),
    ],
)
def test_what_cannot_be_decided_is_refused_in_words(case, leg, subject, kind, object_, more, said):
    with pytest.raises(FinflowError, match=said):
        case.decide(subject.replace("leg", leg), kind, object_, **{**WHO, **more})
    assert case.sql("SELECT count(*) AS n FROM decision")["n"][0] == 0


def test_who_may_be_named(case):
    for party, kind in [
        ("F1", "legal"),
        ("S1", "natural"),
        ("V1", "natural"),
        ("VS", "natural"),
        ("N1", "natural"),
        ("U1", "unknown"),
    ]:
        case.decide(party, "party", f"Name {party}", label=kind, **WHO)
    case.decide("S1", "role", "suspect", **WHO)
    case.decide("V1", "role", "possible victim", **WHO)
    case.decide("VS", "role", "suspect", **WHO)
    case.decide("VS", "role", "victim", **WHO)
    assert free(case) == {"F1", "S1"}  # not assessed, of unknown kind, victim and suspect at once: all protected


def test_a_role_taken_back_protects_again(case):
    case.decide("S1", "party", "Name", label="natural", **WHO)
    case.decide("S1", "role", "suspect", **WHO)
    assert free(case) == {"S1"}
    case.decide("S1", "role", "suspect", amount=0, **WHO)
    assert free(case) == set()


# ------------------------------------------------------------------------------------------- in bulk

COMMON = "decided_by,decided_on,why,evidence"


def folder(tmp_path, **files):
    path = tmp_path / "decisions"
    path.mkdir(exist_ok=True)
    for name, text in files.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


def test_a_folder_of_decisions_is_recorded_once(case, leg, tmp_path):
    with case.writing() as con:
        b = book(con, f"| account | date | amount |\n| {A} | 2025-10-02 | 1 |\n| {A} | 2025-10-01 | -1 |", file="b.csv")
    path = folder(
        tmp_path,
        parties=f"party_id,name,kind,accounts,{COMMON}\nV1,Jane Roe,natural,{A},PP,2026-01-14,passport,E-1\n",
        roles=f"party_id,role,valid_from,valid_until,{COMMON}\nV1,victim,2026-01-14,,PP,2026-01-14,identified,E-2\n",
        lists=f"value,list,{COMMON}\nNocturnAds,adult_adverts,PP,2026-01-14,site,E-3\n",
        proceeds=f"file,locator,detail_no,amount,origin,{COMMON}\na.csv,L1,,25.50,T1,PP,2026-01-14,statement,E-4\n",
        gaps=f"account_id,month,state,{COMMON}\n{A},2025-08,EUR missing,PP,2026-01-14,asked the bank,E-5\n",
        repaid=f"file,locator,detail_no,origin,{COMMON}\nb.csv,L2,,T1,PP,2026-01-14,statement,E-7\n",
        earlier_debits=f"file,locator,debit_file,debit_locator,amount,{COMMON}\nb.csv,L1,b.csv,L2,0.50,PP,2026-01-14,one plan,E-8\n",
        elections=f"asset_id,election,{COMMON}\nflat,linked_first,PP,2026-01-14,bought first,E-9\n",
        policies=f"policy,value,{COMMON}\nmethod,libr,PP,2026-01-14,before results,\n",
        cash_links_x=f"file,locator,withdrawal_file,withdrawal_locator,amount,origin,{COMMON}\na.csv,L1,,,74.50,cash of V1,PP,2026-01-14,notes,E-6\n",
    )
    counts = dict(case.decide_from(path).frame.select("kind", "recorded").rows())
    assert counts == {
        "party": 1,
        "holder": 1,
        "role": 1,
        "listed": 1,
        "proceeds": 1,
        "gap_acknowledged": 1,
        "cash_link": 1,
        "repaid": 1,
        "earlier_debit": 1,
        "election": 1,
        "policy": 1,
    }
    told = case.sql("SELECT subject, object, label, CAST(amount AS VARCHAR) AS amount FROM decision "
                    "WHERE kind IN ('repaid', 'earlier_debit', 'election', 'policy') ORDER BY decision_no")  # fmt: skip
    assert told.rows() == [
        (f"{b}:L2", None, "T1", None), (f"{b}:L1", f"{b}:L2", None, "0.50000000"),
        ("flat", None, "linked_first", None), ("method", "libr", None, None),
    ]  # fmt: skip
    assert case.decide_from(path).frame["recorded"].sum() == 0
    assert case.sql("SELECT subject, amount FROM decision WHERE kind = 'proceeds'").rows()[0][0] == leg


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("roles", "party_id,role,decided_by,decided_on,why\n", "roles.csv lacks column valid_from"),
        ("roles", f"party_id,role,valid_from,valid_until,{COMMON}\nV1,boss,,,PP,2026-01-14,x,\n", "roles.csv, line 2, column role is none of those there are. Use the role: suspect"),
        ("roles", f"party_id,role,valid_from,valid_until,{COMMON}\nV1,victim,14.1.26,,PP,2026-01-14,x,\n", "line 2: valid_from is no day"),
        ("roles", f"party_id,role,valid_from,valid_until,{COMMON}\nV1,victim,,,PP,,x,\n", "line 2: decided_on is empty"),
        ("proceeds", f"file,locator,detail_no,amount,origin,{COMMON}\nz.csv,L1,,,T,PP,2026-01-14,x,\n", "line 2: the file it cites is not loaded"),
        ("proceeds", f"file,locator,detail_no,amount,origin,{COMMON}\na.csv,L9,,,T,PP,2026-01-14,x,\n", "proceeds.csv, line 2, column locator: no bank line"),
        ("proceeds", f"file,locator,detail_no,amount,origin,{COMMON}\na.csv,L1,,1e,T,PP,2026-01-14,x,\n", "line 2: amount is no number"),
        ("repaid", f"file,locator,detail_no,origin,{COMMON}\na.csv,L1,,,PP,2026-01-14,x,\n", "repaid.csv, line 2: label is empty. Name the origin"),
        ("earlier_debits", f"file,locator,debit_file,debit_locator,amount,{COMMON}\na.csv,L1,a.csv,L1,,PP,2026-01-14,x,\n", "earlier_debits.csv, line 2: give as evidence"),
        ("earlier_debits", f"file,locator,debit_file,debit_locator,amount,{COMMON}\na.csv,L1,,,,PP,2026-01-14,x,E-1\n", "line 2, column debit_locator is empty. Give the debit before it"),
        ("elections", f"asset_id,election,{COMMON}\nflat,first,PP,2026-01-14,x,\n", "elections.csv, line 2, column election is none of those there are. Use label = linked_first"),
        ("policies", f"policy,value,{COMMON}\nmethod,first,PP,2026-01-14,x,\n", "policies.csv, line 2: method takes one of: fifo, lifo"),
        ("notes", "a\n", "notes.csv is no file of decisions"),
    ],
)  # fmt: skip
def test_a_fault_in_a_file_is_named_and_nothing_is_recorded(case, leg, tmp_path, name, text, said):
    good = f"party_id,name,kind,accounts,{COMMON}\nV1,Jane Roe,natural,,PP,2026-01-14,passport,E-1\n"
    with pytest.raises(FinflowError, match=said) as caught:
        case.decide_from(folder(tmp_path, parties=good, **{name: text}))
    assert "Jane" not in str(caught.value)
    assert case.sql("SELECT count(*) AS n FROM decision")["n"][0] == 0


def test_an_empty_folder_is_refused(case, tmp_path):
    with pytest.raises(FinflowError, match="holds no CSV of decisions"):
        case.decide_from(folder(tmp_path))


def test_a_file_in_another_encoding_is_refused(case, tmp_path):
    path = folder(tmp_path)
    (path / "lists.csv").write_bytes(f"value,list,{COMMON}\nCafé,lodging,PP,2026-01-14,x,\n".encode("cp1252"))
    with pytest.raises(FinflowError, match="not UTF-8"):
        case.decide_from(path)


def test_a_payment_inside_a_batch_of_an_xml_file_can_be_cited(case):
    with case.writing() as con:
        entry = book(con, f"| account | date | amount |\n| {A} | 2025-01-02 | 100 |", file="a.xml") + ":Stmt[1]/Ntry[2]"
        con.execute("UPDATE evidence.long_entry SET entry_id = $id, details = 2", {"id": entry})
        con.execute(
            "INSERT INTO evidence.detail BY NAME SELECT $id AS entry_id, 2 AS detail_no, 30 AS amount", {"id": entry}
        )
    case.decide(entry, "proceeds", label="T1", amount="100", **WHO)
    case.decide(entry + "/2", "proceeds", label="T1", amount="30", **WHO)
    with pytest.raises(FinflowError, match="larger than the payment"):
        case.decide(entry + "/2", "proceeds", label="T2", amount="31", **WHO)
    with pytest.raises(FinflowError, match="no bank line"):
        case.decide(entry + "/3", "proceeds", label="T1", **WHO)


def test_decisions_of_a_file_are_numbered_in_its_order(case, tmp_path):
    rows = [f"Q{n},Person {n},natural,,A. Jansen,2025-09-01,read" for n in range(500)]
    path = tmp_path / "parties.csv"
    path.write_text(
        "party_id,name,kind,accounts,decided_by,decided_on,why\n" + "\n".join(rows) + "\n", encoding="utf-8"
    )
    case.decide_from(path)
    with case.reading() as con:
        found = con.execute("SELECT subject FROM decision WHERE subject LIKE 'Q%' ORDER BY decision_no").fetchall()
    assert [subject for (subject,) in found] == [f"Q{n}" for n in range(500)]


# ---------------------------------------------------------------------------------- what is named must be there

OTHER = "NL91ABNA0417164301"  # its check digits are wrong


@pytest.mark.parametrize(
    ("subject", "kind", "object_", "more", "said"),
    [
        (OTHER, "holder", "S1", {}, "The decision, subject: no bank line and no side evidence names this"),
        (A, "holder", "S9", {}, "The decision, object: no party of this id is recorded.* Near it: S1"),
        ("S9", "role", "suspect", {}, "The decision, subject: no party"),
        ("S1", "same_as", "Jan Jansen", {}, "The decision, object: no party"),
        ("S1", "same_as", None, {}, "object is empty. Give the party it is the same as"),
        (A, "gap_acknowledged", "2025-13", {}, "subject and object: nothing is in doubt in that month"),
        (A, "gap_acknowledged", "2025-01", {"label": "EUR missing"}, "nothing is in doubt in that month"),
        (OTHER, "gap_acknowledged", "2025-02", {"label": "EUR missing"}, "nothing is in doubt"),
        ("leg", "cash_link", "0000000000000000:L1", {"evidence": "E-1"}, "The decision, object: no bank line"),
        ("leg", "mirror", "0000000000000000:L1", {}, "The decision, object: no bank line"),
        ("0000000000000000:L1", "not_mirror", "leg", {}, "The decision, subject: no bank line"),
        ("0000000000000000:L1", "privileged", None, {}, "The decision, subject: no bank line"),
        ("car", "asset_payment", "0000000000000000:L1", {}, "The decision, object: no bank line"),
        ("car", "protection_overridden", None, {"label": "prosecutor"}, "The decision, subject: no party is recorded"),
    ],
)
def test_what_is_not_there_cannot_be_decided_about(case, leg, subject, kind, object_, more, said):
    declare(case, "S1")
    subject, object_ = subject.replace("leg", leg), leg if object_ == "leg" else object_
    with pytest.raises(FinflowError, match=said) as caught:
        case.decide(subject, kind, object_, **WHO, **more)
    for value in (OTHER, "Jansen", A, leg):
        assert value not in str(caught.value)
    assert case.sql("SELECT count(*) AS n FROM decision")["n"][0] == 1


@pytest.mark.parametrize("order", [("party", "role"), ("role", "party")])
def test_a_party_declared_anywhere_in_the_same_rows_is_there(case, order):
    rows = {
        "role": {"kind": "role", "subject": "V1", "object": "victim"},
        "party": {"kind": "party", "subject": "V1", "object": "Jane Roe", "label": "natural"},
    }
    common = dict.fromkeys(("label", "amount", "valid_from", "valid_until", "evidence"))
    common |= {"decided_by": "PP", "decided_on": date(2026, 1, 14), "why": "x"}
    assert record(case, [common | rows[kind] for kind in order]).frame["recorded"].to_list() == [1, 1]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("parties", f"party_id,name,kind,accounts,{COMMON}\nV1,J,natural,{A} NL02X,PP,2026-01-14,x,\n", "line 2, column accounts: no bank"),
        ("roles", f"party_id,role,valid_from,valid_until,{COMMON}\nV9,victim,,,PP,2026-01-14,x,\n", "line 2, column party_id: no party"),
        ("gaps", f"account_id,month,{COMMON}\n{A},2025-01,PP,2026-01-14,x,\n", "line 2, column account_id and month: nothing"),
        ("cash_links", f"file,locator,withdrawal_file,withdrawal_locator,amount,origin,{COMMON}\na.csv,L1,a.csv,L9,,T,PP,2026-01-14,x,E-1\n", "line 2, column withdrawal_locator: no bank"),
    ],
)  # fmt: skip
def test_a_file_that_names_what_is_not_there_is_refused_by_line_and_column(case, leg, tmp_path, name, text, said):
    with pytest.raises(FinflowError, match=rf"{name}\.csv, {said}"):
        case.decide_from(folder(tmp_path, **{name: text}))
    assert case.sql("SELECT count(*) AS n FROM decision")["n"][0] == 0


def test_an_account_that_side_evidence_names_is_there(case):
    declare(case, "S1")
    with case.writing() as con:
        con.execute(
            "INSERT INTO evidence.devices BY NAME SELECT 'x:L2' AS row_id, 'x' AS file_id, 'L2' AS locator, "
            f"'{OTHER}' AS account, TIMESTAMP '2025-01-01 10:00:00' AS logged_in_at, 'phone' AS device"
        )
    case.decide(OTHER, "holder", "S1", **WHO)


def test_what_may_come_later_may_be_named_before(case, leg):
    declare(case, "S1")
    case.decide("NL91ABNA0417164300", "holder", "S1", **WHO)  # an IBAN with right check digits
    with case.writing() as con:
        paid = book(con, f"| account | date | amount |\n| {A} | 2025-01-03 | -60 |", file="b.csv") + ":L1"
    case.decide("car", "asset_payment", paid, **WHO)  # pages say that nobody registered it


def test_an_asset_is_paid_with_no_more_than_left_on_a_line(case, leg):
    with case.writing() as con:
        paid = book(con, f"| account | date | amount |\n| {A} | 2025-01-03 | -60 |", file="b.csv") + ":L1"
    with pytest.raises(FinflowError, match="money came on this line"):
        case.decide("car", "asset_payment", leg, **WHO)
    with pytest.raises(FinflowError, match="larger than the payment"):
        case.decide("car", "asset_payment", paid, amount="60.01", **WHO)
    case.decide("car", "asset_payment", paid, amount="60", **WHO)
    case.decide("car", "asset_payment", leg, amount="0", **WHO)  # what was never so may be taken back


def test_what_stands_may_be_given_again_and_taken_back_when_what_it_names_is_gone(case, leg):
    declare(case, "S1")
    case.decide(A, "holder", "S1", **WHO)
    with case.writing() as con:
        con.execute("DELETE FROM evidence.long_entry; DELETE FROM evidence.statement")
    assert case.decide(A, "holder", "S1", **WHO).frame["recorded"].to_list() == [0]
    assert case.decide(A, "holder", "S1", amount=0, **WHO).frame["recorded"].to_list() == [1]
    with pytest.raises(FinflowError, match="no bank line and no side evidence"):
        case.decide(A, "holder", "S1", **WHO)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_the_code_is_current(name):
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run: python -m tests.pages"


def test_every_kind_is_explained_by_the_verb():
    told = CliRunner().invoke(cli.app, ["decide", "--help"]).output
    for name, kind in KINDS.items():
        assert f"{name}: subject = {kind.subject.split()[0]}" in told
