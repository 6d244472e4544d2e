"""The sample case Saltmarsh: an invented file of an invented investigation, the same bytes from the same seed.

It is made apart from the product: nothing here reads, checks, detects or traces with finflow's own code.
"""

from pathlib import Path

from finflow.places import shipped
from finflow.sample.answers import answers
from finflow.sample.assets import register
from finflow.sample.bank_files import deliver
from finflow.sample.case import tell
from finflow.sample.decisions import decision_files
from finflow.sample.figures import MD_RATES
from finflow.sample.side import side_files
from finflow.sample.texts import text

SEED = 728
_BESIDE_BANK_FILES = (
    "sources.toml",
    *(f"{bank}.mapping.toml" for bank in ("codrubanca", "dunaparti", "elbufer", "noordkade", "vektapay")),
)


def write_sample(folder: Path, seed: int = SEED) -> list[Path]:
    """Write the whole case into `folder`, which is made when missing, and give the files written, in order of name.

    Files of the same names are replaced; others stay.
    """
    written = []
    for name, content in sorted(sample_files(seed).items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        written.append(path)
    return written


def sample_files(seed: int = SEED) -> dict[str, bytes]:
    """Every file of the case by its path inside the folder."""
    story = tell(seed)
    delivered = deliver(story.ledger, story.books, seed)
    return {
        **{f"bank/{name}": content for name, content in delivered.files.items()},
        **{f"side/{name}": content for name, content in side_files(story).items()},
        **_texts(),
        **decision_files(story, delivered),
        "assets.csv": register(story, delivered),
        "rates_mdl.csv": _rates(),
        "answers.json": answers(story, delivered, seed),
    }


def sample_folder() -> Path:
    """Where the case lies that came with finflow: in the installed package, else in the checkout."""
    return shipped("sample_data") / "saltmarsh"


def _texts() -> dict[str, bytes]:
    """The hand-written files: what the case is, how its banks are read, the right to use each file."""
    beside = {f"bank/{name}": text(name).encode() for name in _BESIDE_BANK_FILES}
    beside |= {
        "side/sources.toml": text("side_sources.toml").encode(),
        "side/noordkade_kyc.mapping.toml": text("noordkade_kyc.mapping.toml").encode(),
    }
    return beside | {name: text(name).encode() for name in ("README.md", "case.toml", "proposals.csv")}


def _rates() -> bytes:
    """Lei for a euro from the first day of each quarter."""
    quarters = [(2024 + n // 4, n % 4 * 3 + 1) for n in range(1, len(MD_RATES) + 1)]
    rows = [f"{year}-{month:02d}-01,MDL,{rate}" for (year, month), rate in zip(quarters, MD_RATES, strict=True)]
    return "\n".join(["from_date,currency,units_for_one_euro", *rows, ""]).encode()
