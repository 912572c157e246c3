"""The base of every value that is read from a person's file."""

from pydantic import BaseModel, ConfigDict


class DocumentModel(BaseModel):
    """A frozen value whose unknown keys are errors and whose types are never coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
