"""`case.toml`: what a case is about, under whose authority, in which currency and time zone."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, field_validator

from finflow.money import minor_units
from finflow.toml_file import parse_toml, read_text

TEMPLATE = """\
# One investigation. Fill in what is known; every page of a report repeats it.
number = ""            # case number of the lead authority
title = ""             # short name used on pages
authority = ""         # authority that leads
state = ""             # its State, ISO 3166, for example "NL"
members = []           # States of the Joint Investigation Team
legal_basis = ""       # on what the processing rests
purpose = ""           # what the results may be used for
offence = ""           # offence under investigation, national provision
handling_code = "H1"   # strictest Europol handling code that applies when a source states none
currency = "EUR"       # case currency, ISO 4217
time_zone = "UTC"      # printed bank times are understood in this zone, for example "Europe/Amsterdam"
# data_cut_off = 2026-01-31
"""


class Settings(BaseModel):
    """The facts of `case.toml`. Unknown keys are refused, so that a typing error cannot be overlooked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: str = ""
    title: str = ""
    authority: str = ""
    state: str = ""
    members: tuple[str, ...] = ()
    legal_basis: str = ""
    purpose: str = ""
    offence: str = ""
    handling_code: str = "H1"
    currency: str = "EUR"
    time_zone: str = "UTC"
    data_cut_off: date | None = None

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, code: str) -> str:
        minor_units(code)
        return code

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key
        except (KeyError, ValueError, OSError):
            raise ValueError("is no IANA time zone, for example Europe/Amsterdam") from None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.time_zone)


def read_settings(path: Path) -> Settings:
    """Read and check `case.toml`. Raises FinflowError naming line or key and what to write instead."""
    return parse_toml(read_text(path), path.name, Settings)
