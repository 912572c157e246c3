"""A version without the rewriting step: it understands the wordings it was written with, and few others."""

from examples.support_agent.versions.stable import Stable


class PromptSensitivity(Stable):
    """Right on plain wording; a typing slip, another word for the same thing or a bare number loses it."""

    name = "prompt_sensitivity"

    def read(self, text: str) -> str:
        """The message as it was typed, in lower case."""
        return text.lower()
