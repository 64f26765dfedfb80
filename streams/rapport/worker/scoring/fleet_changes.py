"""What changed for the owned clients since an earlier day, for a digest."""

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import to_builtins

from rapport.domain.calendar import dated
from rapport.domain.clients.registry import Client, nearest_ids
from rapport.domain.desk.card import client_card
from rapport.domain.desk.entries import DeskEntry
from rapport.domain.desk.overdue import Overdue, overdue_of
from rapport.domain.explanation.difference import Difference, difference
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.verdicts.fleet import impact, seen_health
from rapport.language.concerns import describe_shared_concern
from rapport.language.digest import client_digest, moved_scores
from rapport.language.language import Language
from rapport.language.today import describe_overdue
from rapport.web.queries import UnknownClientError
from rapport.worker.scoring.scorer import Scorer

ReadDesk = Callable[[str], Awaitable[list[DeskEntry]]]
"""Returns what was recorded of a client, by its id."""


async def overdue_here(read_desk: ReadDesk, days: Mapping[str, int]) -> list[Overdue]:
    """Return what of some clients is overdue on a day of each, what waits longest first."""
    found: list[Overdue] = []
    for client, day in days.items():
        found += overdue_of(client, client_card(await read_desk(client)), day)
    return sorted(found, key=lambda one: (one.due, one.client))


async def fleet_changes(
    scorer: Scorer,
    seen: Collection[str],
    chosen: Collection[Client],
    days: int,
    overdue: Iterable[Overdue],
    language: Language,
) -> dict[str, Any]:
    """Return the digest of every chosen client that is here; it names clients that are seen."""
    here = seen_health(scorer.health, seen)
    day = max((here[one.id].day for one in chosen if one.id in here), default=None)
    past = {} if day is None else seen_health(await scorer.past_fleet(day - days), seen)
    clients, started, names = [], time.perf_counter(), scorer.names
    late: defaultdict[str, list[str]] = defaultdict(list)
    for one in overdue:
        late[one.client].append(describe_overdue(one, language))
    for client in chosen:
        before, now = past.get(client.id), here.get(client.id)
        if before is None or now is None:
            continue
        moved = _moved(scorer, before, now)
        weight = impact(now, scorer.policy.compare)
        about = client_digest(client, before, now, moved, weight, names, language)
        clients.append(to_builtins(about) | {"overdue": late[client.id]})
        started = await scorer.yield_if_due(started)
    return {
        "day": None if day is None else dated(day).isoformat(),
        "since": None if day is None else dated(day - days).isoformat(),
        "registered": len(chosen),
        "clients": clients,
        "shared": list(_shared(scorer, language)),
    }


def chosen_clients(seen: Mapping[str, Client], owners: Sequence[str]) -> list[Client]:
    """Return the clients of some owners, of all without one.

    Raises `UnknownClientError` for an owner of whom no client is registered.
    """
    known = {client.owner.casefold(): client.owner for client in seen.values()}
    for owner in owners:
        if owner not in known.values():
            near = nearest_ids(owner.casefold(), known)
            raise UnknownClientError(f"no client has the owner {owner!r}{near}")
    return [client for client in seen.values() if not owners or client.owner in owners]


def _moved(scorer: Scorer, before: ClientHealth, now: ClientHealth) -> list[Difference]:
    """Return the changes of scores that are told; only these need the events behind them."""
    names = moved_scores(before, now)
    if not names:
        return []
    was, is_now = (scorer.current_snapshot(one).attributions for one in (before, now))
    return [difference(was[name], is_now[name], before.day, now.day) for name in names]


def _shared(scorer: Scorer, language: Language) -> Iterator[str]:
    for one in scorer.shared_concerns:
        yield describe_shared_concern(one.kind, one.subject, one.clients, one.fleet, language)
