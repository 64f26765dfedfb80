"""Dead-letter header: why a record was rejected, and where it came from."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from rapport_schemas.wire.rejection import REASONS

DEAD_LETTER_HEADER: Final = "rapport_dead_letter"


class DeadLetter(BaseModel):
    """Reason and origin of a rejected record: the header `rapport_dead_letter` on `dead-letters`.

    The record has the key, headers and value of the original; each is cut at 64 KiB.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    reason: Annotated[
        str,
        Field(
            pattern=r"^[a-z]+(-[a-z]+)*$",
            max_length=64,
            description=f"One of {', '.join(f'`{reason}`' for reason in REASONS)}. "
            "Others may come: treat an unknown one as `invalid`.",
        ),
    ]
    path: Annotated[
        str, Field(description="The path of the error in the event, as `data.score`; may be empty.")
    ]
    detail: Annotated[str, Field(description="What is wrong, in English.")]
    topic: Annotated[str, Field(description="The topic that the record came from.")]
    partition: Annotated[int, Field(ge=0, description="The partition that it came from.")]
    offset: Annotated[int, Field(ge=0, description="Its offset there.")]
    length: Annotated[int, Field(ge=0, description="The whole value's length in bytes.")]
    sha256: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9a-f]{64}$", description="The whole value's hash, when the value was cut."
        ),
    ] = None
    cut: Annotated[
        list[Literal["key", "value", "headers"]],
        Field(
            max_length=3,
            default_factory=list,
            description="What is cut or unreadable. Such a record cannot be replayed.",
        ),
    ]
