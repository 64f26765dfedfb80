"""Who is a client: the registry that turns what publishers call a client into one identity."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from rapport_schemas.client import ClientRegistered
from rapport_schemas.wire.errors import RapportError


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client."""

    id: str
    name: str
    owner: str
    """The role or team that owns the relationship; never a person."""
    aliases: tuple[str, ...] = ()


@dataclass(slots=True)
class Directory:
    """The registry as it stands, by id; `resolve` finds a client by any name it goes by."""

    _by_id: dict[str, Client] = field(default_factory=dict)
    _claims: dict[str, list[str]] = field(default_factory=dict)
    """Name -> the ids of the clients that have it as an alias, the least first."""
    _ids: dict[str, str] = field(default_factory=dict)
    """Id in folded case -> id."""
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
        """Names that several clients claim as an alias, or one claims that is another's id."""
        return frozenset(self._contested)

    def register(self, client: Client) -> None:
        """Add or replace a client; an alias that two clients claim belongs to the lesser id.

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
            self._judge(name)
        self._judge(_folded(client.id))

    def remove(self, client_id: str) -> None:
        """Forget a client; what still arrives for it is for nobody."""
        client = self._by_id.pop(client_id, None)
        if client is None:
            return
        del self._ids[_folded(client_id)]
        for name in _names(client):
            claims = self._claims[name]
            del claims[bisect_left(claims, client_id)]
            if not claims:
                del self._claims[name]
            self._judge(name)
        self._judge(_folded(client_id))

    def resolve(self, name: str) -> str | None:
        """Return the id of the client that goes by `name`, or None.

        An exact id or alias is found first; letter case and outer spaces are forgiven after it.
        """
        found = self._resolved(name)
        return self._resolved(_folded(name)) if found is None else found

    def _resolved(self, name: str) -> str | None:
        """An id is nobody else's name, whatever a client claims."""
        owner = self._ids.get(name)
        if owner is not None:
            return owner
        claims = self._claims.get(name)
        return claims[0] if claims else None

    def _judge(self, name: str) -> None:
        claims = self._claims.get(name, ())
        if len(claims) > 1 or (claims and self._ids.get(name, claims[0]) != claims[0]):
            self._contested.add(name)
        else:
            self._contested.discard(name)


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


def _names(client: Client) -> frozenset[str]:
    return frozenset(name for alias in client.aliases for name in (alias, _folded(alias)))


def _folded(name: str) -> str:
    return name.strip().casefold()
