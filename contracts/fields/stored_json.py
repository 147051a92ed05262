"""JSON that clients send and get back as it was: bounded, and free of what a database cannot hold."""

import json
import math
import unicodedata
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue

from contracts.fields.proof import ProofRequirement
from contracts.fields.text import without_controls

_DEEPEST = 20
_LONGEST = 20_000
_LARGEST_NUMBER = 2**53
_LONGEST_LABEL = 200


def _check(value: object, depth: int = 0) -> None:
    if depth > _DEEPEST:
        raise ValueError(f"must not be nested deeper than {_DEEPEST} levels")
    if isinstance(value, dict):
        for key, inner in cast("dict[object, object]", value).items():
            _check(key, depth)
            _check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            _check(inner, depth + 1)
    elif isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int | float) and not (math.isfinite(value) and abs(value) <= _LARGEST_NUMBER):
        raise ValueError("must not contain a number beyond 2^53")


def _check_text(text: str) -> None:
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\r\t":
            raise ValueError(f"must not contain the control character U+{ord(character):04X}")


def _storable(value: object) -> object:
    _check(value)
    if len(json.dumps(value)) > _LONGEST:
        raise ValueError(f"must have at most {_LONGEST} characters as JSON")
    return value


def _text_or_object(value: object) -> object:
    if not isinstance(value, str | dict):
        raise ValueError("must be text or an object")
    return cast("object", value)


def _naming(key: str) -> AfterValidator:
    def check(references: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for position, reference in enumerate(references):
            if not isinstance(reference.get(key), str) or not reference[key].strip():
                raise ValueError(f"must have a text {key} in each object; number {position + 1} has none")
        return references

    return AfterValidator(check)


def _labelled(proof: ProofRequirement) -> ProofRequirement:
    if proof.label is not None:
        without_controls(proof.label)
        if len(proof.label) > _LONGEST_LABEL:
            raise ValueError(f"must have a label of at most {_LONGEST_LABEL} characters")
    return proof


Storable = BeforeValidator(_storable)
"""Refuses what is too deep, too long, or holds control characters or numbers that would not come back the same."""

Validation = Annotated[JsonValue, BeforeValidator(_text_or_object), Storable]
"""A task's ``validation``: text or an object."""

Proof = Annotated[ProofRequirement, AfterValidator(_labelled)]
"""A proof that is asked for from now on; what is stored may have a longer label."""

_References = Annotated[list[dict[str, JsonValue]], Field(max_length=100), Storable]

ArtifactRefs = Annotated[_References, _naming("artifactId")]
AssistantJobRefs = Annotated[_References, _naming("assistantJobId")]
AuditEventRefs = Annotated[_References, _naming("auditEventId")]
"""Lists of objects, stored as sent; the named key is a text that is not blank."""
