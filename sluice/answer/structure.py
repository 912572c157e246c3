"""Checks of an answer's structure: a JSON Schema, and matchers on the values that JSONPaths find."""

from collections.abc import Mapping
from dataclasses import dataclass

from sluice.answer.text import Answer
from sluice.answer.wording import AnswerCheck
from sluice.documents.values import Json
from sluice.golden.matchers import ABSENT, Matcher, Outcome, ResultLookup, compile_matcher, no_results
from sluice.golden.matching.matcher import in_words
from sluice.golden.matching.paths import Path, compile_path
from sluice.golden.matching.schemas import SchemaUnusableError, compile_schema
from sluice.trials.scores import Check

# Fields that a reason names.
_NAMED = 3


def schema_check(name: str, raw: Json) -> AnswerCheck:
    """The answer must be valid by a JSON Schema: as JSON where it is or spells JSON, else as a text.

    Raises:
        InvalidInputError: It is no valid schema.
    """
    schema = compile_schema(raw)

    def check(answer: Answer) -> Check:
        try:
            errors = [schema.first_error(document) for document in answer.documents]
        except SchemaUnusableError as error:
            return Check(name=name, passed=False, score=0.0, reason=str(error))
        if "" in errors:
            return Check(name=name, passed=True, score=1.0, reason="the answer is valid by the schema")
        lead = "" if answer.is_json else "the answer is no JSON: "
        return Check(name=name, passed=False, score=0.0, reason=f"{lead}{errors[0]}")

    return check


@dataclass(frozen=True, slots=True)
class Field:
    """One JSONPath with what must hold for a value it finds."""

    path: Path
    matcher: Matcher

    def problem(self, document: Json, results: ResultLookup = no_results) -> str:
        """What is wrong, in words; empty where one of the values found holds, or the absence of all does."""
        values = self.path.values(document)
        if any(self.matcher.test(value, results) is Outcome.HOLDS for value in values or (ABSENT,)):
            return ""
        found = in_words(values[0]) if len(values) == 1 else in_words(list(values)) if values else "nothing"
        return f"{self.path.text}: expected {self.matcher.words}, got {found}"


def compile_fields(fields: Mapping[str, Json]) -> tuple[Field, ...]:
    """Compile JSONPaths and their matchers.

    A path that finds several values is satisfied by one of them; one that finds none is tested as absent.

    Raises:
        InvalidInputError: A path or a matcher does not compile.
    """
    return tuple(Field(compile_path(path), compile_matcher(raw)) for path, raw in fields.items())


def fields_check(name: str, fields: Mapping[str, Json], *, at_least: float | None) -> AnswerCheck:
    """A share of the fields, all by default, must hold in the JSON of the answer.

    Raises:
        InvalidInputError: A path or a matcher does not compile.
    """
    compiled = compile_fields(fields)

    def check(answer: Answer) -> Check:
        document = answer.documents[0]
        problems = [problem for one in compiled if (problem := one.problem(document, answer.results))]
        share = 1 - len(problems) / len(compiled)
        # Shares are quotients of small counts: 19/20 must reach 0.95 whatever the last bit says.
        passed = share >= (1.0 if at_least is None else at_least) - 1e-9
        reason = f"{len(compiled) - len(problems)} of {len(compiled)} fields hold"
        if problems:
            wanted = "all" if at_least is None else f"a share of {at_least:g}"
            lead = "" if answer.is_json else "the answer is no JSON; "
            reason = f"{lead}{reason}, expected {wanted}: {fields_in_words(problems)}"
        return Check(name=name, passed=passed, score=share, reason=reason)

    return check


def fields_in_words(problems: list[str]) -> str:
    """The first problems, and how many more there are."""
    more = f"; and {len(problems) - _NAMED} more" if len(problems) > _NAMED else ""
    return "; ".join(problems[:_NAMED]) + more
