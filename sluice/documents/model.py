"""The base of every value that is read from a person's file, and the short forms such a file may use."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from sluice.documents.values import Json


class DocumentModel(BaseModel):
    """A frozen value whose unknown keys are errors and whose types are never coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def one_or_several(value: Json) -> Json:
    """A text that stands for a list of one; a list as a tuple."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple):
        return tuple(value)
    raise PydanticCustomError("document_form", "must be text or a list of texts")


# ``tool: x`` is short for ``tool: [x]``.
Names = Annotated[tuple[str, ...], BeforeValidator(one_or_several)]
