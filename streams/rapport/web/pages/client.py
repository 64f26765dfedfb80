"""Client page: the verdict, the method's questions, the ladder and the timeline of one client."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from rapport.domain.clients.places import Place
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.language.language import Language
from rapport.language.narrative import describe_evidence
from rapport.web.fleet_snapshot import FleetSnapshot, ScoredClient
from rapport.web.pages.charts import Timeline, timeline
from rapport.web.pages.method import Ladder, Question, ladder, questions
from rapport.web.pages.purchases import PurchasesSection, purchases_section
from rapport.web.pages.scores import TableRow
from rapport.web.pages.verdict import VerdictText, verdict_text


class PlaceRow(NamedTuple):
    """One fact of a client's place in the organisation."""

    label: str
    text: str
    groups: tuple[str, ...] = ()
    """The groups that the text names, to filter the fleet by."""


@dataclass(frozen=True, slots=True)
class ClientPage:
    """A client's page."""

    id: str
    name: str
    owner: str
    place: list[PlaceRow]
    day: str
    policy: str
    verdict: VerdictText
    evidence: str
    """Of trust, the score that the verdict reads first."""
    questions: list[Question]
    ladder: Ladder
    timeline: Timeline
    purchases: PurchasesSection
    sources: list[TableRow]


def client_page(scored: ScoredClient, snapshot: FleetSnapshot, language: Language) -> ClientPage:
    """Return the page of a client."""
    health, verdict = scored.health, scored.health.verdict
    return ClientPage(
        id=scored.client.id,
        name=scored.client.name,
        owner=scored.client.owner,
        place=list(_place(snapshot.organisation.places.of(scored.client.id), language)),
        day=language.day(health.day),
        policy=health.policy_hash,
        verdict=verdict_text(verdict, health.day, snapshot.names, language),
        evidence=describe_evidence(health.trust.evidence, language),
        questions=questions(health, snapshot.policy.compare, language),
        ladder=ladder(health.maturity, language),
        timeline=timeline(scored, (*verdict.concerns, *verdict.news), snapshot, language),
        purchases=purchases_section(
            health.purchases, snapshot.organisation.approvals.of(scored.client.id), language
        ),
        sources=list(_sources(health, language)),
    )


def _place(place: Place, language: Language) -> Iterator[PlaceRow]:
    if place.group:
        yield PlaceRow(language.text("group_label"), "", place.group)
    if place.size is not None:
        yield PlaceRow(language.text("size_label"), language.text("people", n=place.size))
    if place.sector is not None:
        yield PlaceRow(language.text("sector_label"), place.sector)
    if place.review_on is not None:
        yield PlaceRow(language.text("review_label"), language.day(place.review_on))
    for role, team in place.roles:
        yield PlaceRow(role, team)


def _sources(health: ClientHealth, language: Language) -> Iterator[TableRow]:
    for name, source in health.sources.items():
        silence, usual = source.silence_days, source.usual_silence_days
        good = None if source.state == "unknown" else source.state == "flowing"
        state = language.text(f"source_{source.state}")
        yield TableRow((language.sources[name], state, _last(silence, usual, language)), good)


def _last(silence: int | None, usual: int | None, language: Language) -> str:
    """Return the full days without an event, and the usual gap when it is known."""
    if silence is None:
        return language.text("not_known_yet")
    if usual is None:
        return language.text("silent", n=silence) if silence else language.text("silent_today")
    if silence:
        return language.text("usual", n=silence, usual=usual)
    return language.text("usual_today", usual=usual)
