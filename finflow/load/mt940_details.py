"""What the free text `:86:` of MT940 says, in the three forms banks use: subfields ?20, keywords /REMI/, plain text."""

import re

CUT_AT = 64  # a line this long was cut by the format, in the middle of a word perhaps, and not by its writer

_SUBFIELD = re.compile(r"\?(\d\d)")
_MARKED = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC)\+")
_KEYWORD = re.compile(
    r"/(EREF|REMI|NAME|IBAN|BIC|CNTP|TRTP|BENM|ORDP|CSID|MARF|ADDR|PREF|RTRN|PURP|ISDT|SVCL|OCMT|CHGS|EXCH|ULTC|ULTD|ULTB"
    r"|BUSP|INIT|NRTX)/"
)


def spoken(details: str, extra: str | None) -> dict[str, str | None]:
    """Parts of a record that `:86:` gives; the supplement of the line itself counts when it is plain text."""
    joined = details.replace("\n", "")
    if re.match(r"\d{3}\?\d\d", joined):
        return _subfields(joined)
    if _KEYWORD.search(joined):
        return _keywords(joined)
    text = "".join(line if len(line) >= CUT_AT else f"{line.strip()} " for line in details.split("\n"))
    return {"narrative": f"{text}{extra or ''}".strip() or None}


def _subfields(text: str) -> dict[str, str | None]:
    """The German form: three digits that name the business, then ?00 to ?63."""
    parts = _SUBFIELD.split(text)
    by_number: dict[str, str] = {}
    for number, value in zip(parts[1::2], parts[2::2], strict=True):
        by_number[number] = by_number.get(number, "") + value
    told = "".join(by_number.get(f"{number:02}", "") for number in [*range(20, 30), *range(60, 64)])
    marked = _marked(told)
    return {
        "other_code": text[:3],
        "counterparty_bank": by_number.get("30", "").strip() or None,
        "counterparty_account": by_number.get("31", "").strip() or marked.get("IBAN"),
        "counterparty_name": (by_number.get("32", "") + by_number.get("33", "")).strip() or None,
        "narrative": marked.get("SVWZ") or told.strip() or None,
        "additional": by_number.get("00", "").strip() or None,  # the bank's posting text
        **({"end_to_end_id": marked["EREF"]} if marked.get("EREF") else {}),
    }


def _marked(text: str) -> dict[str, str]:
    """SEPA parts marked `EREF+…SVWZ+…` inside the text."""
    parts = _MARKED.split(text)
    return {name: value.strip() for name, value in zip(parts[1::2], parts[2::2], strict=True)}


def _keywords(text: str) -> dict[str, str | None]:
    """The form with keywords between slashes: /EREF/…/NAME/…/REMI/…; /CNTP/ holds account, bank and name."""
    parts = _KEYWORD.split(text)
    words = {name: value.strip().rstrip("/") for name, value in zip(parts[1::2], parts[2::2], strict=True)}
    account, bank, name = ([*words.get("CNTP", "").split("/"), "", "", ""])[:3]
    name = words.get("NAME") or name or words.get("ORDP", "").strip("/") or words.get("BENM", "").strip("/")
    said = re.sub(r"^(USTD|STRD)//", "", words.get("REMI", "")).strip()
    more = [f"{what} {words[key]}" for key, what in (("RTRN", "return reason"), ("CHGS", "charges")) if words.get(key)]
    return {
        "counterparty_account": words.get("IBAN") or account or None,
        "counterparty_bank": words.get("BIC") or bank or None,
        "counterparty_name": name or None,
        "narrative": " ".join([said, *more]).strip() or None,
        **({"end_to_end_id": words["EREF"]} if words.get("EREF") else {}),
    }
