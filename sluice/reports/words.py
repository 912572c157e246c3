"""Numbers as words: how rates, points, money and time are written in every report."""

import math
import re

# A first word that is a word, and no case id, tool name or path.
_FIRST_WORD = re.compile(r"^(?:never-event|[a-z]+)(?=[ ,:;.]|$)")
_COMMAND = re.compile(r"\b(sluice [a-z][^;,]*)")

NONE = "–"


def percent(rate: float | None, *, digits: int = 1) -> str:
    """A rate in [0, 1] as a percentage, never rounded up to 100 nor down to 0; a dash where it is unknown.

    Example:
        >>> percent(0.9), percent(1.0), percent(0.9333), percent(0.99999), percent(None)
        ('90 %', '100 %', '93.3 %', '99.9 %', '–')
    """
    if rate is None or not math.isfinite(rate):
        return NONE
    least = 10.0**-digits
    # 1e-9 away from 0 or 1 is rounding error: no run has a billion trials.
    inside = 1e-9 < rate < 1 - 1e-9
    shown = min(max(100 * rate, least), 100 - least) if inside else 100 * rate
    return f"{trimmed(shown, digits)} %"


def points(share: float | None, *, signed: bool = False) -> str:
    """A difference of rates as percentage points; positive is written with its sign where ``signed``.

    Example:
        >>> points(0.05), points(0.123, signed=True), points(-0.02, signed=True)
        ('5 points', '+12.3 points', '−2 points')
    """
    if share is None or not math.isfinite(share):
        return NONE
    text = trimmed(100 * share, 1)
    sign = "+" if signed and share > 0 and text != "0" else ""
    return f"{sign}{text} {'point' if text in ('1', '−1') else 'points'}"


def trimmed(number: float, digits: int) -> str:
    """A number with at most ``digits`` decimals, no trailing zeros, a true minus sign and grouped thousands.

    Example:
        >>> trimmed(1234.50, 2), trimmed(-0.04, 1), trimmed(-3.0, 1)
        ('1,234.5', '0', '−3')
    """
    text = f"{number:,.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def p_text(p_value: float | None) -> str:
    """A p-value with two telling digits, never as a bare zero.

    Example:
        >>> p_text(0.0312), p_text(0.00001), p_text(None)
        ('p = 0.031', 'p < 0.0001', 'p unknown')
    """
    if p_value is None or not math.isfinite(p_value):
        return "p unknown"
    return "p < 0.0001" if p_value < 0.0001 else f"p = {p_value:.2g}"


def usd(amount: float | None) -> str:
    """US dollars with the digits that tell.

    Example:
        >>> usd(12.3), usd(0.00042), usd(0), usd(None)
        ('$12.30', '$0.00042', '$0', '–')
    """
    if amount is None or not math.isfinite(amount):
        return NONE
    if amount == 0:
        return "$0"
    return f"${amount:,.2f}" if abs(amount) >= 0.1 else f"${float(f'{amount:.2g}'):.10f}".rstrip("0")


def seconds(duration_s: float | None) -> str:
    """A duration in the unit a person would use.

    Example:
        >>> seconds(0.0123), seconds(4.25), seconds(75), seconds(7260), seconds(None)
        ('12 ms', '4.2 s', '1 min 15 s', '2 h 1 min', '–')
    """
    if duration_s is None or not math.isfinite(duration_s):
        return NONE
    if duration_s < 1:
        return f"{1000 * duration_s:.0f} ms"
    if duration_s < 59.95:
        return f"{duration_s:.1f} s"
    minutes, rest = divmod(round(duration_s), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def count(number: int, noun: str) -> str:
    """A count with its noun in the right number.

    Example:
        >>> count(1, "trial"), count(1200, "trial"), count(2, "stratum")
        ('1 trial', '1,200 trials', '2 strata')
    """
    plural = {"stratum": "strata"}.get(noun, f"{noun}s")
    return f"{number:,} {noun if number == 1 else plural}"


def sentence(text: str) -> str:
    """A text with a capital first letter, where it begins with a plain word.

    Example:
        >>> sentence("tier critical fails"), sentence("refund-1 is new")
        ('Tier critical fails', 'refund-1 is new')
    """
    return _FIRST_WORD.sub(lambda word: word[0].capitalize(), text)


def commands(advice: str) -> list[tuple[bool, str]]:
    """A piece of advice in parts, each with whether it is a command to run.

    Example:
        >>> commands("add trials: sluice gate --trials 9; or cases")
        [(False, 'add trials: '), (True, 'sluice gate --trials 9'), (False, '; or cases')]
    """
    return [(position % 2 == 1, part) for position, part in enumerate(_COMMAND.split(advice)) if part]


def guard_amount(name: str, amount: float | None) -> str:
    """The value of a guarded number in its own unit.

    Example:
        >>> guard_amount("cost_usd", 0.5), guard_amount("latency_s", 2), guard_amount("efficiency", 0.91)
        ('$0.50', '2.0 s', '91 %')
        >>> guard_amount("tool_calls", 3.456)
        '3.46'
    """
    if amount is None or not math.isfinite(amount):
        return NONE
    if name == "cost_usd":
        return usd(amount)
    if name == "latency_s":
        return seconds(amount)
    return percent(amount) if name == "efficiency" else trimmed(amount, 2)


def worsening(kind: str, amount: float | None) -> str:
    """How much a guarded number worsened: a factor, or a drop in points.

    Args:
        kind: ``ratio`` or ``drop``.
        amount: Candidate / baseline, or baseline - candidate.

    Example:
        >>> worsening("ratio", 1.25), worsening("drop", 0.031)
        ('× 1.25', '3.1 points')
    """
    if amount is None or not math.isfinite(amount):
        return NONE
    return points(amount) if "drop" in kind else f"× {trimmed(amount, 2)}"


GUARD_TITLES = {"tool_calls": "Tool calls", "cost_usd": "Cost", "latency_s": "Latency", "efficiency": "Efficiency"}
GUARD_UNITS = {"tool_calls": "calls a trial", "cost_usd": "a trial", "latency_s": "a trial", "efficiency": "mean"}
