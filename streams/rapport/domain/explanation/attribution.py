"""Score attribution: the rows of component, kind of event and day that a score consists of.

The rows of a score, its baseline among them, add up to it exactly. Small-group suppression leaves
no row that rests on the answers of fewer people than the minimum.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rapport.domain.explanation.apportionment import (
    BASE,
    SILENCE,
    EvidenceItem,
    PointsRow,
    apportion,
    evidence_items,
    merge_rows,
)
from rapport.domain.explanation.row_suppression import SMALL_GROUP, suppress_small_days
from rapport.domain.explanation.trust_rows import TrustSource
from rapport.domain.ledger.decay import ratio_units
from rapport.domain.ledger.decayed_sums import DecayedSums
from rapport.domain.ledger.measures import Measures
from rapport.domain.procurement.counted_purchases import Approvals
from rapport.domain.procurement.purchase_rows import purchase_rows
from rapport.domain.scoring import engagement as engaged
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.scoring.knowledge import newest
from rapport.domain.scoring.participation import CARRIED, ROLE, ROLE_MESSAGE, participation
from rapport.domain.scoring.score import Part, Score
from rapport.domain.scoring.small_groups import COMBINED
from rapport.domain.scoring.trust import ANSWERED, CLOSED_SUMS, trust


@dataclass(frozen=True, slots=True)
class ScoreAttribution:
    """Score attribution: a score and the rows that add up to it, in units of 1 / its denominator.

    The rows have passed small-group suppression (statistical disclosure control).
    """

    score: Score
    rows: tuple[PointsRow, ...]
    minimum_people: int
    """The minimum number of respondents of a row."""
    uncounted: tuple[PointsRow, ...] = ()
    """Rows of 0 points: the events that are too old to count beside newer ones."""

    @property
    def all_rows(self) -> tuple[PointsRow, ...]:
        """The rows of all events, those that do not count too."""
        return (*self.rows, *self.uncounted)

    @property
    def combined(self) -> tuple[str, ...]:
        """The components that small-group suppression combined into one."""
        return self.score.withheld.combined if self.score.withheld else ()


@dataclass(frozen=True, slots=True)
class AttributionInputs:
    """The evidence of a client under a policy, on the day of its decayed sums."""

    amounts: Measures
    compiled: CompiledPolicy
    sums: DecayedSums
    approvals: Approvals = ()

    def items(self, sum_name: str) -> list[EvidenceItem]:
        """Return the evidence of a decayed sum."""
        return evidence_items(self.amounts, self.compiled, sum_name, self.sums.day)

    def trust_source(self, viewpoint: str, source: str) -> TrustSource:
        """Return the evidence of a source of trust."""
        return TrustSource(self.amounts, self.compiled, self.sums, viewpoint, source)


def score_attributions(
    inputs: AttributionInputs, health: ClientHealth
) -> dict[str, ScoreAttribution]:
    """Return the attribution of each score of a client, by the name of the score."""
    return {score.name: _attribution(score, inputs, health) for score in health.scores}


def _attribution(score: Score, inputs: AttributionInputs, health: ClientHealth) -> ScoreAttribution:
    build_rows = _ROW_BUILDERS[score.name]
    rows = [PointsRow(BASE, BASE, None, score.baseline)]
    for part in score.parts:
        if part.component == COMBINED:
            rows.append(PointsRow(COMBINED, SMALL_GROUP, None, part.points))
        elif part.points or _is_answered(part):
            rows += build_rows(part, inputs, health)
    minimum = inputs.compiled.policy.privacy.minimum_respondents
    counted, uncounted = (
        suppress_small_days(merge_rows(each), minimum) for each in (rows, _uncounted(score, inputs))
    )
    return ScoreAttribution(score, counted, minimum, uncounted)


def _is_answered(part: Part) -> bool:
    """Return whether the part may rest on answers although its points add up to zero."""
    return part.component.rpartition(".")[2] in ANSWERED


VIEWPOINTS: Final = {"trust": "client", "trust.own": "own", "trust.independent": "independent"}
"""The scores of trust -> whose view it is."""
RowBuilder = Callable[[Part, AttributionInputs, ClientHealth], Iterator[PointsRow]]


def _trust_rows_from(viewpoint: str) -> RowBuilder:
    def rows(part: Part, inputs: AttributionInputs, _health: ClientHealth) -> Iterator[PointsRow]:
        yield from inputs.trust_source(viewpoint, part.component).rows(part.component, 1)

    return rows


def _perception(part: Part, inputs: AttributionInputs, health: ClientHealth) -> Iterator[PointsRow]:
    viewpoint, _, source = part.component.partition(".")
    own = trust(inputs.sums, inputs.compiled.trust, "own").denominator
    other = trust(inputs.sums, inputs.compiled.trust, health.perception.against).denominator
    times = other if viewpoint == "own" else -own
    yield from inputs.trust_source(viewpoint, source).rows(part.component, times)


def _uncounted(score: Score, inputs: AttributionInputs) -> Iterator[PointsRow]:
    """Yield rows of 0 points for evidence of trust that is too old to count."""
    for part in score.parts:
        viewpoint, source = VIEWPOINTS.get(score.name), part.component
        if score.name == "perception":
            viewpoint, _, source = part.component.partition(".")
        if viewpoint is not None and part.component != COMBINED:
            yield from inputs.trust_source(viewpoint, source).uncounted_rows(part.component)


def _engagement(
    part: Part, inputs: AttributionInputs, _health: ClientHealth
) -> Iterator[PointsRow]:
    component, points = part.component, part.points
    group, _, role = component.partition(".")
    if group == "response":
        yield from _response(part, inputs)
    elif group == engaged.SILENCE:
        yield PointsRow(component, SILENCE, inputs.sums.days[engaged.TOUCHED][-1], points)
    elif group == "recency":
        yield from apportion(component, points, _newest_contact(inputs))
    else:
        names = {"frequency": engaged.FREQUENCY, "strategic": engaged.STRATEGIC}
        name = names.get(group) or engaged.BREADTH[role]
        yield from apportion(component, points, inputs.items(name))


def _newest_contact(inputs: AttributionInputs) -> list[EvidenceItem]:
    day = inputs.sums.newest[engaged.CONTACT]
    return [item for item in inputs.items(engaged.FREQUENCY) if item.day == day] or [
        EvidenceItem("contact", day, 1)
    ]


def _response(part: Part, inputs: AttributionInputs) -> Iterator[PointsRow]:
    """Yield the prior, the points of answers, and the loss by unanswered invitations."""
    coefficients, sums = inputs.compiled.engagement, inputs.sums
    answered = sums[engaged.ANSWERED]
    invited = max(sums[engaged.INVITED], answered) + coefficients.prior_invited
    base = coefficients.response * ratio_units(
        coefficients.prior_answered, coefficients.prior_invited
    )
    gained = coefficients.response * ratio_units(answered, invited)
    yield PointsRow(part.component, BASE, None, base)
    yield from apportion(part.component, gained, inputs.items(engaged.ANSWERED))
    lost = part.points - base - gained
    yield from apportion(part.component, lost, inputs.items(engaged.INVITED))


def _knowledge(part: Part, inputs: AttributionInputs, _health: ClientHealth) -> Iterator[PointsRow]:
    held_from, day = newest(inputs.sums, part.component)
    yield PointsRow(part.component, f"facet_{held_from}", day, part.points, 1)


def _participation(
    part: Part, inputs: AttributionInputs, _health: ClientHealth
) -> Iterator[PointsRow]:
    if part.component == "message":
        items = inputs.items(CARRIED)
    elif part.component == "consistency":
        ratios = {
            g.name: g.message
            for g in participation(inputs.sums, inputs.compiled.participation).roles
        }
        weakest = min((m, role) for role, m in ratios.items() if m is not None)[1]
        items = inputs.items(ROLE_MESSAGE[weakest][0])
    else:
        items = inputs.items(ROLE[part.component.partition(".")[2]])
    yield from apportion(part.component, part.points, items)


def _maturity(part: Part, _inputs: AttributionInputs, _health: ClientHealth) -> Iterator[PointsRow]:
    yield PointsRow(part.component, "criterion", None, part.points)


def _divergence(
    part: Part, inputs: AttributionInputs, _health: ClientHealth
) -> Iterator[PointsRow]:
    component, points = part.component, part.points
    if component == "tickets_green":
        yield from apportion(component, points, inputs.items(CLOSED_SUMS[0]))
    elif component == "unanswered":
        yield from apportion(component, points, inputs.items(engaged.INVITED))
    elif component == "buying_rises":
        policy = inputs.compiled.policy.purchases
        rows = purchase_rows(inputs.amounts, policy, inputs.sums.day, inputs.approvals)
        items = [EvidenceItem("purchase", row.day, row.times, row.times) for row in rows]
        yield from apportion(component, points, items)
    else:
        yield PointsRow(component, "trust", None, points)


_ROW_BUILDERS: Mapping[str, RowBuilder] = {
    **{name: _trust_rows_from(viewpoint) for name, viewpoint in VIEWPOINTS.items()},
    "engagement": _engagement,
    "perception": _perception,
    "knowledge": _knowledge,
    "participation": _participation,
    "maturity": _maturity,
    "divergence": _divergence,
}
