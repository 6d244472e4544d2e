"""Small bank files as banks deliver them, for what happens to a file after it was received."""

import finflow

NL = "NL91ABNA0417164300"
DE = "DE89370400440532013000"
SHOP = "NL20INGB0001234567"
LAWYER = "NL39RABO0300065264"
WHO = {"by": "Lead investigator", "why": "reason in words"}

MAPPING = """
name = "Testbank"
files = ["*.csv"]
format = "csv"
bank = "TESTNL2A"
currency = "EUR"
[table]
delimiter = ";"
[columns]
account = "account"
booking_date = "date"
amount = "amount"
counterparty_account = "other"
counterparty_name = "name"
narrative = "text"
"""
HEADER = "account;date;amount;other;name;text"
LEDGER = f"""
{NL};2025-01-02;1000.00;{DE};Vera Voss;wages
{NL};2025-01-03;-300.00;{LAWYER};Duin Advocaten;dossier 77 advice
{NL};2025-01-04;-200.00;{SHOP};Kiosk;cigarettes
"""
OTHER = f"""
{DE};2025-01-02;-1000.00;{NL};Sam Suspect;wages
{DE};2025-01-05;-40.00;;Shelter Safe Haven;rent for room 5
"""


def write(folder, name="a.csv", ledger=LEDGER, right="", mapping=MAPPING):
    """A bank file with its mapping and, when given, the right to use it."""
    place = folder / "bank"
    place.mkdir(exist_ok=True)
    (place / "bank.mapping.toml").write_text(mapping, encoding="utf-8")
    if right:
        (place / "sources.toml").write_text(
            f'[[source]]\nfiles = ["*"]\nobtained_by = "EIO"\n{right}', encoding="utf-8"
        )
    path = place / name
    path.write_text(HEADER + ledger.rstrip() + "\n", encoding="utf-8")
    return path


def loaded(folder, *files, name="case"):
    """A case with these files (both ledgers when none is named), resolved."""
    case = finflow.open_case(folder / name)
    case.load(*(files or (write(folder), write(folder, "b.csv", OTHER))))
    case.resolve()
    return case


def derived(case):
    """Every row of every derived table."""
    tables = ("duplicate_entry", "account", "party", "party_role", "transfer", "leg")
    with case.reading() as con:
        return {name: con.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in tables}


def leg(case, amount, account=NL):
    """Id of the leg with this amount on an account."""
    query = "SELECT leg_id FROM leg WHERE amount = $amount AND account_id = $account"
    return case.sql(query, amount=amount, account=account)["leg_id"].item()


def files_with(folder, *texts):
    """Files of a folder whose bytes hold one of the texts."""
    held = [path for path in folder.rglob("*") if path.is_file()]
    return [path.relative_to(folder).as_posix() for path in held if any(t.encode() in path.read_bytes() for t in texts)]
