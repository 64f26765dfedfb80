"""From a client's health to the series of the scores beside trust and engagement."""

from collections.abc import Iterator

from rapport.domain.comparison.benchmark import TARGETS, gap_of
from rapport.domain.comparison.trend import trend
from rapport.domain.policy.relationship import ComparePolicy
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.monitoring.metrics import relation as m
from rapport.monitoring.metrics.sample import Sample


def relation_samples(health: ClientHealth, policy: ComparePolicy) -> Iterator[Sample]:
    """Yield the series of one client; a score without sufficient evidence has none."""
    yield from _perception(health)
    yield from _knowledge(health)
    yield from _participation(health)
    yield from _maturity(health)
    yield from _compared(health, policy)
    yield from _courses(health, policy)


def target_samples(policy: ComparePolicy) -> Iterator[Sample]:
    """Yield what each score should be at least."""
    for name in TARGETS:
        yield Sample(m.TARGET, (name,), getattr(policy.targets, name))


def _perception(health: ClientHealth) -> Iterator[Sample]:
    name, found = (health.client,), health.perception
    for viewpoint, view in (("own", found.own), ("independent", found.independent)):
        if view.shown is not None:
            yield Sample(m.TRUST_VIEW, (health.client, viewpoint), view.shown)
    if found.score.shown is not None:
        yield Sample(m.PERCEPTION, name, found.score.shown)
        yield Sample(m.OVERRATES, name, int(found.overrates))
    if found.probability is not None:
        yield Sample(m.PERCEPTION_PROBABILITY, name, found.probability)


def _knowledge(health: ClientHealth) -> Iterator[Sample]:
    found = health.knowledge
    if found.score.shown is None:
        return
    yield Sample(m.KNOWLEDGE, (health.client,), found.score.shown)
    for facet in found.facets:
        yield Sample(m.FACET_WORTH, (health.client, facet.name), facet.worth)
        yield Sample(m.FACET_STALE, (health.client, facet.name), int(facet.stale))


def _participation(health: ClientHealth) -> Iterator[Sample]:
    found = health.participation
    if found.score.shown is None:
        return
    yield Sample(m.PARTICIPATION, (health.client,), found.score.shown)
    for part in found.score.parts:
        group, _, role = part.component.partition(".")
        if group == "roles":
            yield Sample(m.ROLE_BREADTH, (health.client, role), part.points / part.possible)
    if found.message is not None:
        yield Sample(m.MESSAGE, (health.client,), found.message)


def _maturity(health: ClientHealth) -> Iterator[Sample]:
    name, stage, contradiction = (health.client,), health.maturity, health.divergence
    if stage.score.shown is not None:
        yield Sample(m.MATURITY_STAGE, name, stage.stage)
        yield Sample(m.MATURITY_INDEX, name, stage.score.shown)
        yield Sample(m.MATURITY_STEP, name, stage.step)
    if contradiction.score.shown is not None:
        yield Sample(m.DIVERGENCE, name, contradiction.score.shown)
        yield Sample(m.DIVERGENCE_ALERT, name, int(contradiction.alert))


def _compared(health: ClientHealth, policy: ComparePolicy) -> Iterator[Sample]:
    for score in health.scores:
        if score.shown is None:
            continue
        yield Sample(m.SCORE_CONFIDENCE, (health.client, score.name), score.confidence)
        if score.name in TARGETS:
            impact = health.volume * gap_of(score, policy)
            yield Sample(m.IMPACT, (health.client, score.name), impact)
            for part in score.parts:
                labels = (health.client, score.name, part.component)
                yield Sample(m.POINTS_MISSING, labels, score.ratio(part.missing))


def _courses(health: ClientHealth, policy: ComparePolicy) -> Iterator[Sample]:
    for score in (health.trust, health.engagement):
        weeks = [getattr(week, score.name) for week in health.weeks]
        found, labels = trend(weeks, score.shown, policy), (health.client, score.name)
        if found.falling is not None and found.past is not None:
            yield Sample(m.SCORE_PAST, labels, found.past)
            yield Sample(m.SCORE_FALLING, labels, int(found.falling))
