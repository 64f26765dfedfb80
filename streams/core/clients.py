"""Who is a client: the registry that turns what publishers call a client into one identity."""

from collections.abc import Iterator
from dataclasses import dataclass, field


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
    _names: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Client]:
        return iter(self._by_id.values())

    def __getitem__(self, client_id: str) -> Client:
        return self._by_id[client_id]

    def __contains__(self, client_id: str) -> bool:
        return client_id in self._by_id

    def register(self, client: Client) -> None:
        """Add or replace a client; an alias that two clients claim belongs to the lesser id.

        >>> directory = Directory()
        >>> directory.register(Client("finance", "Finance", "rm-finance", ("FIN",)))
        >>> directory.resolve("FIN"), directory.resolve(" Finance "), directory.resolve("law")
        ('finance', 'finance', None)
        """
        self._by_id[client.id] = client
        self._reindex()

    def remove(self, client_id: str) -> None:
        """Forget a client; what still arrives for it is for nobody."""
        if self._by_id.pop(client_id, None) is not None:
            self._reindex()

    def register_all(self, clients: Iterator[Client]) -> None:
        """Add or replace many clients at once."""
        self._by_id.update((client.id, client) for client in clients)
        self._reindex()

    def resolve(self, name: str) -> str | None:
        """Return the id of the client that goes by `name`, or None.

        An exact id or alias is found first; letter case and outer spaces are forgiven after it.
        """
        found = self._names.get(name)
        return self._names.get(_folded(name)) if found is None else found

    def _reindex(self) -> None:
        names: dict[str, str] = {}
        for client_id in sorted(self._by_id):
            for alias in self._by_id[client_id].aliases:
                names.setdefault(alias, client_id)
                names.setdefault(_folded(alias), client_id)
        names.update((_folded(client_id), client_id) for client_id in self._by_id)
        self._names = names


def _folded(name: str) -> str:
    return name.strip().casefold()
