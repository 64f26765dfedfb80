"""The client registry: who is served, under which names, and who owns the relationship."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rapport_schemas.fields import ClientName, ClientSlug, Name, Slug


class ClientRegistered(BaseModel):
    """A client, as it stands from now on; replaces what was registered under this id."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    client: ClientSlug
    name: Annotated[Name, Field(description="The name to show.")]
    owner: Annotated[
        Slug, Field(description="The role or team that owns the relationship; never a person.")
    ]
    aliases: Annotated[
        list[ClientName],
        Field(
            max_length=1000,
            default_factory=list,
            description="Other names under which publishers know this client.",
        ),
    ]


class ClientRemoved(BaseModel):
    """A client that is no longer served."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    client: ClientSlug
