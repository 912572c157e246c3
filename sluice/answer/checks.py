"""The deterministic checks of an answer."""

from dataclasses import dataclass

from sluice.answer.amounts import number_check
from sluice.answer.structure import fields_check, schema_check
from sluice.answer.text import Answer
from sluice.answer.wording import AnswerCheck, contains_check, excludes_check, matches_check, similarity_check
from sluice.documents.values import Json
from sluice.golden.expectation import AnswerExpectation
from sluice.golden.matchers import ResultLookup, no_results
from sluice.trials.scores import Check


@dataclass(frozen=True, slots=True)
class CompiledAnswer:
    """An expectation of an answer, ready to check many answers."""

    parts: tuple[AnswerCheck, ...]

    def check(self, output: Json, results: ResultLookup = no_results) -> tuple[Check, ...]:
        """Every check of one answer, in the order of the expectation's fields; see check_answer.

        Args:
            output: The answer.
            results: Results of the calls matched to a step, for fields that name one.
        """
        answer = Answer(output, results)
        return tuple(part(answer) for part in self.parts)


def compile_answer(expected: AnswerExpectation) -> CompiledAnswer:
    """Compile an expectation of an answer once.

    Raises:
        InvalidInputError: An expression, schema, path or matcher does not compile, a text to find is empty, or
            similarity has nothing to compare with.
    """
    parts: list[AnswerCheck] = []
    if expected.similarity is not None:
        references = (*([] if expected.reference is None else [expected.reference]), *expected.acceptable)
        parts.append(similarity_check("answer.similarity", references, at_least=expected.similarity.at_least))
    parts += [contains_check(f"answer.contains[{at}]", one) for at, one in enumerate(expected.contains)]
    parts += [excludes_check(f"answer.excludes[{at}]", one) for at, one in enumerate(expected.excludes)]
    parts += [matches_check(f"answer.matches[{at}]", one) for at, one in enumerate(expected.matches)]
    parts += [number_check(f"answer.numbers[{at}]", one) for at, one in enumerate(expected.numbers)]
    if expected.json_schema is not None:
        parts.append(schema_check("answer.schema", expected.json_schema))
    if expected.fields:
        parts.append(fields_check("answer.fields", expected.fields, at_least=expected.at_least))
    return CompiledAnswer(tuple(parts))


def check_answer(expected: AnswerExpectation, output: Json) -> tuple[Check, ...]:
    """Check one answer.

    ``contains`` and ``excludes`` ignore case, white space and typography, because a paraphrase changes them;
    ``matches`` is a case-sensitive search. Text checks of an answer that is no text read its compact JSON; ``schema``
    and ``fields`` of a text read the JSON it spells, also in a fenced block. ``reference`` and ``acceptable`` decide
    nothing without ``similarity``. Of a very long answer the first million characters are inspected; what could only be
    told from the rest fails.

    Args:
        expected: What the answer must be like.
        output: The answer, text or any JSON value; None for no answer.

    Returns:
        One check a declared item (all ``fields`` are one check), each with a reason.

    Raises:
        InvalidInputError: The expectation does not compile.

    Example:
        >>> expected = AnswerExpectation.model_validate({"contains": ["refund"], "numbers": [{"value": 42.1}]})
        >>> [(check.name, check.passed) for check in check_answer(expected, "Refunded: 42,10 EUR.")]
        [('answer.contains[0]', True), ('answer.numbers[0]', True)]
    """
    return compile_answer(expected).check(output)
