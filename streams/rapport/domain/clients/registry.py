"""Client registry: resolves the names that publishers use to client ids, and checks changes."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from rapport_schemas.client import ClientRegistered, ClientRemoved
from rapport_schemas.wire.errors import RapportError


@dataclass(frozen=True, slots=True)
class Client:
    """Registered client."""

    id: str
    name: str
    owner: str
    """Role or team that owns the relationship; never a person."""
    aliases: tuple[str, ...] = ()


@dataclass(slots=True)
class Directory:
    """Current registry by client id, with an index of all aliases."""

    _by_id: dict[str, Client] = field(default_factory=dict)
    _claims: dict[str, list[str]] = field(default_factory=dict)
    """Name -> sorted ids of the clients that have it as an alias."""
    _ids: dict[str, str] = field(default_factory=dict)
    """Case-folded id -> id."""
    _contested: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Client]:
        return iter(self._by_id.values())

    def __getitem__(self, client_id: str) -> Client:
        return self._by_id[client_id]

    def __contains__(self, client_id: str) -> bool:
        return client_id in self._by_id

    @property
    def contested(self) -> frozenset[str]:
        """Names that more than one client has as an alias, or that are the id of another client."""
        return frozenset(self._contested)

    def put(self, key: str, event: Any) -> None:
        """Register or remove a client; `event` is None where the record of `key` is empty."""
        if event is None or isinstance(event, ClientRemoved):
            self.remove(key)
        else:
            self.register(Client(event.client, event.name, event.owner, tuple(event.aliases)))

    def register(self, client: Client) -> None:
        """Add or replace a client; an alias of two clients resolves to the lesser id.

        >>> directory = Directory()
        >>> directory.register(Client("finance", "Finance", "rm-finance", ("FIN",)))
        >>> directory.resolve("FIN"), directory.resolve(" Finance "), directory.resolve("law")
        ('finance', 'finance', None)
        >>> directory.register(Client("audit", "Audit", "rm-audit", ("FIN",)))
        >>> directory.resolve("FIN"), sorted(directory.contested)
        ('audit', ['FIN', 'fin'])
        """
        self.remove(client.id)
        self._by_id[client.id] = client
        self._ids[_folded(client.id)] = client.id
        for name in _names(client):
            insort(self._claims.setdefault(name, []), client.id)
            self._update_contested(name)
        self._update_contested(_folded(client.id))

    def remove(self, client_id: str) -> None:
        """Remove a client; its names no longer resolve."""
        client = self._by_id.pop(client_id, None)
        if client is None:
            return
        del self._ids[_folded(client_id)]
        for name in _names(client):
            claims = self._claims[name]
            del claims[bisect_left(claims, client_id)]
            if not claims:
                del self._claims[name]
            self._update_contested(name)
        self._update_contested(_folded(client_id))

    def resolve(self, name: str) -> str | None:
        """Return the id of the client that `name` is an id or an alias of, or None.

        An exact match goes before one that ignores letter case and outer spaces.
        """
        exact = self._lookup(name)
        return self._lookup(_folded(name)) if exact is None else exact

    def _lookup(self, name: str) -> str | None:
        """Return the id of a name; an id goes before an alias of another client."""
        claims = self._claims.get(name)
        return self._ids.get(name) or (claims[0] if claims else None)

    def _update_contested(self, name: str) -> None:
        claims = self._claims.get(name, ())
        if len(claims) > 1 or (claims and self._ids.get(name, claims[0]) != claims[0]):
            self._contested.add(name)
        else:
            self._contested.discard(name)


class RegistryError(RapportError):
    """Refused change of the client registry."""


def new_client(
    directory: Directory, client_id: str, name: str, owner: str, aliases: Iterable[str]
) -> ClientRegistered:
    """Return the registration event of a new client."""
    if client_id in directory:
        raise RegistryError(
            f"client {client_id!r} is registered already; add names with: "
            f"rapport clients alias {client_id} NAME"
        )
    other = directory.resolve(client_id)
    if other is not None:
        raise RegistryError(f"{client_id!r} is a name of client {other!r}; choose another id")
    unique = tuple(dict.fromkeys(aliases))
    for alias in unique:
        _check_available(directory, alias, client_id)
    return _registration(client_id, name, owner, unique)


def with_aliases(
    directory: Directory, client_id: str, add: Iterable[str], remove: Iterable[str] = ()
) -> ClientRegistered:
    """Return the registration event of a client with aliases added and removed.

    >>> directory = Directory()
    >>> directory.register(Client("finance", "Finance", "team-a", ("FIN",)))
    >>> with_aliases(directory, "finance", ["KST-4100"], ["FIN"]).aliases
    ['KST-4100']
    """
    client = find_client(directory, client_id)
    removed = set(remove)
    absent = sorted(removed - set(client.aliases))
    if absent:
        raise RegistryError(f"{absent[0]!r} is no alias of client {client.id!r}")
    aliases = [alias for alias in client.aliases if alias not in removed]
    for alias in add:
        _check_available(directory, alias, client.id)
        if alias not in aliases:
            aliases.append(alias)
    return _registration(client.id, client.name, client.owner, aliases)


def find_client(directory: Directory, text: str) -> Client:
    """Return the client with this id, alias or name to show; letter case is ignored.

    Raises `RegistryError` with the nearest names, or with the clients that share the name.

    >>> directory = Directory()
    >>> directory.register(Client("finance", "Finance Department", "team-a", ("FIN",)))
    >>> {find_client(directory, text).id for text in ("finance", "fin", "finance department")}
    {'finance'}
    """
    if text in directory:
        return directory[text]
    folded = _folded(text)
    matches = [client for client in directory if folded in _every_name(client)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        ids = ", ".join(sorted(client.id for client in matches))
        raise RegistryError(f"{text!r} is a name of several clients: {ids}; give the id")
    every = {name: client.id for client in directory for name in (client.id, _folded(client.name))}
    hint = nearest_ids(folded, every) or "; `rapport clients list` shows all"
    raise RegistryError(f"no client has the id, alias or name {text!r}{hint}")


def nearest_ids(folded: str, ids: Mapping[str, str]) -> str:
    """Return the ids of the names that are most like a text, as the end of a sentence, or "".

    `ids` has the case-folded names of clients, with the client's id of each.

    >>> nearest_ids("finanse", {"finance": "fin", "law": "law"}), nearest_ids("zzz", {"law": "law"})
    ('; did you mean fin?', '')
    """
    near = dict.fromkeys(ids[name] for name in get_close_matches(folded, ids, 3, 0.6))
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _registration(
    client_id: str, name: str, owner: str, aliases: Sequence[str]
) -> ClientRegistered:
    try:
        return ClientRegistered(client=client_id, name=name, owner=owner, aliases=list(aliases))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(map(str, first["loc"]))
        raise RegistryError(
            f"{path} is {first['input']!r}: {first['msg']}. An id and an owner are lower-case "
            "letters, digits, dots, hyphens and underscores, 64 at most; a name has 1 to 256 "
            "characters, an alias 1 to 64, and a client 1,000 aliases at most"
        ) from None


def _check_available(directory: Directory, alias: str, client_id: str) -> None:
    owner = directory.resolve(alias)
    if owner is None or owner == client_id:
        return
    if alias.strip().casefold() == owner:
        raise RegistryError(f"{alias!r} is the id of client {owner!r}, and means that client only")
    raise RegistryError(
        f"{alias!r} is a name of client {owner!r}, and can mean one client only; remove it "
        f"there first: rapport clients alias {owner} --remove NAME"
    )


def _every_name(client: Client) -> frozenset[str]:
    return frozenset(map(_folded, (client.id, client.name, *client.aliases)))


def _names(client: Client) -> frozenset[str]:
    return frozenset(name for alias in client.aliases for name in (alias, _folded(alias)))


def _folded(name: str) -> str:
    return name.strip().casefold()
