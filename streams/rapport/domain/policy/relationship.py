"""The sections of the policy on perception, knowledge, all taken along, stages, targets, news."""

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
    """When IT overrates itself."""

    alert_gap: Ratio
    alert_probability: Ratio


class FacetWeights(UnitWeights):
    """Shares of the knowledge score."""

    strategic_plan: UnitInterval
    goals: UnitInterval
    mission: UnitInterval
    business_strategy: UnitInterval
    pain_points: UnitInterval


class FacetValidity(Section):
    """How long a facet stays fresh."""

    strategic_plan: Days
    goals: Days
    mission: Days
    business_strategy: Days
    pain_points: Days


class KnowledgePolicy(Section):
    """How what IT knows of a client is weighed."""

    inferred_worth: UnitInterval
    weights: FacetWeights
    valid_days: FacetValidity


class ParticipationWeights(UnitWeights):
    """Shares of the score of taking everyone along."""

    roles: UnitInterval
    message: UnitInterval
    consistency: UnitInterval


class ParticipationPolicy(Section):
    """Who of IT takes part, and with one message."""

    half_life_days: Days
    minimum_group: Annotated[int, Field(ge=1, le=100)]
    weights: ParticipationWeights


class PrivacyPolicy(Section):
    """Of how few people nothing is told."""

    minimum_respondents: Annotated[int, Field(ge=1, le=100)]


class _StageCriteria(Section):
    """What both stages ask, to reach one or to stay at it."""

    trust: Ratio
    uncertainty: Ratio
    engagement: Ratio
    knowledge: Ratio
    gap: Ratio


class PartnerCriteria(_StageCriteria):
    """What being a partner asks."""

    quiet_weeks: Annotated[int, Field(ge=1, le=26)]
    strategic_talks: Annotated[float, Field(ge=0, le=100)]


class AnticipatorCriteria(_StageCriteria):
    """What being an innovative anticipator asks."""

    purchase_ratio: Annotated[float, Field(ge=0, le=100)]
    proposals_accepted: Annotated[float, Field(ge=0, le=100)]


class MaturityPolicy(Section):
    """When a relation moves to another stage."""

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
        _refuse_harder("partner", self.to_partner, self.stay_partner)
        _refuse_harder("anticipator", self.to_anticipator, self.stay_anticipator)
        return self


def _refuse_harder(stage: str, to: _StageCriteria, stay: _StageCriteria) -> None:
    """Refuse criteria of staying that are harder than those of coming: a stage would flap."""
    harder = [
        name
        for name in ("trust", "engagement", "knowledge")
        if getattr(stay, name) > getattr(to, name)
    ]
    harder += [name for name in ("uncertainty", "gap") if getattr(stay, name) < getattr(to, name)]
    if harder:
        raise ValueError(f"stay_{stage} asks more than to_{stage} in {', '.join(harder)}")


class DivergencePolicy(Section):
    """When signs that contradict each other are worth a word."""

    tickets_minimum: Annotated[float, Field(ge=1, le=1000)]
    invitations_minimum: Annotated[int, Field(ge=1, le=1000)]
    alert: Ratio


class Targets(Section):
    """What each score should be at least."""

    trust: Ratio
    engagement: Ratio
    knowledge: Ratio
    participation: Annotated[Ratio, Field(serialization_alias="along")]


class ComparePolicy(Section):
    """What a score is held against."""

    past_weeks: Annotated[int, Field(ge=4, le=26)]
    fall: Annotated[float, Field(ge=0.02, le=0.5)]
    peers_minimum: Annotated[int, Field(ge=3, le=1000)]
    volume_half_life_days: Days
    targets: Targets


class AnnouncePolicy(Section):
    """When a change is worth an announcement."""

    minimum: Annotated[Decimal, Field(gt=0, le=1, decimal_places=DECIMAL_PLACES_MAX)]
