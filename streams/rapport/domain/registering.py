"""What may be changed in the registry of clients: new clients, and the names they go by."""

from collections.abc import Iterable, Sequence

from pydantic import ValidationError

from rapport.domain.clients import Client, Directory
from rapport_schemas.client import ClientRegistered
from rapport_schemas.wire.errors import RapportError


class RegistryError(RapportError):
    """The registry cannot be changed as asked."""


def new_client(
    directory: Directory, client_id: str, name: str, owner: str, aliases: Iterable[str]
) -> ClientRegistered:
    """Return the registration of a client that is not registered yet."""
    if client_id in directory:
        raise RegistryError(
            f"client {client_id!r} is registered already; add names with: "
            f"rapport clients alias {client_id} NAME"
        )
    other = directory.resolve(client_id)
    if other is not None:
        raise RegistryError(f"{client_id!r} is a name of client {other!r}; choose another id")
    wanted = tuple(dict.fromkeys(aliases))
    for alias in wanted:
        _refuse_taken(directory, alias, client_id)
    return _registration(client_id, name, owner, wanted)


def with_aliases(
    directory: Directory, client_id: str, add: Iterable[str], remove: Iterable[str] = ()
) -> ClientRegistered:
    """Return the registration of a client with names added and removed.

    >>> directory = Directory()
    >>> directory.register(Client("finance", "Finance", "team-a", ("FIN",)))
    >>> with_aliases(directory, "finance", ["KST-4100"], ["FIN"]).aliases
    ['KST-4100']
    """
    client = registered(directory, client_id)
    gone = set(remove)
    absent = sorted(gone - set(client.aliases))
    if absent:
        raise RegistryError(f"{absent[0]!r} is no alias of client {client_id!r}")
    wanted = [alias for alias in client.aliases if alias not in gone]
    for alias in add:
        _refuse_taken(directory, alias, client_id)
        if alias not in wanted:
            wanted.append(alias)
    return _registration(client.id, client.name, client.owner, wanted)


def registered(directory: Directory, client_id: str) -> Client:
    """Return a client by its id; raises `RegistryError` with what is near it."""
    if client_id in directory:
        return directory[client_id]
    other = directory.resolve(client_id)
    hint = f"; that is a name of {other!r}" if other else "; see them with: rapport clients list"
    raise RegistryError(f"no client has the id {client_id!r}{hint}")


def _registration(
    client_id: str, name: str, owner: str, aliases: Sequence[str]
) -> ClientRegistered:
    try:
        return ClientRegistered(client=client_id, name=name, owner=owner, aliases=list(aliases))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise RegistryError(
            f"{place} is {first['input']!r}: {first['msg']}. An id and an owner are lower-case "
            "letters, digits, dots, hyphens and underscores, 64 at most; a name has 1 to 256 "
            "characters, an alias 1 to 64, and a client 1,000 aliases at most"
        ) from None


def _refuse_taken(directory: Directory, alias: str, client_id: str) -> None:
    owner = directory.resolve(alias)
    if owner is None or owner == client_id:
        return
    if alias.strip().casefold() == owner:
        raise RegistryError(f"{alias!r} is the id of client {owner!r}, and means that client only")
    raise RegistryError(
        f"{alias!r} is a name of client {owner!r}, and can mean one client only; take it away "
        f"there first: rapport clients alias {owner} --remove NAME"
    )
