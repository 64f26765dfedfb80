"""Made-up events of the demo, for panels that no public data set has data for.

Touchpoints, signals, knowledge, promises, proposals and the surveys of IT itself and of an
independent party. They follow a fixed pattern over the clients and days, and describe nobody.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from pydantic import BaseModel

from rapport.domain.scoring.engagement import ROLES
from rapport.domain.scoring.knowledge import FACETS
from rapport.domain.signals.counts import SIGNALS
from rapport.importers.sync.messages import Message
from rapport_schemas.relationship import (
    ProfileUpdated,
    PromiseSettled,
    ProposalDecided,
    SignalHeard,
    TouchpointHeld,
)
from rapport_schemas.survey import Answer, SurveyAnswered

HISTORY_DAYS: Final = 200
KINDS: Final = ("project_meeting", "workshop", "project_meeting", "roadmap_talk")
TEAMS: Final = ("service-desk", "workplace", "data-and-integration", "architecture")
Dated = tuple[int, BaseModel]
"""Days ago, and the event."""


def made_up(clients: Iterable[str], today: date) -> Iterator[Message]:
    """Yield the made-up events of clients, up to yesterday."""
    for number, client in enumerate(clients):
        events = (
            *_touchpoints(client, number),
            *_knowledge(client, number),
            *_signals(client, number),
            *_views(client, number),
        )
        for index, (days_ago, data) in enumerate(events):
            at = datetime.combine(today - timedelta(days=days_ago), time(10), UTC)
            yield Message(data, f"made-up-{client}-{index}", at)


def _touchpoints(client: str, number: int) -> Iterator[Dated]:
    for index, days_ago in enumerate(range(1 + number % 6, HISTORY_DAYS, 4 + number % 5)):
        width = 1 + (index + number) % 3
        yield (
            days_ago,
            TouchpointHeld(
                client=client,
                kind=KINDS[index % len(KINDS)],
                roles=[ROLES[(index + number + step) % len(ROLES)] for step in range(width)],
                teams=[TEAMS[(index + number) % len(TEAMS)]],
                topics=[FACETS[index % len(FACETS)]] if index % 4 == 3 else [],  # noqa: PLR2004 # the roadmap talks
                message_carried=(index * (number + 2)) % 5 != 0,
            ),
        )


def _knowledge(client: str, number: int) -> Iterator[Dated]:
    for index, facet in enumerate(FACETS[: 2 + number % 4]):
        held_from = "client" if (index + number) % 3 else "inferred"
        yield (
            12 + 37 * index + 11 * number % 60,
            ProfileUpdated.model_validate(
                {"client": client, "facet": facet, "held_from": held_from}
            ),
        )


def _signals(client: str, number: int) -> Iterator[Dated]:
    for index, days_ago in enumerate(range(2 + number, HISTORY_DAYS, 23 + 6 * (number % 4))):
        yield days_ago, SignalHeard(client=client, signal=SIGNALS[(index + number) % len(SIGNALS)])
        yield days_ago + 1, PromiseSettled(client=client, kept=(index + number) % 4 != 0)
    for days_ago in range(9 + number, HISTORY_DAYS, 60):
        accepted = (days_ago + number) % 3 != 0
        yield days_ago, ProposalDecided(client=client, initiated_by="it", accepted=accepted)


def _views(client: str, number: int) -> Iterator[Dated]:
    for index, days_ago in enumerate(range(5 + number % 7, HISTORY_DAYS, 9)):
        own, independent = 4 + index % 2, 2 + (index + number) % 3
        for viewpoint, score in (("own", own), ("independent", independent)):
            yield days_ago, _answer(client, viewpoint, index, score)


def _answer(client: str, viewpoint: str, index: int, score: int) -> SurveyAnswered:
    return SurveyAnswered.model_validate(
        {
            "client": client,
            "survey_id": f"made-up-{viewpoint}-{index}",
            "viewpoint": viewpoint,
            "answers": [Answer(question="trust", score=score)],
        }
    )
