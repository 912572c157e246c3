"""Numerals: the numbers that a run of digits and separators may stand for."""

import re
from typing import Final

# No quantity has more digits; the bound keeps hostile text cheap.
_LONGEST: Final = 60
_GROUPED = re.compile(r"\d{1,3}(?:(?P<sep>[.,'_])\d{3})(?:(?P=sep)\d{3})*")
# Lakh and crore: 12,34,567.
_INDIAN = re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}")
_SEPARATORS = re.compile(r"[^\d]")


def readings(run: str) -> tuple[float, ...]:
    """Every number that digits with single separators (``. , ' _``) between them may stand for.

    A separator before exactly three digits may group or be a decimal sign, so ``1,042`` is read both ways; commas that
    do neither separate a list. Versions, addresses, dates and codes with leading zeros are no numbers.

    Args:
        run: Digits of any script, with at most one separator between two of them.

    Returns:
        The numbers, none twice; none where the run is no number.

    Example:
        >>> readings("1,042.10"), readings("1.042,10"), readings("1,042"), readings("1.2.3"), readings("007")
        ((1042.1,), (1042.1,), (1042.0, 1.042), (), ())
    """
    separators = _SEPARATORS.findall(run)
    if len(run) > _LONGEST:
        return ()
    if not separators:
        return _whole(run)
    if len(separators) == 1:
        return _one_separator(run, separators[0])
    if _is_grouped(run):
        return _whole(_SEPARATORS.sub("", run))
    last = separators[-1]
    head, _, tail = run.rpartition(last)
    if last in ".," and last not in separators[:-1] and _is_grouped(head):
        return (float(f"{_SEPARATORS.sub('', head)}.{tail}"),)
    return _listed(run)


def _is_grouped(run: str) -> bool:
    return run[0] != "0" and (_GROUPED.fullmatch(run) is not None or _INDIAN.fullmatch(run) is not None)


def _whole(digits: str) -> tuple[float, ...]:
    return () if len(digits) > 1 and float(digits[0]) == 0 else (float(digits),)


def _one_separator(run: str, separator: str) -> tuple[float, ...]:
    head, _, tail = run.partition(separator)
    grouped = (float(head + tail),) if _is_grouped(run) else ()
    decimal = (float(f"{head}.{tail}"),) if separator in ".," and _whole(head) else ()
    return grouped + decimal


def _listed(run: str) -> tuple[float, ...]:
    """Numbers with nothing but commas between them: ``1,2,3`` or ``10.5,20.25``."""
    if "," not in run:
        return ()
    found: dict[float, None] = {}
    for part in run.split(","):
        if _SEPARATORS.sub("", part.replace(".", "", 1)) != part.replace(".", "", 1):
            return ()
        decimal = part.partition(".")
        if not _whole(decimal[0]):
            return ()
        found[float(part)] = None
    return tuple(found)
