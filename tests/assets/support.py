"""A case with two accounts, three persons, a firm and their assets, small enough to check by hand."""

import finflow
from tests.core_support import book

MIXED = "NL02FOOB0000000001"  # account of S1: 600 opening, 900 in, 1000 out for a car, 500 out for gold
VICTIMS = "NL72FOOB0000000002"  # account of V1
FIRMS = "NL45FOOB0000000003"  # account of F1, a firm
WHO = {"by": "A. Jansen, investigator", "why": "read in the file"}
LEAD = {"override_by": "M. de Wit, lead prosecutor", "override_why": "weighed on 2 March, note 17"}
HEADER = (
    "asset_id,kind,description,state,holder_party_id,beneficial_owner_party_id,amount,currency,valued_on,value_source,"
    "encumbrance,encumbrance_holder,account_id,good_faith_question,use_note,payments,decided_by,decided_on,why,evidence"
)
BY = "A. Jansen,2025-09-01,the bill names the line,E-7"
ROWS = {
    "car": f"car,vehicle,Car XX-1,NL,S1,,800.00,EUR,2025-08-01,dealer,,,,,used for transport,a.csv#L2,{BY}",
    "gold": f"gold,valuables,Gold bars,NL,S1,,450.00,EUR,2025-08-01,bill,,,,,,a.csv#L4,{BY}",
    "flat": "flat,real_estate,Flat 7,ES,N1,S1,1000.00,EUR,2025-08-01,contract,650.00,bank of N1,,,,,,,,",
    "open": "open,real_estate,Flat 8,ES,N1,S1,1000.00,EUR,2025-08-01,contract,,,,what N1 knew is open,,,,,,",
    "third": "third,vehicle,Van,NL,T1,S1,300.00,EUR,2025-08-01,dealer,,,,,,,,,,",
    "let": "let,real_estate,Flat let to S1,NL,F2,,9000.00,EUR,2025-08-01,register,,,,,,,,,,",
    "leased": "leased,vehicle,Leased van,NL,F1,S1,300.00,EUR,2025-08-01,lease,300.00,lessor,,,used for transport,,,,,",
    "hers": "hers,valuables,Ring,NL,V1,S1,100.00,EUR,2025-08-01,bill,,,,,,,,,,",
    "forher": "forher,valuables,Chain,NL,S1,V1,100.00,EUR,2025-08-01,bill,,,,,,,,,,",
    "nobody": "nobody,valuables,Watch,NL,U1,S1,100.00,EUR,2025-08-01,bill,,,,,,,,,,",
    "heraccount": f"heraccount,bank_balance,Balance,NL,S1,S1,40.00,EUR,2025-08-01,statement,,,{VICTIMS},,,,,,,",
    "foreign": f"foreign,real_estate,House,HU,S1,,90000.00,HUF,2025-08-01,contract,,,,,,a.csv#L2,{BY}",
}
PARTIES = {
    "S1": "natural",
    "V1": "natural",
    "N1": "natural",
    "T1": "natural",
    "U1": "natural",
    "F1": "legal",
    "F2": "legal",
}
ROLES = {"S1": "suspect", "V1": "victim", "N1": "other", "T1": "third party"}


def new_case(folder):
    """The case, resolved, with one payment of 900 marked as proceeds."""
    case = finflow.open_case(folder)
    with case.writing() as con:
        first = book(con, f"""
            | account | date       | amount | balance_after | name      | other      |
            | {MIXED} | 2025-05-01 | 900    | 1500          | Vera Voss | {VICTIMS}  |
            | {MIXED} | 2025-06-01 | -1000  | 500           | Car House | NL1CARS    |
            | {MIXED} | 2025-06-02 | 100    | 600           | Employer  | NL1WORK    |
            | {MIXED} | 2025-07-01 | -500   | 100           | Gold Shop | NL1GOLD    |
            """, file="a.csv", holder="Sam Suspect", opening=600, closing=100)  # fmt: skip
        book(con, f"""
            | account   | date       | amount | balance_after | other   |
            | {VICTIMS} | 2025-04-30 | 940    | 940           |         |
            | {VICTIMS} | 2025-05-01 | -900   | 40            | {MIXED} |
            """,
             file="b.csv", holder="Vera Voss", opening=0, closing=40)  # fmt: skip
        book(con, f"| account | date | amount |\n| {FIRMS} | 2025-05-01 | 70 |", file="c.csv", holder="Firm BV")
    for party, kind in PARTIES.items():
        name = {"S1": "Sam Suspect", "V1": "Vera Voss", "F1": "Firm BV"}.get(party, f"Name of {party}")
        case.decide(party, "party", name, label=kind, **WHO)
    for account, party in ((MIXED, "S1"), (VICTIMS, "V1")):
        case.decide(account, "holder", party, **WHO)
    for party, role in ROLES.items():
        case.decide(party, "role", role, **WHO)
    case.decide(first + ":L1", "proceeds", label="payment 1", **WHO)
    case.resolve()
    return case


def link_to_a_line_not_held(case, asset_id):
    """A payment that was linked to the asset while its line was held; now its file is withdrawn."""
    with case.writing() as con:
        leg = book(con, f"| account | date | amount |\n| {MIXED} | 2025-08-01 | -3 |", file="gone.csv") + ":L1"
    case.decide(asset_id, "asset_payment", leg, **WHO)
    case.withdraw("gone.csv", **WHO)


def register_file(folder, *names, rows=None, name="assets.csv"):
    """Write a register with these rows; when none is named, all but the one that cites the payment for the car again."""
    path = folder / name
    lines = rows if rows is not None else [ROWS[row] for row in names or (name for name in ROWS if name != "foreign")]
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path
