"""Card of a client: what its entries of the desk say now, to be read before a meeting."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, NamedTuple, get_args

from rapport.domain.desk.content import read_content
from rapport.domain.desk.entries import DeskEntry
from rapport.domain.desk.kinds import RECORDED_SOURCE, own_id
from rapport.domain.desk.links import shown_link
from rapport_schemas.fields import Facet

FACETS: Final[tuple[str, ...]] = get_args(get_args(Facet)[0])
OPEN: Final = "open"


class Recorded(NamedTuple):
    """An entry that was not taken back."""

    entry: DeskEntry
    source: str
    """CloudEvents source of its event."""
    event_id: str
    data: dict[str, Any]
    """Fields of its contract that are given; a link only if it may be shown."""
    has_hidden_link: bool = False

    @property
    def own_id(self) -> str | None:
        """The id under which people revise it; None for an event, and for what an importer has."""
        if self.source != RECORDED_SOURCE:
            return None
        return own_id(self.entry.kind, self.data)


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise, and what became of it."""

    made: Recorded
    settled: Recorded | None = None

    @property
    def state(self) -> str:
        """`open`, `kept` or `broken`."""
        if self.settled is None:
            return OPEN
        return "kept" if self.settled.data["kept"] else "broken"


@dataclass(frozen=True, slots=True)
class ClientCard:
    """What was recorded of a client; the newest first, what is open before what is not."""

    knowledge: dict[str, list[Recorded]]
    """Facet -> what is known of it."""
    promises: list[Promise]
    actions: list[Recorded]
    plans: list[Recorded]
    notes: list[Recorded]
    acknowledgements: list[Recorded]


def client_card(entries: Iterable[DeskEntry], link_hosts: Collection[str] = ()) -> ClientCard:
    """Return the card of a client, with links to `link_hosts` only.

    >>> card = client_card([])
    >>> list(card.knowledge), card.promises
    (['strategic_plan', 'goals', 'mission', 'business_strategy', 'pain_points'], [])
    """
    kinds: dict[str, list[Recorded]] = {}
    for entry in sorted(entries, key=_newest_first):
        if entry.content is not None:
            kinds.setdefault(entry.kind, []).append(_recorded(entry, entry.content, link_hosts))
    knowledge: dict[str, list[Recorded]] = {facet: [] for facet in FACETS}
    for one in kinds.get("profile", []):
        knowledge.setdefault(one.data["facet"], []).append(one)
    return ClientCard(
        knowledge,
        _promises(kinds.get("promise", []), kinds.get("settlement", [])),
        _open_first(kinds.get("action", []), lambda one: bool(one.data["status"] == OPEN)),
        kinds.get("plan", []),
        kinds.get("note", []),
        kinds.get("acknowledgement", []),
    )


def _recorded(entry: DeskEntry, code: bytes, link_hosts: Collection[str]) -> Recorded:
    content = read_content(code)
    data = content.data
    is_hidden = "link" in data and shown_link(data["link"], link_hosts) is None
    if is_hidden:
        del data["link"]
    return Recorded(entry, content.source, content.event_id, data, is_hidden)


def _promises(made: list[Recorded], settled: list[Recorded]) -> list[Promise]:
    promises = {_promise_key(one): Promise(one) for one in made}
    for one in settled:
        key = _promise_key(one)
        # A settlement may name no promise: it counts, and settles none that is listed.
        if key in promises:
            promises[key] = replace(promises[key], settled=one)
    still_open = [one for one in promises.values() if one.settled is None]
    others = [one for one in promises.values() if one.settled is not None]
    return [*sorted(still_open, key=lambda one: _due(one.made)), *others]


def _promise_key(one: Recorded) -> tuple[str, str | None]:
    return one.source, one.data.get("promise_id")


def _open_first(some: list[Recorded], is_open: Callable[[Recorded], bool]) -> list[Recorded]:
    """Return what is open by the day on which it is due, then the others as they are."""
    still_open = sorted(filter(is_open, some), key=_due)
    return [*still_open, *(one for one in some if not is_open(one))]


def _due(one: Recorded) -> str:
    return one.data.get("due_on") or date.max.isoformat()


def _newest_first(entry: DeskEntry) -> tuple[int, int]:
    return -entry.day, entry.entity
