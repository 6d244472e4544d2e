"""Who is who. All invented; no name, firm or number is anyone's."""

from dataclasses import dataclass
from itertools import product
from random import Random

from finflow.sample.accounts import iban
from finflow.sample.ledger import Outside
from finflow.sample.texts import NAMES


@dataclass(frozen=True)
class Person:
    """A person or firm of the case: `kind` is natural or legal."""

    id: str
    name: str
    kind: str = "natural"


CAST = {
    person.id: person
    for person in (
        Person("C1", "Levente Sárosdi"),
        Person("C2", "Marlies van Oeverhout"),
        Person("R1", "Dorin Vlahuta"),
        Person("K1", "Bence Ruzsik"),
        Person("K2", "Nadine Ahlers"),
        Person("N1", "Ilonka Sárosdi"),
        Person("N2", "Joris Tepkema"),
        Person("X1", "Tessa van Oeverhout"),
        Person("V1", "Corina Bălțescu"),
        Person("V2", "Réka Tordai"),
        Person("V3", "Doina Vulpașu"),
        Person("V4", "Jana Wittkamp"),
        Person("V5", "Sanne Kuiperweg"),
        Person("V6", "Lili Pásztory"),
        Person("V7", "Mila Terborch"),
        Person("V8", "Natalia Grosulean"),
        Person("B1", "Lumenhaar Wellness B.V.", "legal"),
        Person("B2", "Sárosdi Ép-Ker Kft", "legal"),
        Person("F1", "Ana Bălțescu"),
        Person("F3", "Vera Vulpașu"),
        Person("F8", "Ion Grosulean"),
        Person("L1", "Verhuur Westerkade VOF", "legal"),
        Person("LAW", "Duinmeer Roos Advocaten", "legal"),
        Person("Q1", "Havenzicht Verhuurbeheer B.V.", "legal"),
        Person("Q2", "Stichting Windstilte", "legal"),
        Person("Q3", "Marit Zonneveldt"),
        Person("Q4", "Bram Ottevanger"),
        Person("Q5", "Hessel Duikersloot h.o.d.n. Duikersloot Markt"),
        Person("Q6", "Nagelstudio Parelmoer V.O.F.", "legal"),
        Person("Q7", "Zorghuis Lindenwaard B.V.", "legal"),
        Person("Q8", "Wijdland Groepsreizen B.V.", "legal"),
        Person("G1", "Aleida Brouwersma"),
        Person("G2", "Cornelis Haverland"),
        Person("G3", "Wilhelmina Stegeman"),
        Person("G4", "Dirk Uilenburg"),
        Person("S1", "Petru Ciobotar"),
        Person("S2", "Elena Ciobotar"),
        Person("S3", "Mihai Ciobotar"),
        Person("S4", "Irina Ciobotar"),
        Person("S5", "Vasile Ciobotar"),
        Person("S6", "Ludmila Ciobotar"),
    )
}

WORK_NAMES = {"V1": "Cora", "V2": "Rea", "V3": "Dora", "V4": "Jenny", "V5": "Suze", "V7": "Mila", "V8": "Nata"}

_PAYER_BANKS = {"NL": ("WADP", "DUNB", "POLR"), "DE": ("39990044", "39990055", "29990011")}


def payers(rng: Random, country: str, count: int) -> list[Outside]:
    """That many different payers with an account of their own at banks nobody runs."""
    families = [head + tail for head, tail in product(NAMES["family_head"], NAMES["family_tail"])]
    names = rng.sample([f"{given} {family}" for given, family in product(NAMES["given"], families)], count)
    return [Outside(name, _payer_account(rng, country)) for name in names]


def _payer_account(rng: Random, country: str) -> str:
    return iban(country, rng.choice(_PAYER_BANKS[country]) + f"{rng.randrange(10**10):010d}")
