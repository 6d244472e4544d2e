"""Words with a count before them, singular and plural."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """The count, its digits in groups of three, and the word for it: 1 line, 2 lines, 1 entry, 2 entries."""
    said = (
        one if number == 1 else many or (f"{one[:-1]}ies" if one.endswith("y") and one[-2] not in "aeo" else f"{one}s")
    )
    return f"{number:,} {said}".replace(",", "\u202f")
