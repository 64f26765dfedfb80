"""Policy sections on perception, knowledge, participation, maturity, targets and announcements."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from rapport.domain.policy.base import (
    DECIMAL_PLACES_MAX,
    Days,
    Ratio,
    Section,
    UnitInterval,
    UnitWeights,
)


class PerceptionPolicy(Section):
    """Perception gap: when IT rates itself higher than the client does."""

    alert_gap: Ratio
    alert_probability: Ratio


class FacetWeights(UnitWeights):
    """Weights of the facets in the knowledge score."""

    strategic_plan: UnitInterval
    goals: UnitInterval
    mission: UnitInterval
    business_strategy: UnitInterval
    pain_points: UnitInterval


class FacetValidity(Section):
    """Days for which knowledge of a facet is valid."""

    strategic_plan: Days
    goals: Days
    mission: Days
    business_strategy: Days
    pain_points: Days


class KnowledgePolicy(Section):
    """Knowledge score."""

    inferred_worth: UnitInterval
    weights: FacetWeights
    valid_days: FacetValidity


class ParticipationWeights(UnitWeights):
    """Weights of the components of participation."""

    roles: UnitInterval
    message: UnitInterval
    consistency: UnitInterval


class ParticipationPolicy(Section):
    """Participation score: which roles of IT take part, and with one message."""

    half_life_days: Days
    minimum_group: Annotated[int, Field(ge=1, le=100)]
    weights: ParticipationWeights


class PrivacyPolicy(Section):
    """Small-group suppression: the fewest respondents of which answers are shown."""

    minimum_respondents: Annotated[int, Field(ge=1, le=100)]


class _StageCriteria(Section):
    """Criteria that both stages have, to reach a stage or to stay at it."""

    trust: Ratio
    uncertainty: Ratio
    engagement: Ratio
    knowledge: Ratio
    gap: Ratio


class PartnerCriteria(_StageCriteria):
    """Criteria of the stage of partner."""

    quiet_weeks: Annotated[int, Field(ge=1, le=26)]
    strategic_talks: Annotated[float, Field(ge=0, le=100)]


class AnticipatorCriteria(_StageCriteria):
    """Criteria of the stage of innovative anticipator."""

    purchase_ratio: Annotated[float, Field(ge=0, le=100)]
    proposals_accepted: Annotated[float, Field(ge=0, le=100)]


class MaturityPolicy(Section):
    """Maturity: when a relationship moves to another stage."""

    ring_weeks: Annotated[int, Field(ge=26, le=52)]
    promote_weeks: Annotated[int, Field(ge=1, le=26)]
    demote_weeks: Annotated[int, Field(ge=1, le=26)]
    proof_half_life_days: Days
    to_partner: PartnerCriteria
    stay_partner: PartnerCriteria
    to_anticipator: AnticipatorCriteria
    stay_anticipator: AnticipatorCriteria

    @model_validator(mode="after")
    def _staying_is_easier(self) -> Self:
        _check_hysteresis("partner", self.to_partner, self.stay_partner)
        _check_hysteresis("anticipator", self.to_anticipator, self.stay_anticipator)
        return self


def _check_hysteresis(stage: str, to: _StageCriteria, stay: _StageCriteria) -> None:
    """Raise `ValueError` where it is harder to stay at a stage than to reach it: it would flap."""
    harder = [
        name
        for name in ("trust", "engagement", "knowledge")
        if getattr(stay, name) > getattr(to, name)
    ]
    harder += [name for name in ("uncertainty", "gap") if getattr(stay, name) < getattr(to, name)]
    if harder:
        raise ValueError(f"stay_{stage} asks more than to_{stage} in {', '.join(harder)}")


class DivergencePolicy(Section):
    """Divergence: when indicators that contradict each other raise an alert."""

    tickets_minimum: Annotated[float, Field(ge=1, le=1000)]
    invitations_minimum: Annotated[int, Field(ge=1, le=1000)]
    alert: Ratio


class Targets(Section):
    """Targets: the least desired value of each score."""

    trust: Ratio
    engagement: Ratio
    knowledge: Ratio
    participation: Annotated[Ratio, Field(serialization_alias="along")]


class ComparePolicy(Section):
    """Comparison of a score with its past, its peers and its target."""

    past_weeks: Annotated[int, Field(ge=4, le=26)]
    fall: Annotated[float, Field(ge=0.02, le=0.5)]
    peers_minimum: Annotated[int, Field(ge=3, le=1000)]
    volume_half_life_days: Days
    targets: Targets


class AnnouncePolicy(Section):
    """Announcements: the least change that is announced."""

    minimum: Annotated[Decimal, Field(gt=0, le=1, decimal_places=DECIMAL_PLACES_MAX)]
