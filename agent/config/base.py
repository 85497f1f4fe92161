"""The base of every settings class: strict, frozen, unknown keys are errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, get_args

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

# One level of an MQTT topic and one segment of a CloudEvents source.
Name = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", min_length=1, max_length=40)
]


class Settings(BaseModel):
    """One section of the YAML file."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False
    )

    instead: ClassVar[Mapping[str, str]] = {}
    """Keys that people look for here in vain, and what does what they want."""

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_not_one(cls, value: Any, info: ValidationInfo) -> Any:
        """Pydantic would take `pin: true` for pin 1."""
        field = cls.model_fields[str(info.field_name)]
        takes_bool = field.annotation is bool or bool in get_args(field.annotation)
        if isinstance(value, bool) and not takes_bool:
            raise PydanticCustomError("not_boolean", "true and false have no meaning here")
        return value
