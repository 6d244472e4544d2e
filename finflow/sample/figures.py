"""What the case is: its dates, sums and rhythms, for a specialist to read and change. Whole euros unless said.

The generator measures what it wrote and puts that into `answers.json`; the totals here are what it aims at.
"""

import datetime as dt
from dataclasses import dataclass

Day = dt.date

FIRST_DAY = Day(2024, 5, 1)
LAST_DAY = Day(2026, 4, 30)
CUT_OFF = Day(2026, 5, 4)
DAYS_WORKED = (24, 30.4)
SWEEPS_SPLIT_A_MONTH = 4
DIRTY_ROWS = 37


@dataclass(frozen=True)
class Earner:
    """A person whose work others took the money of: 1.2 of the case."""

    id: str
    from_day: Day
    to_day: Day
    days: int
    gross_a_day: int
    account: str | None
    absent: tuple[Day, ...] = ()

    @property
    def gross(self) -> int:
        """Euros earned in all."""
        return self.days * self.gross_a_day


EARNERS = (
    Earner("V1", Day(2024, 5, 13), LAST_DAY, 567, 480, "NL-01"),
    Earner("V2", Day(2024, 5, 13), Day(2025, 1, 31), 208, 430, "NL-02"),
    Earner("V3", Day(2024, 7, 1), LAST_DAY, 528, 470, "NL-03"),
    Earner("V4", Day(2024, 9, 16), Day(2025, 8, 31), 276, 420, "DE-04"),
    Earner("V5", Day(2024, 11, 1), LAST_DAY, 431, 450, "NL-05", absent=(Day(2026, 3, 27), Day(2026, 3, 28))),
    Earner("V6", Day(2025, 3, 3), Day(2025, 12, 15), 227, 440, None),
    Earner("V7", Day(2025, 6, 16), LAST_DAY, 252, 460, "DE-07"),
    Earner("V8", Day(2025, 9, 1), LAST_DAY, 191, 430, "NL-08"),
)
GROSS = 1_217_560
CASH, P2P, WALLET, NIGHT_CARD = 754_887, 316_566, 86_107, 60_000
WEEKDAY_WEIGHT = (0.6, 1.0, 1.0, 1.35, 1.35, 1.35, 1.0)
FAIR_WEIGHT = 1.5
FAIR_WEEKS = tuple(
    Day.fromisoformat(monday)
    for monday in ("2024-09-16", "2024-11-18", "2025-03-10", "2025-04-07", "2025-09-15", "2025-11-17", "2026-03-09")
)
DAILY_NOISE = 0.25
MOVE_DIP_DAYS = 5
NOTEBOOK = {"month": "2025-11", "initials": 6, "about": 64_700}
DAYS_EVIDENCED_TWICE = 2_140

PAYMENTS_A_DAY = {"NL": "1.74", "DE": "1.86"}
PAYMENT_SIZES = {40: 8, 50: 27, 60: 17, 75: 14, 80: 10, 100: 15, 120: 4, 150: 4, 200: 1}
NIGHT_SHARE = 71
PAYER_TIMES = {1: 700, 2: 130, 3: 75, 4: 40, 5: 22, 6: 13, 7: 9, 8: 6, 9: 5}
KEPT_PERCENT = 11
LEFT_ON_ACCOUNT = (3, 19)
LAST_BALANCE = {"NL-01": 1140, "NL-03": 760, "NL-05": 1615, "NL-08": 425, "DE-04": 600, "DE-07": 1400}
"""Cents on the persons' accounts at the cut-off; NL-02 keeps what the last sweep left it."""

TO_NL20, TO_NL23, TO_DE24 = 176_000, 41_700, 64_044
REDIRECTED_FROM = Day(2026, 4, 2)
"""The bank asks C2 for papers; from this day every Dutch sweep goes to NL-23."""
NL05_TO_NL23_FROM = Day(2025, 1, 1)
V1_WAGE, V1_WAGE_MONTHS = 640, 4
V5_BENEFIT, V5_BENEFIT_FROM = 96, Day(2024, 11, 1)

OPENING_NL20 = 2_960
C2_WAGE = 1_180
WALLET_TO_NL20 = 61_000
WALLET_OPENED = Day(2024, 7, 4)
WALLET_LAST = Day(2026, 3, 31)
WALLET_HELD = (Day(2025, 1, 1), Day(2026, 4, 1))
WALLET_MISSING = (Day(2025, 8, 1), Day(2025, 9, 1))
WALLET_ADVERT_CARDS, WALLET_OTHER_CARDS, WALLET_CARDS = 11_520, 8_000, 300
WALLET_FEE_CENTS = 239
RENT_A, RENT_B, RENT_C = 1_650, 1_450, 1_280
RENT_B_FROM, RENT_C_FROM = Day(2024, 7, 1), Day(2024, 11, 1)
BUMP, BUMPS, PREMIUM, PREMIUMS = 24, 164, 79, 106
BUMP_DAYS = 41
STAYS, STAY = 61, 212
TRAVEL = 14_588
VAN, VAN_FROM = 389, Day(2024, 10, 1)
SPANISH_FLAT = (
    (Day(2025, 10, 6), 6_200, "reserva piso Almedra 14"),
    (Day(2025, 12, 8), 55_800, "compra piso Almedra 14"),
    (Day(2025, 12, 9), 11_700, "impuestos compra"),
    (Day(2026, 1, 20), 5_200, "notaria y gestoria"),
    (Day(2026, 2, 17), 2_600, "muebles cocina"),
    (Day(2025, 12, 3), 742, "cuota hipoteca 12/2025"),
    (Day(2026, 1, 5), 742, "cuota hipoteca 01/2026"),
    (Day(2026, 2, 3), 742, "cuota hipoteca 02/2026"),
    (Day(2026, 3, 3), 742, "cuota hipoteca 03/2026"),
    (Day(2026, 4, 2), 742, "cuota hipoteca 04/2026"),
)
C2_LIVING = 18_469
LAST_CASH = ((Day(2026, 4, 6), 2_100), (Day(2026, 4, 9), 2_020), (Day(2026, 4, 14), 2_000))
NL20_BEFORE_LAST_CASH = 17_400
BANK_QUESTION = Day(2025, 1, 20)

NL23_CASH, NL23_DEPOSITS = (34_100, 74_000), (11, 35)
DE24_CASH, DE24_DEPOSITS = (12_800, 46_720), (4, 20)
CASH_BEFORE, CASH_AFTER, CASH_RUN = (1_500, 4_900), (1_000, 2_900), (2_400, 2_900)
RUNS = {
    "NL-23": (Day(2025, 3, 10), Day(2025, 9, 8), Day(2026, 2, 9)),
    "DE-24": (Day(2025, 11, 10),),
}
TO_NL25, CASINO, HOLIDAYS, K1_CASH = 46_300, 38_900, 27_300, 22_940
DE24_TO_NL22, MSB, MSB_PAYMENTS, MSB_FEE, K2_CASH = 49_000, 14_160, 22, 7, 1_200
C1_LIVING = 46_715
WATCHES_AND_GOLD = (
    (Day(2024, 11, 22), 3_950), (Day(2025, 2, 14), 4_800), (Day(2025, 4, 25), 5_400), (Day(2025, 7, 4), 6_250),
    (Day(2025, 9, 19), 7_100), (Day(2025, 11, 28), 7_600), (Day(2026, 1, 30), 8_300), (Day(2026, 3, 20), 7_200),
)  # fmt: skip
LAWYER = ((Day(2026, 1, 20), 3_500), (Day(2026, 2, 24), 3_000), (Day(2026, 4, 14), 3_000))
N2_PAY, N2_CASH_AND_LIVING = 900, 20_615
EXCHANGE_PURCHASES = 11

FIRM_FROM = Day(2024, 6, 1)
FIRM_MONTHS = 23
FIRM_REAL, FIRM_CASH, TUESDAYS = 73_600, 121_700, 100
TUESDAY_RANGE = (1_000, 1_430)
NIGHT_SALES = {50: 200, 100: 275, 150: 150}
NIGHT_SALES_PERCENT = 28
FIRM_RENT, FIRM_WAGES, FIRM_TAXES, FEE_TO_NL22 = 43_700, (1_480, 1_480), 48_735, 58_755
FIRM_VAT_INVENTED = 31_535
LOAN, LOAN_DAY = 50_000, Day(2025, 8, 29)
SUV, SUV_DAY = (8_900, 50_000), Day(2025, 9, 3)

RECRUITER_EACH = 600
HOME_EACH, HOME_EVERY = (50, 150), (14, 21)
MD_OPENING, MD_CAR, MD_BALANCE = 24_000, (Day(2025, 11, 14), 62_000), 38_200
"""Lei on MD-40: at first, for a car, at the cut-off."""
MD_RATES = ("19.12", "19.25", "19.41", "19.36", "19.58", "19.74", "19.83", "19.69", "19.88")
"""Lei for a euro, quarter by quarter from April 2024: no central bank of the euro area publishes one."""

HU_OPENING, HU_PENSION, HU_LIVING = 2_140, 148, -121
HU_FROM, HU_TO = Day(2024, 8, 1), Day(2025, 6, 15)
HU_FEE_CENTS = 450
HU_CREDITS = (
    # credited, thousand HUF, euros sent by NL-20, NL-23 and DE-24 one business day before
    (Day(2024, 9, 5), 1_960, (3_415, 1_600, 0)),
    (Day(2024, 10, 7), 1_988, (3_500, 1_500, 0)),
    (Day(2024, 11, 6), 2_043, (2_940, 1_000, 1_100)),
    (Day(2024, 12, 5), 2_066, (2_840, 1_100, 1_100)),
    (Day(2025, 1, 8), 2_047, (2_785, 1_100, 1_100)),
    (Day(2025, 2, 6), 2_005, (3_075, 0, 1_900)),
    (Day(2025, 3, 6), 4_010, (5_320, 2_400, 2_400)),
    (Day(2025, 4, 7), 4_060, (5_290, 2_200, 2_600)),
    (Day(2025, 5, 6), 4_020, (5_435, 1_500, 3_100)),
)
HU_COUNTER = (
    (Day(2024, 12, 20), 3_000), (Day(2025, 1, 31), 2_900), (Day(2025, 3, 28), 2_950), (Day(2025, 4, 30), 2_980),
)  # fmt: skip
HU_INHERITANCE = (Day(2025, 2, 11), 18_000)
HU_FLAT = ((Day(2025, 3, 3), -4_800), (Day(2025, 5, 19), -43_200))
HU_BUILDER = (Day(2025, 6, 10), -6_900)
HU32_CASH = ((Day(2025, 8, 22), 6_900_000), (Day(2025, 8, 25), 6_600_000), (Day(2025, 8, 26), 6_600_000))
HU32_BALANCE = 4_100_000
HU32_RATE = "398.20"

COSTS = {
    "left to the persons": 133_930, "flats": 94_540, "short stays": 12_932, "adverts": 23_830, "travel": 14_588,
    "recruiter": 9_600, "false job papers": 2_800, "collectors": 57_600, "phones, clinic, cosmetics": 14_880,
    "food": 21_600, "firm, net": 107_615,
}  # fmt: skip
USES = {
    "account of N1": 89_900, "renovation in cash": 41_000, "flat in Spain": 85_210, "SUV": 58_900, "van lease": 7_391,
    "watches and gold": 50_600, "crypto": 46_300, "gambling": 38_900, "living": 99_600, "holidays": 27_300,
    "remittances": 44_160, "safe": 47_500, "balances": 26_850, "lawyer": 9_500, "not found": 50_534,
}  # fmt: skip
COSTS_TOTAL, NET = 493_915, 723_645
SENT_HOME, CASH_NEVER_BANKED = 19_400, 386_000

FREEZE_DAYS = (Day(2026, 4, 7), Day(2026, 4, 20), Day(2026, 5, 5), Day(2026, 5, 19))
WARNED_FALL_PERCENT = 60
