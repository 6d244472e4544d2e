"""The worked vectors of tests/vectors as legs of one account."""

import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "vectors"
VECTORS = json.loads((FOLDER / "tracing.json").read_text(encoding="utf-8"))
ACCOUNTS = {v["account"]: v for v in json.loads((FOLDER / "mixed_accounts.json").read_text(encoding="utf-8"))}
METHODS = {"fifo": "fifo", "lifo": "lifo", "rolling": "pro_rata", "libr": "libr", "first": "tainted_first"}
GOLDEN = [(a, v, m) for a, d in ACCOUNTS.items() for v in d["variants"] for m in METHODS.values()]
POCKET = ("A", "EUR")
NAMES = {"own": "other credit", "BANK_CREDIT": "bank credit"}


@dataclass(frozen=True)
class Units:
    """Minor units to one unit of the vector. A whole figure must be met; a fraction within one unit a split."""

    scale: int

    def check(self, got: dict[str, int], expected: dict[str, str], near: int) -> None:
        wanted = {NAMES.get(label, label): Fraction(x) * self.scale for label, x in expected.items()}
        for label in got.keys() | wanted.keys():
            exact = wanted.get(label, Fraction(0))
            tolerance = 0 if exact.denominator == 1 and self.scale == 1 else near
            assert abs(got.get(label, 0) - exact) <= tolerance, (label, got, expected)


def vector_legs(name: str) -> tuple[list[dict], list[str], Units, list]:
    vector = VECTORS[name]
    fractions = any("/" in x for text in [json.dumps(vector["expected"])] for x in text.split('"'))
    units = Units(10**6 if fractions else 1)
    legs, origins = [], []
    for event in vector["events"]:
        if event[0] == "D":
            leg = {"pocket": POCKET, "side": "CRDT", "amount": event[2] * units.scale}
            if event[1] not in vector["clean"]:
                leg["marks"] = [(event[1], None)]
                origins += [] if event[1] in origins else [event[1]]
        else:
            leg = {"pocket": POCKET, "side": "DBIT", "amount": event[1] * units.scale}
        legs.append(leg)
    return legs, origins, units, vector["events"]


def golden_legs(account: str, variant: str) -> tuple[list[dict], dict, list[int], Units]:
    """Legs, per method what is expected, numbers of the payments for the asset."""
    data = ACCOUNTS[account]["variants"][variant]
    legs, asset = [], []
    units = Units(10**6)
    for i, (_, amount, use) in enumerate(data["events"]):
        leg = {"pocket": POCKET, "side": "CRDT" if amount > 0 else "DBIT", "amount": abs(amount) * units.scale}
        if use == "credit:proceeds":
            leg["marks"] = [("proceeds", None)]
        if use == f"debit:{ACCOUNTS[account]['asset_use']}":
            asset.append(i)
        legs.append(leg)
    wanted = {m: {"asset": x["proceeds_in_asset"], "left": x["proceeds_left"]} for m, x in data["expected"].items()}
    return legs, wanted, asset, units
