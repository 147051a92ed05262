"""What proves that a task is done."""

from pydantic import StrictBool, StrictStr

from contracts.values import Model, ProofType


class ProofRequirement(Model):
    type: ProofType
    label: StrictStr | None = None
    required: StrictBool | None = None
