"""The check of a number that must occur in an answer."""

from sluice.answer.text import INSPECTED_CHARACTERS, INSPECTED_NUMBERS, Answer
from sluice.answer.wording import AnswerCheck, quoted
from sluice.golden.expectation import NumberExpectation
from sluice.golden.matching.quantities import is_near
from sluice.trials.scores import Check

# Numbers that a reason lists, nearest first.
_LISTED = 5


def number_check(name: str, expected: NumberExpectation) -> AnswerCheck:
    """A number must occur in the answer, within a tolerance; every plausible reading of a numeral counts."""
    value, within = expected.value, expected.within
    wanted = f"{value:.15g}" + (f" within {within:.15g}" if within else "")

    def check(answer: Answer) -> Check:
        found = next((one for one in answer.numbers if any(is_near(v, value, within) for v in one.values)), None)
        if found is not None:
            return Check(name=name, passed=True, score=1.0, reason=f"the answer has {wanted}, as {found.text}")
        reason = f"expected the number {wanted}, got {_nearest(answer, value)}"
        return Check(name=name, passed=False, score=0.0, reason=reason)

    return check


def _nearest(answer: Answer, value: float) -> str:
    if not answer.numbers:
        return f"no number in {quoted(answer)}" if answer.full_text else "no answer"
    readings = {reading for one in answer.numbers for reading in one.values}
    nearest = sorted(readings, key=lambda reading: (abs(reading - value), reading))[:_LISTED]
    listed = ", ".join(f"{reading:.15g}" for reading in nearest)
    more = f" and {len(readings) - _LISTED} more" if len(readings) > _LISTED else ""
    cut = answer.is_cut or len(answer.numbers) >= INSPECTED_NUMBERS
    bound = f" (at most {INSPECTED_CHARACTERS:,} characters and {INSPECTED_NUMBERS:,} numbers were read)" if cut else ""
    return f"{listed}{more}{bound}"
