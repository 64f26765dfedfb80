"""Contracts of `relationship-health`: changes of a client's scores and states, with causes."""

from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from typing import Annotated, Final, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from rapport_schemas.exact_numbers import FigureValue, Points, ScoreValue, total
from rapport_schemas.fields import ClientSlug, EventData, Slug, rules

ATTRIBUTIONS_MAX: Final = 32
EVIDENCE_MAX: Final = 64
CONCERNS_MAX: Final = 64
REASON_CHARACTERS_MAX: Final = 1024
REST: Final = "rest"
"""The component and kind of the sum of all parts that are not listed."""
_CONFIG: Final = ConfigDict(frozen=True, extra="ignore", strict=True)

Count = Annotated[
    int,
    Field(
        ge=0,
        le=2**53,
        description="How many events this is (of surveys: people who answered); 0: none, as with "
        "decay, or suppressed.",
    ),
]
PolicyHash = Annotated[
    str, Field(pattern=r"^[0-9a-f]{12,64}$", description="The hash of the policy in force.")
]
Identity = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Sentence = Annotated[str, Field(min_length=1, max_length=REASON_CHARACTERS_MAX)]


class Attribution(BaseModel):
    """A part of the change, and its cause."""

    model_config = _CONFIG

    component: Annotated[
        Slug,
        Field(
            description="The component of the score; `rest` for all that is not listed; `combined` "
            "for components that are merged, because too few people answered to show each."
        ),
    ]
    kind: Annotated[
        Slug,
        Field(
            description="The kind of event, as `ticket_reopened`; or `decay` (old evidence "
            "fades, or weighs less beside the new), `policy` (another policy), `method` (a newer "
            "version of Rapport calculates the score in another way), `insufficient` (too little "
            "is left to say), `few` (of `combined`), `rest`. Others may come."
        ),
    ]
    day: Annotated[date | None, Field(description="The day of the events' own time.")] = None
    points: Annotated[Points, Field(description="What it adds to the change.")]
    events: Count


class Evidence(BaseModel):
    """Events that the new score is calculated from."""

    model_config = _CONFIG

    kind: Annotated[Slug, Field(description="The kind of event, as `ticket_reopened`.")]
    events: Count
    first_day: Annotated[date, Field(description="The day of the earliest of them.")]
    last_day: Annotated[date, Field(description="The day of the latest of them.")]


class Reason(BaseModel):
    """Why it changed: one sentence with numbers."""

    model_config = _CONFIG

    en: Annotated[Sentence, Field(description="In English.")]
    nl: Annotated[Sentence, Field(description="In Dutch.")]


V = TypeVar("V", ScoreValue, FigureValue)


class _Changed(EventData, Generic[V]):
    """Base of announcements of a number."""

    model_config = _CONFIG | rules(
        "old != new",
        "the sum of attribution[].points == (new or baseline) - (old or baseline), exactly",
    )

    client: ClientSlug
    score: Annotated[
        Slug,
        Field(
            description="`trust`, `engagement`, `knowledge`, `participation`, `divergence`; "
            "as a figure `perception`, `maturity`; others may come."
        ),
    ]
    day: Annotated[date, Field(description="The day as of which the new score is calculated.")]
    old: Annotated[V | None, Field(description="null: there was nothing to calculate it from.")] = (
        None
    )
    new: Annotated[V | None, Field(description="null: there is nothing to calculate it from.")] = (
        None
    )
    baseline: Annotated[V, Field(description="The score of a client of whom nothing is known.")]
    confidence: Annotated[
        float, Field(ge=0, le=1, description="Of the new score: 0 is a guess, 1 is certain.")
    ]
    policy: PolicyHash
    attribution: Annotated[
        list[Attribution],
        Field(
            min_length=1,
            max_length=ATTRIBUTIONS_MAX + 1,
            description="What the change comes from, the greatest part first, `rest` last.",
        ),
    ]
    evidence: Annotated[
        list[Evidence],
        Field(max_length=EVIDENCE_MAX, description="What the new score rests on, by kind."),
    ]
    reason: Annotated[Reason, Field(description="The change in words.")]
    follows: Annotated[
        Identity | None,
        Field(description="The id of the announcement before it, of this client and score."),
    ] = None

    @model_validator(mode="after")
    def _parts_add_up_to_the_change(self) -> Self:
        if self.old == self.new:
            raise ValueError("old and new are the same: nothing changed")
        points = total(part.points for part in self.attribution)
        if points != self.change.fraction:
            raise ValueError(f"attribution adds up to {points}, the change is {self.change.exact}")
        return self

    @property
    def change(self) -> Points:
        """The change of the score; the baseline replaces an unknown score."""
        after, before = self.new or self.baseline, self.old or self.baseline
        return Points.of(after.fraction - before.fraction)

    @property
    def event_id(self) -> str:
        """The CloudEvents id: the same for the same change after the same announcement."""
        before, after = (each.exact if each else "" for each in (self.old, self.new))
        parts = (self.client, self.score, str(self.day), self.policy, self.follows or "")
        return _identity(*parts, before, after)


class ScoreChanged(_Changed[ScoreValue]):
    """A score of a client changed; the parts of the change add up to it exactly.

    Announcements of one client and score form a chain: each names the one before it, so that a
    reader notices a gap. One that is made again has the same id.
    """


class FigureChanged(_Changed[FigureValue]):
    """A number of a client outside 0 to 1 changed; otherwise as a change of a score.

    `perception` is the perception gap, from -1 (IT rates itself lower than the client does) to
    1; `maturity` the stage plus the part of the next stage's criteria that are met, from 1 to 3.
    """


class ConcernOn(BaseModel):
    """A concern of a client, or good news, that is on."""

    model_config = _CONFIG | ConfigDict(serialize_by_alias=True, validate_by_name=True)

    kind: Annotated[Slug, Field(description="As `trust_low`; others may come.")]
    class_: Annotated[
        Slug,
        Field(
            alias="class",
            description="`act` (do something this week), `watch`, `chore` or `news`.",
        ),
    ]
    subject: Annotated[
        Slug | None, Field(description="What it is about, as the source in which it is silent.")
    ] = None
    since: Annotated[date, Field(description="The day since which it is on.")]
    points: Annotated[
        float, Field(ge=0, le=100, description="What it adds to the client's urgency.")
    ]
    sureness: Annotated[float, Field(ge=0, le=1, description="0 is a guess, 1 is certain.")]
    fleet: Annotated[
        bool, Field(description="Whether most clients have it, so that it counts for none.")
    ]
    text: Annotated[Reason, Field(description="What it is, with its figures.")]
    next: Annotated[Reason, Field(description="The next step.")]


class StateChanged(EventData):
    """A client went from one state to another; announcements of one client and state are a chain.

    `purchases`: `clear`, `watch`, `alert`. `maturity`: `supplier`, `partner`, `anticipator`.
    `verdict`: `act`, `watch`, `unknown`, `normal`. The kind of a concern or of good news, as
    `trust_low`: `on`, `off`.
    """

    model_config = _CONFIG | rules("old != new")

    client: ClientSlug
    state: Annotated[
        Slug,
        Field(
            description="`purchases`, `maturity`, `verdict`, or the kind of a concern or of good "
            "news; others may come."
        ),
    ]
    day: Annotated[date, Field(description="The day as of which the new state holds.")]
    old: Annotated[Slug | None, Field(description="null: not announced before, or unknown.")] = None
    new: Annotated[Slug | None, Field(description="null: unknown, because of too little data.")] = (
        None
    )
    confidence: Annotated[
        float, Field(ge=0, le=1, description="Of the new state: 0 is a guess, 1 is certain.")
    ]
    policy: PolicyHash
    evidence: Annotated[
        list[Evidence],
        Field(max_length=EVIDENCE_MAX, description="What the new state rests on, by kind."),
    ]
    reason: Annotated[Reason, Field(description="The state in words.")]
    urgency: Annotated[
        float | None,
        Field(ge=0, le=2000, description="Of `verdict`: the sum of the points of all concerns."),
    ] = None
    concerns: Annotated[
        list[ConcernOn] | None,
        Field(
            max_length=CONCERNS_MAX,
            description="Of `verdict`, all concerns and good news that are on; of a concern, that "
            "one; null where there is none.",
        ),
    ] = None
    follows: Annotated[
        Identity | None,
        Field(description="The id of the announcement before it, of this client and state."),
    ] = None

    @model_validator(mode="after")
    def _differs(self) -> Self:
        if self.old == self.new:
            raise ValueError("old and new are the same: nothing changed")
        return self

    @property
    def event_id(self) -> str:
        """The CloudEvents id: the same for the same change after the same announcement."""
        parts = (self.client, self.state, str(self.day), self.policy, self.follows or "")
        return _identity("state", *parts, self.old or "", self.new or "")


def bounded(parts: Iterable[Attribution]) -> list[Attribution]:
    """Return the greatest parts of a change, and one part for all others: the sum stays exact."""
    ordered = sorted(parts, key=_greatest_first)
    greatest, others = ordered[:ATTRIBUTIONS_MAX], ordered[ATTRIBUTIONS_MAX:]
    if not others:
        return greatest
    points = Points.of(total(part.points for part in others))
    events = sum(part.events for part in others)
    return [*greatest, Attribution(component=REST, kind=REST, points=points, events=events)]


def _greatest_first(part: Attribution) -> tuple[object, ...]:
    return -abs(part.points.fraction), part.component, part.kind, str(part.day)


def _identity(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:32]
