"""Those outside the case: landlords, platforms, offices, customers. Accounts are at banks nobody runs."""

from finflow.sample.accounts import hungarian, iban
from finflow.sample.ledger import Outside
from finflow.sample.texts import NAMES


def _nl(name: str, number: int, bank: str = "WADP") -> Outside:
    return Outside(name, iban("NL", f"{bank}{number:010d}"))


def _de(name: str, number: int) -> Outside:
    return Outside(name, iban("DE", f"39990055{number:010d}"))


def _hu(name: str, number: int) -> Outside:
    return Outside(name, hungarian("0205", f"{number:015d}"))


NOBODY = Outside("")
"""Cash has no other side."""

CLEANING = _nl("Schoonmaak Helder B.V.", 661200815)
CHILD_BENEFIT = _nl("Sociale Bank Kinderbijslag", 200300400, "DUNB")
HEALTH_INSURER = _nl("Zorgverzekering Oever", 700800900, "POLR")
C2_EMPLOYER = _nl("Kantoorservice Maas B.V.", 411300215)
LANDLORD_B = _nl("Verhuur Westerkade VOF", 512700333, "DUNB")
LANDLORD_C = _de("Hausverwaltung Niers GmbH", 33100200)
LANDLORD_SHOP = _nl("Winkelpanden Ginneken B.V.", 512700911)
VAN_LESSOR = _nl("Kadelease B.V.", 518100422, "POLR")
SPANISH_BANK = Outside("Tessa van Oeverhout", iban("ES", "97310001400000551177"))
TAX_OFFICE = _nl("Rijksinning", 999000111, "DUNB")
SUV_DEALER = _nl("Autohuis Blauwland B.V.", 733100500)
LAWYER = _nl("Duinmeer Roos Advocaten", 744200600)
EXCHANGE = Outside("Koralex", iban("LT", "3999100077001200"))
MONEY_SERVICE = _de("Rapidsend", 88700100)
CARD_ACQUIRER = _nl("Pinwijzer Betaaldiensten", 622400800, "POLR")
EMPLOYEES = (_nl("Jolanda Kersbergen", 310441201, "POLR"), _nl("Femke Aldershof", 310441302, "DUNB"))

PENSION_OFFICE = Outside("Nyugdíjfolyósító Intézet")
UTILITIES_HU = Outside("Alföldi Közmű Zrt")
FLAT_SELLER = _hu("Tölgyfa Ingatlan Kft", 411002203)
NOTARY_HU = _hu("dr. Ligeti közjegyző letét", 411003304)
CUSTOMERS_HU = (
    _hu("Napfény Társasház", 500001100),
    _hu("Kovács Pékség Bt", 500002200),
    _hu("Ártér Panzió Kft", 500003300),
)
SUPPLIER_HU = _hu("Kőszál Építőanyag Kft", 600007711)
BUILDERS_HU = (Outside("Pál Imre"), Outside("Dudás Vince"))
TAX_OFFICE_HU = Outside("Adóhatóság")
MONEY_SERVICE_MD = Outside("RAPIDSEND MOLDOVA SRL")
CAR_SELLER_MD = Outside("Autoparc Sud SRL")
GROCER_MD = Outside("Alimentara Vatra")

TENANTS = tuple(_nl(f"Huurder {name}", 810_000_000 + 137 * n, "DUNB") for n, name in enumerate(NAMES["tenants"]))
OWNERS = tuple(_nl(f"Eigenaar {name}", 820_000_000 + 211 * n, "POLR") for n, name in enumerate(NAMES["owners"]))
AGENCY_OWN = _nl("Havenzicht Beheer eigen rekening", 830000100)
CITY = _nl("Gemeente Waterstad subsidies", 840000200, "DUNB")
CLINIC = _nl("Polikliniek Zuiderpoort", 840000300, "DUNB")
DONORS = tuple(_nl(f"Donateur {n}", 840100000 + n) for n in range(1, 13))
SHELTER_STAFF = tuple(_nl(name, 840200000 + n) for n, name in enumerate(("Ada Klaver", "Beth Roozen", "Cato Wilg"), 1))
LANDLORD_WORKER = _nl("Woonstichting Bergsingel", 850000100, "DUNB")
STUDENTS = tuple(_nl(f"Student {name}", 860_000_000 + 17 * n, "POLR") for n, name in enumerate(NAMES["students"], 1))
LANDLORD_STUDENTS = _nl("Studentenhuizen Witte Singel B.V.", 860100500)
WHOLESALER = _nl("Groothandel Veiling Noord", 870000100)
NAIL_PARTNERS = (_nl("Lotte Parel", 870100200), _nl("Inge Moer", 870100300))
NAIL_CLIENTS = tuple(_nl(f"Klant {n:02d} Parelmoer", 870200000 + 31 * n, "DUNB") for n in range(1, 61))
PENSION_BANK = _nl("Rijkspensioenkantoor", 880000100, "DUNB")
CARE_STAFF = tuple(
    _nl(name, 880200000 + n) for n, name in enumerate(("Riet Elzinga", "Sjaan Foppen", "Truus Gall", "Ubel Hamer"), 1)
)
FOOD_SUPPLIER = _nl("Instellingskeuken Oost", 880100200)
GUARDIAN = _nl("M. Hoekwater bewindvoering", 880300300)
TOUR_CLIENTS = tuple(
    _nl(f"Vereniging {name}", 890000000 + n)
    for n, name in enumerate(("De Wandelstok", "Koor Excelsior", "Historia", "Tuinclub", "Oud Goud", "Fietskring"), 1)
)
FAMILY_EMPLOYERS = tuple(
    _de(name, 44100000 + n)
    for n, name in enumerate(
        (
            "Fischwerk Ems GmbH",
            "Reinigung Deich GmbH",
            "Backstube Ahoi",
            "Bau Tiden GmbH",
            "Pflege Watt",
            "Hafenlogistik Nord",
        ),
        1,
    )
)
FAMILY_LANDLORD = _de("Wohnbau Emsmündung", 44200100)
