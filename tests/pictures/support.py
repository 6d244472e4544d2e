"""A small invented case to draw, and trails over it made by hand: four fifths of each transfer are traced."""

from decimal import Decimal

import polars as pl

import finflow
from finflow.trace.trail import Trail
from tests.core_support import book, known

WHO = {"by": "prosecutor", "why": "decision"}
SUSPECT, FIRM, MOTHER, COLLECTOR = (f"NL1{n}FOOB000000002{n}" for n in range(4))
VICTIMS = [f"NL2{n}FOOB000000010{n}" for n in range(6)]
SELLER, CARS = "HU55BARB0000005501", "NL56BARB0000005602"
HOSTILE = "</script><img src=x onerror=document.title='broken'>"


NONE = pl.DataFrame()
MONTHS = {"account_id": pl.String, "month": pl.Date, "status": pl.String, "acknowledged": pl.Boolean}


def made(transfers, months=()):
    """A trail whose transfers are given, not traced."""
    rests_on = pl.DataFrame(list(months), schema=MONTHS, orient="row")
    named = ("held", "ends", "proof", "other", "remarks", "steps", "lying", "payments", "marks", "elections")
    rest = dict.fromkeys(named, NONE)
    return Trail(transfers, key="k", policies={"method": "fifo"}, leads_only=False, units={}, rests_on=rests_on, **rest)


def trail_of(case, part="0.8", only=None):
    """A trail by hand: the same part of each transfer, where it left and where it arrived."""
    frame = case.sql(
        "SELECT transfer_id, 'T1' AS origin, amount AS traced, currency, "
        "credit_amount AS arrived, credit_currency AS arrived_currency FROM transfer ORDER BY transfer_id"
    )
    parts = [
        pl.Series(name, [x and (x * Decimal(part)).quantize(Decimal("0.01")) for x in frame[name]], pl.Decimal(38, 8))
        for name in ("traced", "arrived")
    ]
    frame = frame.with_columns(parts)
    return made(frame if only is None else frame.filter(pl.col("transfer_id").is_in(only)))


def lines(case, account, rows, holder=None):
    head = (
        "| account | date | amount | other | name | kind | merchant_category | end_to_end_id | currency | narrative |\n"
    )
    with case.writing() as con:
        return book(
            con, head + "\n".join(f"| {account} | {row} |" for row in rows), file=f"{account}.csv", holder=holder
        )


def party(case, party_id, name, kind, *accounts, role=None):
    case.decide(party_id, "party", name, label=kind, **WHO)
    known(case, *accounts)
    for account in accounts:
        case.decide(account, "holder", party_id, **WHO)
    if role:
        case.decide(party_id, "role", role, **WHO)


def months(n):
    return [f"20{24 + (4 + m) // 12}-{(4 + m) % 12 + 1:02}" for m in range(n)]


def chain(folder, victims=4, payments=6, firm="Lantern Wellness B.V."):
    """Payers, protected persons, two collecting accounts, a firm, cash, a circle, and a flat bought in another currency."""
    case = finflow.open_case(folder)
    party(case, "C2", "Marlies Example", "natural", SUSPECT, role="suspect")
    party(case, "K1", "Bence Example", "natural", COLLECTOR, role="suspect")
    party(case, "B1", firm, "legal", FIRM, role="other")
    party(case, "N1", "Ilona Example", "natural", MOTHER, role="third party")
    case.decide("Night Adverts", "listed", "adult_adverts", **WHO)
    into_suspect, into_collector = [], []
    for n, account in enumerate(VICTIMS[:victims]):
        party(case, f"V{n}", f"Corina Secret{n}", "natural", account, role="possible victim")
        rows = []
        for k, month in enumerate(months(payments)):
            to, target = (SUSPECT, into_suspect) if n % 3 else (COLLECTOR, into_collector)
            for day in range(1, 4):
                rows.append(f"{month}-0{day} | {100 + 10 * n + day} | | Payer Bosch{n}{k}{day} | | | | | thx Corina")
            rows.append(f"{month}-05 | {-(280 + 30 * n)} | {to} | | | | S{n}-{k} | | back")
            target.append(f"{month}-05 | {280 + 30 * n} | {account} | | | | S{n}-{k} | | back")
        lines(case, account, rows)
    _collectors(case, into_suspect, into_collector, months(payments))
    case.resolve()
    _flat(case)
    return case


def _collectors(case, into_suspect, into_collector, when):
    last = when[-1]
    lines(case, SUSPECT, [
        *into_suspect,
        *(f"{m}-07 | -240 | | Night Adverts | card_payment | 7311 | | | bump" for m in when),
        *(f"{m}-08 | -300 | | | cash_withdrawal | | | |" for m in when),
        f"{last}-20 | -900 | {MOTHER} | | | | M-1 | |",
        f"{last}-22 | 200 | {FIRM} | | | | L-1 | |",
        f"{last}-25 | -1.50 | | | fee | | | |",
        f"{last}-26 | -300 | {FIRM} | | | | F-2 | |",
    ])  # fmt: skip
    lines(case, COLLECTOR, [
        *into_collector,
        f"{last}-12 | -1100 | {FIRM} | | | | F-1 | |",
        f"{last}-20 | -400 | {MOTHER} | | | | M-2 | |",
    ])  # fmt: skip
    lines(case, FIRM, [
        f"{when[0]}-02 | 500 | | | cash_deposit | | | |",
        f"{last}-12 | 1100 | {COLLECTOR} | | | | F-1 | |",
        f"{last}-15 | -950 | {CARS} | Dealer Autos | | | | |",
        f"{last}-22 | -200 | {SUSPECT} | | | | L-1 | |",
        f"{last}-26 | 300 | {SUSPECT} | | | | F-2 | |",
    ])  # fmt: skip
    lines(case, MOTHER, [
        f"{last}-21 | 350000 | {SUSPECT} | | | | M-1 | HUF |",
        f"{last}-21 | 155000 | {COLLECTOR} | | | | M-2 | HUF |",
        f"{last}-24 | -480000 | {SELLER} | Seller Secret | | | | HUF | flat, third floor",
    ])  # fmt: skip


def _flat(case):
    """The flat stands in the register, and a person says which payments bought it."""
    leg = case.sql("SELECT leg_id FROM leg WHERE counterparty_account_id = $seller", seller=SELLER)["leg_id"][0]
    with case.writing() as con:
        con.execute(
            "INSERT INTO asset BY NAME SELECT 'A-1' AS asset_id, 'f' AS file_id, 'L2' AS locator, 'real_estate' AS kind, "
            "'flat in a secret street' AS description, 'HU' AS state, 'N1' AS holder_party_id, 480000 AS amount, "
            "'HUF' AS currency, DATE '2025-01-01' AS valued_on, 'register' AS value_source"
        )
    case.decide("A-1", "asset_payment", leg, **WHO)
