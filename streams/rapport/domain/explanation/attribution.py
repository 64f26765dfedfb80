"""Where every point of every score comes from: rows of component, kind of event and day.

The rows of a score add up to it exactly, its baseline among them; none tells of a few people.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from rapport.domain.explanation.apportionment import (
    BASE,
    EvidenceItem,
    Row,
    apportion,
    evidence_items,
    merge_rows,
)
from rapport.domain.explanation.row_suppression import FEW, suppress_small_days
from rapport.domain.ledger.decay import ratio_units
from rapport.domain.ledger.decayed_sums import DecayedSums
from rapport.domain.ledger.measures import Measures
from rapport.domain.procurement.purchase_rows import purchase_rows
from rapport.domain.scoring import engagement as engaged
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.divergence import CLOSED, TOGETHER
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.scoring.knowledge import newest
from rapport.domain.scoring.participation import CARRIED, ROLE, ROLE_MESSAGE, participation
from rapport.domain.scoring.score import Part, Score
from rapport.domain.scoring.small_groups import COMBINED
from rapport.domain.scoring.trust import ANSWERS, TRUST_QUESTIONS, capped_sums, trust


@dataclass(frozen=True, slots=True)
class ScoreAttribution:
    """A score, and the rows that add up to it in units of 1 / its denominator."""

    score: Score
    rows: tuple[Row, ...]
    minimum_people: int
    """Of fewer nothing is told."""

    @property
    def combined(self) -> tuple[str, ...]:
        """The components that are told as one."""
        return self.score.withheld.combined if self.score.withheld else ()


@dataclass(frozen=True, slots=True)
class AttributionInputs:
    """What reasons are looked for in: a client's amounts, under a plan, as of a day."""

    amounts: Measures
    plan: CompiledPolicy
    standing: DecayedSums

    def items(self, tally: str, counted_in: str | None = None) -> list[EvidenceItem]:
        """Return the evidence of a tally; what `counted_in` counts is not counted again."""
        return evidence_items(self.amounts, self.plan, tally, self.standing.day, counted_in)

    def people(self, viewpoint: str) -> dict[int, int]:
        """Return how many people answered on each day, at least: one may leave a question out."""
        most: dict[int, int] = {}
        for question in TRUST_QUESTIONS:
            asked = f"answer|{viewpoint}|{question}|"
            given: dict[int, int] = {}
            for key, days in self.amounts.items():
                if key.startswith(asked):
                    for day, count in days.items():
                        given[day] = given.get(day, 0) + count
            most |= {day: max(count, most.get(day, 0)) for day, count in given.items()}
        return most


def score_attributions(
    source: AttributionInputs, health: ClientHealth
) -> dict[str, ScoreAttribution]:
    """Return the reasons of every score of a client, by the score's name."""
    return {score.name: _reasons(score, source, health) for score in health.scores}


def _reasons(score: Score, source: AttributionInputs, health: ClientHealth) -> ScoreAttribution:
    find = _FINDERS[score.name]
    rows = [Row(BASE, BASE, None, score.baseline)]
    for part in score.parts:
        if part.component == COMBINED:
            rows.append(Row(COMBINED, FEW, None, part.points))
        elif part.points or _answered(part):
            rows += find(part, source, health)
    minimum = source.plan.policy.privacy.minimum_respondents
    return ScoreAttribution(score, suppress_small_days(merge_rows(rows), minimum), minimum)


def _answered(part: Part) -> bool:
    """Return whether people's answers may be there although they come to nothing together."""
    return part.component.rpartition(".")[2] in (*ANSWERS, "rating")


Finder = Callable[[Part, AttributionInputs, ClientHealth], Iterator[Row]]


def _trust_from(viewpoint: str) -> Finder:
    def find(part: Part, source: AttributionInputs, _health: ClientHealth) -> Iterator[Row]:
        yield from _trust_rows(part.component, viewpoint, part.component, source, 1)

    return find


def _trust_rows(
    component: str, viewpoint: str, kind: str, source: AttributionInputs, times: int
) -> Iterator[Row]:
    """Yield what a source of trust gives, its evidence for and against apart, `times` over."""
    terms = source.plan.trust
    pair = next(pair for pair in terms.sources[viewpoint] if pair.source == kind)
    r, s = capped_sums(source.standing, pair)
    for_it = (terms.base_denominator - terms.base) * r * times
    rows = apportion(component, for_it, source.items(pair.positive))
    against_it = source.items(pair.negative, counted_in=pair.positive)
    rows += apportion(component, -terms.base * s * times, against_it)
    if kind not in ANSWERS:
        yield from rows
        return
    people = source.people(viewpoint)
    for row in merge_rows(rows):
        yield row if row.day is None else row._replace(events=people[row.day])


def _perception(part: Part, source: AttributionInputs, health: ClientHealth) -> Iterator[Row]:
    viewpoint, _, kind = part.component.partition(".")
    own = trust(source.standing, source.plan.trust, "own").denominator
    other = trust(source.standing, source.plan.trust, health.perception.against).denominator
    times = other if viewpoint == "own" else -own
    yield from _trust_rows(part.component, viewpoint, kind, source, times)


def _engagement(part: Part, source: AttributionInputs, _health: ClientHealth) -> Iterator[Row]:
    component, points = part.component, part.points
    group, _, role = component.partition(".")
    if group == "response":
        yield from _response(part, source)
    elif group == "recency":
        yield from apportion(component, points, _newest_contact(source))
    else:
        tallies = {"frequency": engaged.FREQUENCY, "strategic": engaged.STRATEGIC}
        tally = tallies.get(group) or engaged.BREADTH[role]
        yield from apportion(component, points, source.items(tally))


def _newest_contact(source: AttributionInputs) -> list[EvidenceItem]:
    at = source.standing.newest[engaged.CONTACT]
    return [item for item in source.items(engaged.FREQUENCY) if item.day == at] or [
        EvidenceItem("contact", at, 1)
    ]


def _response(part: Part, source: AttributionInputs) -> Iterator[Row]:
    """Yield what is expected anyway, what answers give, and what invitations without one take."""
    terms, standing = source.plan.engagement, source.standing
    answered = standing[engaged.ANSWERED]
    invited = max(standing[engaged.INVITED], answered) + terms.prior_invited
    base = terms.response * ratio_units(terms.prior_answered, terms.prior_invited)
    given = terms.response * ratio_units(answered, invited)
    yield Row(part.component, BASE, None, base)
    yield from apportion(part.component, given, source.items(engaged.ANSWERED))
    taken = part.points - base - given
    yield from apportion(part.component, taken, source.items(engaged.INVITED))


def _knowledge(part: Part, source: AttributionInputs, _health: ClientHealth) -> Iterator[Row]:
    held_from, day = newest(source.standing, part.component)
    yield Row(part.component, f"facet_{held_from}", day, part.points, 1)


def _participation(part: Part, source: AttributionInputs, _health: ClientHealth) -> Iterator[Row]:
    if part.component == "message":
        items = source.items(CARRIED)
    elif part.component == "consistency":
        known = {
            g.name: g.message
            for g in participation(source.standing, source.plan.participation).roles
        }
        weakest = min((m, role) for role, m in known.items() if m is not None)[1]
        items = source.items(ROLE_MESSAGE[weakest][0])
    else:
        items = source.items(ROLE[part.component.partition(".")[2]])
    yield from apportion(part.component, part.points, items)


def _maturity(part: Part, _source: AttributionInputs, _health: ClientHealth) -> Iterator[Row]:
    yield Row(part.component, "criterion", None, part.points)


def _divergence(part: Part, source: AttributionInputs, _health: ClientHealth) -> Iterator[Row]:
    component, points = part.component, part.points
    if component == "tickets_green":
        yield from apportion(component, points, source.items(CLOSED[0]))
    elif component == "unanswered":
        yield from apportion(component, points, source.items(engaged.INVITED))
    elif component == "buying_rises":
        rows = purchase_rows(source.amounts, source.plan.policy.purchases, source.standing.day)
        items = [EvidenceItem("purchase", row.day, row.times, row.times) for row in rows]
        yield from apportion(component, points, items)
    else:
        yield Row(component, BASE if component == TOGETHER else "trust", None, points)


_FINDERS: Mapping[str, Finder] = {
    "trust": _trust_from("client"),
    "trust.own": _trust_from("own"),
    "trust.independent": _trust_from("independent"),
    "engagement": _engagement,
    "perception": _perception,
    "knowledge": _knowledge,
    "participation": _participation,
    "maturity": _maturity,
    "divergence": _divergence,
}
