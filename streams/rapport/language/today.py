"""Today in words: which clients need attention first, what is overdue, and what went well."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapport.domain.calendar import dated
from rapport.domain.clients.registry import Client
from rapport.domain.concerns.kinds import STATES
from rapport.domain.concerns.verdict import Concern
from rapport.domain.desk.overdue import Overdue
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.language.concerns import describe_concern, describe_since
from rapport.language.language import Language

NEEDED_MAX: Final = 20
OVERDUE_MAX: Final = 50
WELL_MAX: Final = 10
NEEDS: Final = frozenset({"act", "watch"})
"""The states of clients who need attention."""


@dataclass(frozen=True, slots=True)
class TodayClient:
    """A client who needs attention, or of whom there is good news."""

    id: str
    name: str
    owner: str
    state: str
    text: str
    since: str
    next: str
    """The next step; empty where good news has none."""
    others: int = 0
    """The number of other concerns that count."""


@dataclass(frozen=True, slots=True)
class TodayOverdue:
    """A promise or an action that is overdue."""

    client: str
    name: str
    """The client's name."""
    owner: str
    kind: str
    what: str
    due_on: str
    note: str
    """Since when, and who acts."""


@dataclass(frozen=True, slots=True)
class TodayTexts:
    """What some owners read in the morning; lists are cut, and the counts are of everything."""

    day: str | None
    """None without a client that has scores."""
    owners: list[str]
    """The owners whose clients these are; empty for all clients."""
    clients: int
    """Clients with scores here."""
    registered: int
    states: dict[str, int]
    needed: list[TodayClient]
    """The most urgent first."""
    needed_count: int
    overdue: list[TodayOverdue] | None
    """What waits longest first; None while it cannot be read."""
    overdue_count: int
    overdue_elsewhere: int
    """Clients of other workers, whose texts are there alone."""
    well: list[TodayClient]
    well_count: int


Scored = tuple[Client, ClientHealth]


def today_texts(
    scored: Sequence[Scored],
    registered: Mapping[str, Client],
    owners: Sequence[str],
    overdue: Sequence[Overdue] | None,
    language: Language,
    elsewhere: Collection[str] = (),
) -> TodayTexts:
    """Return the texts of clients in their order; `registered` are all clients by id.

    What is overdue of the clients `elsewhere` is not in `overdue`.
    """
    names = {client.id: client.name for client in registered.values()}
    needed = [one for one in scored if one[1].verdict.state in NEEDS and _counting(one[1])]
    well = [one for one in scored if one[1].verdict.news]
    states = dict.fromkeys(STATES, 0)
    for _, health in scored:
        states[health.verdict.state] += 1
    return TodayTexts(
        day=dated(scored[0][1].day).isoformat() if scored else None,
        owners=list(owners),
        clients=len(scored),
        registered=sum(not owners or one.owner in owners for one in registered.values()),
        states=states,
        needed=[_needed(*one, names, language) for one in needed[:NEEDED_MAX]],
        needed_count=len(needed),
        overdue=None if overdue is None else _overdue(overdue, registered, language),
        overdue_count=len(overdue or ()),
        overdue_elsewhere=sum(client.id in elsewhere for client, _ in scored),
        well=[_well(*one, names, language) for one in well[:WELL_MAX]],
        well_count=len(well),
    )


def _counting(health: ClientHealth) -> list[Concern]:
    """Return the concerns that need attention: those that are not acknowledged."""
    return [one for one in health.verdict.concerns if one.counts and not one.is_acknowledged]


def _needed(
    client: Client, health: ClientHealth, names: Mapping[str, str], language: Language
) -> TodayClient:
    first, *others = _counting(health)
    return _client(client, health, first, names, language, len(others))


def _well(
    client: Client, health: ClientHealth, names: Mapping[str, str], language: Language
) -> TodayClient:
    return _client(client, health, health.verdict.news[0], names, language)


def _client(
    client: Client,
    health: ClientHealth,
    concern: Concern,
    names: Mapping[str, str],
    language: Language,
    others: int = 0,
) -> TodayClient:
    text, step = describe_concern(concern, names, language)
    since = describe_since(concern, health.day, language)
    state = health.verdict.state
    return TodayClient(client.id, client.name, client.owner, state, text, since, step, others)


def _overdue(
    overdue: Iterable[Overdue], registered: Mapping[str, Client], language: Language
) -> list[TodayOverdue]:
    return [
        TodayOverdue(
            one.client,
            registered[one.client].name,
            registered[one.client].owner,
            one.kind,
            one.what,
            dated(one.due).isoformat(),
            overdue_note(one, language),
        )
        for one in list(overdue)[:OVERDUE_MAX]
    ]


def overdue_note(one: Overdue, language: Language) -> str:
    """Return since when something is overdue, and who acts."""
    since = language.text("desk_overdue", day=language.day(one.due))
    return f"{since} · {one.who}" if one.who else since


def describe_overdue(one: Overdue, language: Language) -> str:
    """Return a promise or an action that is overdue, in one line."""
    label = overdue_label(one.kind, language)
    return f"{label}: {' '.join(one.what.split())} ({overdue_note(one, language)})"


def overdue_label(kind: str, language: Language) -> str:
    """Return the label of a promise or of an action."""
    if kind == "promise":
        return language.text("today_promise")
    return language.text("today_action")
