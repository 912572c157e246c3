"""A version with a smaller context: it keeps the last exchange, and of a long message the end."""

from collections.abc import Sequence

from examples.support_agent.versions.stable import Record, Stable

# Enough for most questions, not for a long message or for a conversation.
WINDOW_MESSAGES = 2
WINDOW_CHARS = 300


class ContextMismanagement(Stable):
    """Right on short messages; what was said early in a long one, or some turns ago, is lost."""

    name = "context_mismanagement"

    def window(self, messages: Sequence[Record]) -> list[Record]:
        """The end of each of the last messages."""
        return [{**one, "content": _tail(one["content"])} for one in messages[-WINDOW_MESSAGES:]]


def _tail(text: str) -> str:
    """The last characters of a text, from the start of a word."""
    return text if len(text) <= WINDOW_CHARS else text[-WINDOW_CHARS:].partition(" ")[2]
