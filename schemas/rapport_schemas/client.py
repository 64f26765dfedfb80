"""Contracts of what is known of clients: the registry, and their place in the organisation.

Both are compacted topics; organisation data has one of its own, so that an older publisher of the
registry takes none of it away.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rapport_schemas.fields import ClientName, ClientSlug, Day, EventData, Name, Slug, Targets


class _OfClient(EventData):
    """Base of records of one client, by the client's own id."""

    client: ClientSlug


class ClientRegistered(_OfClient):
    """Registration of a client; replaces an earlier registration of the same id."""

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


class ClientRemoved(_OfClient):
    """Removal of a client from the registry."""


class AccountRole(BaseModel):
    """Which team has which role in the relationship."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    role: Annotated[Slug, Field(description="The role, as `account-manager`.")]
    held_by: Annotated[Slug, Field(description="The team or office; never a person.")]


class OrganisationDescribed(_OfClient):
    """A client's place in the organisation; replaces an earlier description of the client."""

    group: Annotated[
        list[Name],
        Field(
            max_length=5,
            default_factory=list,
            description="What the client is a part of, the greatest first: division, department.",
        ),
    ]
    size: Annotated[
        Annotated[int, Field(ge=1, le=10_000_000)] | None,
        Field(description="How many people it has."),
    ] = None
    sector: Annotated[Name | None, Field(description="The sector that it works in.")] = None
    targets: Targets = None
    review_on: Annotated[
        Day | None, Field(description="When the relationship is looked at again.")
    ] = None
    roles: Annotated[
        list[AccountRole],
        Field(max_length=20, default_factory=list, description="Which team has which role."),
    ]


class OrganisationWithdrawn(_OfClient):
    """A client's place in the organisation is not known."""
