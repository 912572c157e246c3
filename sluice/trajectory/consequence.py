"""How much a tool matters to the outcome: what changes the world weighs more than what only looks at it."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

# A run is right when the world is right after it; a look-up that was skipped or added seldom changes that. The weight
# says "an order of magnitude less" and was not tuned on any data set.
LOOKING_WEIGHT = 0.1

# First words of tool names that look, reckon or hand over, and leave the world as it is: the safe methods of HTTP
# (RFC 9110, 9.2.1) and MCP's readOnlyHint say the same of declared tools.
_LOOKING = re.compile(
    r"^(get|search|list|find|look|lookup|check|calculate|compute|think|read|fetch|query|view|show|describe|track|count"
    r"|verify|validate|estimate|retrieve|browse|inspect|is|has|can|transfer_to|escalate|handoff|hand_off)(_|-|\.|[A-Z]|$)"
)


def call_weight(name: str, side_effects: Sequence[str] | None) -> float:
    """Weight of a call in the headline: 1 where it changes the world, ``LOOKING_WEIGHT`` where it only looks.

    Args:
        name: Tool name.
        side_effects: Name patterns of the tools that change the world, where the project declares them; None where
            it does not, and the first word of the name decides.
    """
    if side_effects is not None:
        return 1.0 if any(fnmatchcase(name, pattern) for pattern in side_effects) else LOOKING_WEIGHT
    return _weight_by_name(name)


@lru_cache(maxsize=4096)
def _weight_by_name(name: str) -> float:
    bare = re.split(r"__|/|::", name)[-1]
    return LOOKING_WEIGHT if _LOOKING.match(bare) else 1.0
