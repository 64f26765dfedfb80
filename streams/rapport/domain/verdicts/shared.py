"""Concerns of most clients: these are told once for the fleet, and count for no client.

Only kinds with `is_shared` are ever shared: another client's trouble must not clear one's own. A
concern is shared once more than one share of the clients have it, until no more than a lower share
do, at the ends of the last four weeks and today.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import and_
from typing import Final, NamedTuple

from rapport.domain.concerns.looks import on_since, replay, strength
from rapport.domain.concerns.verdict import KIND_OF, Verdict, verdict_of
from rapport.domain.policy.concerns import ConcernPolicy
from rapport.domain.procurement.client_inputs import SHARED_LOOKS
from rapport.domain.procurement.feeds import SourceState
from rapport.domain.verdicts.facts import OwnFacts
from rapport.domain.verdicts.relationship import overrated_looks
from rapport.domain.verdicts.silence import was_silent

_LOOKS: Final = range(SHARED_LOOKS)


class SharedConcern(NamedTuple):
    """A concern that most clients have."""

    kind: str
    subject: str
    clients: int
    """The clients that have it today."""
    fleet: int
    """All clients."""


class OwnLooks(NamedTuple):
    """Whether the concerns that may be shared were on at the ends of the last closed weeks.

    The newest week is first, and the client's ledger alone decides.
    """

    silent: Mapping[str, tuple[bool, ...]]
    """Source -> whether the client was silent in it."""
    knowledge_stale: tuple[bool, ...]
    overrated: tuple[bool, ...]


def own_looks(facts: OwnFacts) -> OwnLooks:
    """Return the looks of one client."""
    marks, weeks = facts.marks, range(1, SHARED_LOOKS)
    states = replay(overrated_looks(facts), marks.looks_begin, marks.looks_end, SHARED_LOOKS)
    return OwnLooks(
        {source: tuple(was_silent(facts, source, ago) for ago in weeks) for source in facts.active},
        tuple(week.is_knowledge_stale for week in facts.own.weeks[:-SHARED_LOOKS:-1]),
        tuple(since is not None for since in states[1:]),
    )


def shareable_looks(
    own: OwnLooks, feeds_before: Sequence[Mapping[str, SourceState]], verdict: Verdict
) -> dict[str, int]:
    """Return the looks at which a client has each concern that may be shared, as bit sets.

    The key is the kind and the subject; bit 0 is today, bit 1 the end of the last closed week.
    A source says nothing of a week in which its feed did not flow.
    """
    looks = {
        _key(concern.kind, concern.subject): 1
        for concern in verdict.concerns
        if KIND_OF[concern.kind].is_shared
    }
    for key, past in _past_looks(own, feeds_before):
        bits = sum(1 << ago for ago, is_on in enumerate(past, 1) if is_on)
        if bits:
            looks[key] = looks.get(key, 0) | bits
    return looks


def _past_looks(
    own: OwnLooks, feeds_before: Sequence[Mapping[str, SourceState]]
) -> Iterator[tuple[str, Iterable[bool]]]:
    """Yield whether each concern was on at the ends of the last closed weeks."""
    for source, silent in own.silent.items():
        if any(silent):
            flowed = (feeds[source].state == "flowing" for feeds in feeds_before)
            yield _key("silent", source), map(and_, flowed, silent)
    if any(own.knowledge_stale):
        known = (feeds["relationship"].state != "broken" for feeds in feeds_before)
        yield _key("knowledge_stale", ""), map(and_, known, own.knowledge_stale)
    yield _key("overrated", ""), own.overrated


def shared_concerns(
    looks: Collection[Mapping[str, int]], policy: ConcernPolicy
) -> tuple[SharedConcern, ...]:
    """Return the concerns that most clients have, given the looks of every client."""
    fleet = len(looks)
    if fleet < policy.shared_clients_minimum:
        return ()
    shared = []
    for key in sorted({key for client in looks for key in client}):
        counts = [sum(client.get(key, 0) >> ago & 1 for client in looks) for ago in _LOOKS]
        seen = (
            strength(
                begins=count > policy.shared_share * fleet,
                holds=count > policy.shared_share_end * fleet,
            )
            for count in counts
        )
        if on_since(seen, policy.looks_begin, policy.looks_end) is not None:
            kind, _, subject = key.partition("|")
            shared.append(SharedConcern(kind, subject, counts[0], fleet))
    return tuple(shared)


def with_shared(
    verdict: Verdict, shared: Iterable[SharedConcern], policy: ConcernPolicy, *, is_known: bool
) -> Verdict:
    """Return a verdict in which the concerns of most clients count for nothing."""
    names = {(one.kind, one.subject) for one in shared}
    if not any((one.kind, one.subject) in names for one in verdict.concerns):
        return verdict
    marked = (
        replace(one, is_shared=(one.kind, one.subject) in names)
        for one in (*verdict.concerns, *verdict.news)
    )
    return verdict_of(marked, policy, is_known=is_known)


def _key(kind: str, subject: str) -> str:
    return f"{kind}|{subject}"
