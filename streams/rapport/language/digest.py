"""The digest of a client in words: what changed in some days, why, and what to do first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from rapport.domain.clients.registry import Client
from rapport.domain.concerns.verdict import Concern
from rapport.domain.explanation.difference import Difference
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.verdicts.changes import verdict_change
from rapport.language.concerns import describe_concern, describe_since
from rapport.language.language import Language
from rapport.language.narrative import describe_row

SCORES: Final = ("trust", "engagement", "knowledge", "participation")
"""The scores whose change is told; the stage is told as a concern or as good news."""
NOTICED: Final = 0.02
"""The least change of a score, over 0 to 1, that is told."""
CAUSES_MAX: Final = 2
CAUSE_LEAST: Final = 0.005
"""The least part of a change, over 0 to 1, that is told."""


@dataclass(frozen=True, slots=True)
class ConcernDigest:
    """A concern in words."""

    text: str
    since: str
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientDigest:
    """What a digest says of one client."""

    id: str
    name: str
    owner: str
    state: str
    state_before: str
    steps: int
    """How many states better (positive) or worse."""
    urgency: float
    impact: float
    first: ConcernDigest | None
    """The concern that counts most."""
    others: int
    """The number of other concerns that count."""
    began: list[str]
    ended: list[str]
    news: list[str]
    rose: list[str]
    """The scores that rose, the largest change first."""
    fell: list[str]
    """The scores that fell, the largest change first."""


def moved_scores(before: ClientHealth, now: ClientHealth) -> tuple[str, ...]:
    """Return the scores whose change is told."""
    return tuple(
        name
        for name in SCORES
        if (was := _shown(before, name)) is not None
        and (value := _shown(now, name)) is not None
        and abs(value - was) >= NOTICED
    )


def _shown(health: ClientHealth, name: str) -> float | None:
    return next(score.shown for score in health.scores if score.name == name)


def client_digest(
    client: Client,
    before: ClientHealth,
    now: ClientHealth,
    moved: Iterable[Difference],
    impact: float,
    names: Mapping[str, str],
    language: Language,
) -> ClientDigest:
    """Return what a digest says of a client; `names` are the clients' names by id."""
    verdict = now.verdict
    change = verdict_change(before.verdict, verdict, before.day)
    counting = [one for one in verdict.concerns if one.counts]
    told = sorted(
        (one for one in moved if one.sufficient), key=lambda one: -abs(one.ratio(one.points))
    )
    return ClientDigest(
        id=client.id,
        name=client.name,
        owner=client.owner,
        state=verdict.state,
        state_before=before.verdict.state,
        steps=change.steps,
        urgency=float(verdict.urgency),
        impact=impact,
        first=_concern(counting[0], now.day, names, language) if counting else None,
        others=max(0, len(counting) - 1),
        began=_short_names(change.began, language),
        ended=_short_names(change.ended, language),
        news=[describe_concern(one, names, language)[0] for one in change.news],
        rose=[_moved(one, language) for one in told if one.points > 0],
        fell=[_moved(one, language) for one in told if one.points < 0],
    )


def _concern(
    concern: Concern, day: int, names: Mapping[str, str], language: Language
) -> ConcernDigest:
    text, step = describe_concern(concern, names, language)
    return ConcernDigest(text, describe_since(concern, day, language), step)


def _short_names(concerns: Iterable[Concern], language: Language) -> list[str]:
    """Return the short name of each concern, with the source that one is about."""
    names = []
    for one in concerns:
        source = f" ({language.sources[one.subject]})" if one.subject else ""
        names.append(f"{language.concerns[one.kind]}{source}")
    return names


def _moved(change: Difference, language: Language) -> str:
    """Return the change of a score with its largest causes, of which some may offset others."""
    causes = [
        describe_row(change.name, row, change.ratio(row.points), language)
        for row in change.changes
        if abs(change.ratio(row.points)) >= CAUSE_LEAST
    ][:CAUSES_MAX]
    slots = {
        "score": language.scores[change.name],
        "points": language.on_scale(change.name, abs(change.ratio(change.points))),
        "after": language.on_scale(change.name, change.ratio(change.after)),
        "causes": f" ({'; '.join(causes)})" if causes else "",
    }
    if change.points > 0:
        return language.text("digest_rose", **slots)
    return language.text("digest_fell", **slots)
