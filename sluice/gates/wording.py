"""Numbers as people read them in a verdict."""


def points(share: float) -> str:
    """A difference of rates: ``18.3 points``.

    Example:
        >>> points(0.183), points(0.05)
        ('18.3 points', '5 points')
    """
    return f"{_short(100 * share, 1)} points"


def percent(share: float) -> str:
    """A rate: ``91.7 %``; never rounded up to 100 nor down to 0.

    Example:
        >>> percent(0.917), percent(0.9999), percent(1.0)
        ('91.7 %', '99.9 %', '100 %')
    """
    value = 100 * share
    if 0 < value < 100:
        value = min(max(value, 0.1), 99.9)
    return f"{_short(value, 1)} %"


def p_value_text(p_value: float) -> str:
    """A p-value with two significant digits.

    Example:
        >>> p_value_text(0.12345), p_value_text(0.00037), p_value_text(1e-9)
        ('p = 0.12', 'p = 0.00037', 'p < 0.0001')
    """
    if p_value < 0.0001:
        return "p < 0.0001"
    return f"p = {p_value:.2g}" if p_value < 0.995 else "p = 1"


def number(value: float) -> str:
    """A measured number with three significant digits.

    Example:
        >>> number(17.0), number(0.00123), number(1234.5)
        ('17', '0.00123', '1234')
    """
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def counted(n: int, noun: str) -> str:
    """A count with its noun.

    Example:
        >>> counted(1, "trial"), counted(3, "trial")
        ('1 trial', '3 trials')
    """
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _short(value: float, digits: int) -> str:
    text = f"{round(value, digits) + 0.0:.{digits}f}"  # + 0.0 turns -0.0 into 0.0
    return text.rstrip("0").rstrip(".") if "." in text else text
