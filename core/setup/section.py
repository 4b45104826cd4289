"""What every section of clinic.toml has in common."""

from datetime import date
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo

from core.setup.values import refuse

Minutes = Annotated[int, Field(gt=0, le=24 * 60)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(gt=0)]


class Section(BaseModel):
    """Unknown keys are refused: a misspelt key would be a setting that silently does nothing.

    Checks between values belong to the later field, so that one bad value hides no other.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Ordered = TypeVar("Ordered", date, int)


def not_before(field: str, end: Ordered | None, info: ValidationInfo) -> Ordered | None:
    """Return `end`, which does not lie before the value of an earlier field."""
    start = info.data.get(field)
    if end is not None and start is not None and end < start:
        refuse(f"{field} ({start}) or later", end)
    return end
