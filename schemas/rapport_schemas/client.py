"""Contracts of the client registry: ids, names, aliases and owners of clients."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rapport_schemas.fields import ClientName, ClientSlug, Name, Slug


class ClientRegistered(BaseModel):
    """Registration of a client; replaces an earlier registration of the same id."""

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
    """Removal of a client from the registry."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    client: ClientSlug
