"""Digests: what tells whether a stimulus, an expectation or a dataset is still the same."""

import hashlib
from collections.abc import Iterable, Mapping

from sluice.documents.canonical import canonical_json
from sluice.documents.model import DocumentModel
from sluice.documents.values import Json
from sluice.golden.case import GoldenCase, Stratum, Variant
from sluice.golden.expectation import Expectation

# (case id, path as written in the case) to the hex SHA-256 of the file's content.
FileDigests = Mapping[tuple[str, str], str]


def digest(value: Json) -> str:
    """Hex SHA-256 of a JSON value in its canonical form."""
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()


def stimulus_digest(case: GoldenCase, variant: Variant | None, *, contents: FileDigests) -> str:
    """Digest over all that is sent: input or turns, files, setup, now, recorded tools.

    What is not given is left out, so that a field added to the format later changes no digest.

    Args:
        case: The case.
        variant: One of its variants, whose input stands in place of the case's; None for the case itself.
        contents: Digests of the files that the case names; a file without one counts by its name only.
    """
    sent: dict[str, Json] = {}
    if variant is not None:
        sent["input"] = variant.input
    elif case.turns:
        sent["turns"] = [turn.user for turn in case.turns]
    else:
        sent["input"] = case.input
    if case.files:
        sent["files"] = [{**_written(file), "content": contents.get((case.id, file.path))} for file in case.files]
    if case.setup:
        sent["setup"] = case.setup
    if case.now is not None:
        sent["now"] = case.now
    if case.tools is not None:
        sent["tools"] = {**_written(case.tools), "content": contents.get((case.id, case.tools.recorded))}
    return digest(sent)


def expectation_digest(case: GoldenCase, expect: Expectation, *, with_turns: bool) -> str:
    """Digest over all that must hold: the expectation, those of the turns, and the case's never-events.

    Short and long forms of the same expectation have the same digest, and so has a default that is written out.

    Args:
        case: The case, for its never-events and turns.
        expect: What must hold after this stimulus.
        with_turns: Whether the stimulus is the case's scripted conversation.
    """
    expected: dict[str, Json] = {"expect": _written(expect), "never": [_written(rule) for rule in case.never]}
    if with_turns:
        expected["turns"] = [None if turn.expect is None else _written(turn.expect) for turn in case.turns]
    return digest(expected)


def dataset_version(strata: Iterable[Stratum]) -> str:
    """Digest over the stimuli and expectations of a whole dataset, whatever the order of its cases."""
    return digest(sorted([one.name, one.stimulus_digest, one.expectation_digest] for one in strata))


def _written(model: DocumentModel) -> Json:
    return model.model_dump(mode="json", by_alias=True, exclude_defaults=True)
