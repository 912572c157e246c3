"""What must hold after a stimulus: the answer, the trajectory, the state of the world, cost and time."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from sluice.documents.model import DocumentModel, Names, one_or_several
from sluice.documents.values import Json


def _text_or_choice(value: Json) -> Json:
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise PydanticCustomError("document_form", "must be text or a list of texts, any of which will do")


# A text that must (not) occur, or several of which any one will do.
AnyOf = str | tuple[str, ...]
# ``contains: x`` is short for ``contains: [x]``.
Texts = Annotated[tuple[Annotated[AnyOf, BeforeValidator(_text_or_choice)], ...], BeforeValidator(one_or_several)]
Matcher = Json  # as written; compiled by sluice.golden.matchers.compile_matcher


class NumberExpectation(DocumentModel):
    """A number that must occur in running text."""

    value: float
    within: float = Field(default=0.0, ge=0)


class Similarity(DocumentModel):
    """How close the answer must be to the best of reference and acceptable."""

    at_least: float = Field(ge=0, le=1)


class Criterion(DocumentModel):
    """One judged criterion."""

    text: str = Field(min_length=1)
    weight: float = Field(default=1.0, gt=0)


def _criterion(value: Json) -> Json:
    """A text is a criterion of weight 1."""
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, dict | Criterion):
        return value
    raise PydanticCustomError("document_form", "must be text or {text, weight}")


Criteria = tuple[Annotated[Criterion, BeforeValidator(_criterion)], ...]


class AnswerExpectation(DocumentModel):
    """What the final answer must be like; every field is a check of its own."""

    reference: str | None = None
    acceptable: Names = ()
    similarity: Similarity | None = None
    contains: Texts = ()
    excludes: Texts = ()
    matches: Texts = ()
    numbers: tuple[NumberExpectation, ...] = ()
    json_schema: Json = Field(default=None, alias="schema")
    fields: dict[str, Matcher] = Field(default_factory=dict)
    at_least: float | None = Field(default=None, ge=0, le=1)
    criteria: Criteria = ()


class CallPattern(DocumentModel):
    """A tool call that may or must not happen; ``status`` any by default."""

    tool: Names
    agent: str | None = None
    args: dict[str, Matcher] = Field(default_factory=dict)
    args_mode: Literal["subset", "exact", "ignore"] = "subset"
    status: Literal["ok", "error", "any"] = "any"


class Step(CallPattern):
    """A tool call that must happen."""

    id: str | None = None
    times: int = Field(default=1, ge=1, le=1000)
    after: Names = ()
    status: Literal["ok", "error", "any"] = "ok"


class TrajectoryExpectation(DocumentModel):
    """Which calls must, may and must not happen, and in what order."""

    order: Literal["strict", "in_order", "any_order", "partial"] = "in_order"
    steps: tuple[Step, ...] = ()
    optional: tuple[CallPattern, ...] = ()
    forbidden: tuple[CallPattern, ...] = ()
    extra: Literal["allowed", "penalised", "forbidden"] = "penalised"
    max_calls: int | None = Field(default=None, ge=0)
    flatten: bool = False
    criteria: Criteria = ()
    any_of: tuple["TrajectoryExpectation", ...] = ()


class StateExpectation(DocumentModel):
    """What a probe of the world must show after the run."""

    probe: str
    args: dict[str, Json] = Field(default_factory=dict)
    is_: dict[str, Matcher] = Field(alias="is")


class Alternative(DocumentModel):
    """One of several linked ways to be right."""

    answer: AnswerExpectation | None = None
    trajectory: TrajectoryExpectation | None = None
    state: tuple[StateExpectation, ...] = ()


class Expectation(Alternative):
    """Everything that must hold after a stimulus."""

    any_of: tuple[Alternative, ...] = ()
    max_cost_usd: float | None = Field(default=None, ge=0)
    max_latency_s: float | None = Field(default=None, gt=0)


class NeverEvent(DocumentModel):
    """Something that must not happen even once: a call, or an answer."""

    tool: Names = ()
    agent: str | None = None
    args: dict[str, Matcher] = Field(default_factory=dict)
    args_mode: Literal["subset", "exact", "ignore"] = "subset"
    status: Literal["ok", "error", "any"] = "any"
    answer: Matcher = None
