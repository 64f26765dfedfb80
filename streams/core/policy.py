"""The policy: every weight, half-life, cap and threshold, read from one TOML document."""

import hashlib
import tomllib
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from rapport.schemas.errors import RapportError
from rapport.streams.core.policy_base import Cap, Days, Section, Share, Weight
from rapport.streams.core.policy_purchases import MoneyPolicy, PurchasePolicy, SourcesPolicy
from rapport.streams.core.policy_reasons import mistyped, reasons

POLICY_BYTES_MAX = 1_048_576

Ratio = Annotated[float, Field(ge=0, le=1)]


class PolicyError(RapportError):
    """A policy that is not allowed: where, why, and what is."""


class LedgerPolicy(Section):
    """How long the ledger remembers."""

    horizon_days: Annotated[int, Field(ge=400, le=4000)]


class TrustWeights(Section):
    """Evidence units per event."""

    survey: Weight
    rating: Weight
    closed_p1: Weight
    closed_p2: Weight
    closed_p3: Weight
    closed_p4: Weight
    closed_automatically: Share
    reopened: Weight
    reassigned: Weight
    promise: Weight
    signal: Weight
    signal_external_supplier: Weight
    independent: Weight


class TrustCaps(Section):
    """Evidence units that a source may bring at most."""

    survey: Cap
    rating: Cap
    closed: Cap
    reopened: Cap
    reassigned: Cap
    promise: Cap
    signal: Cap
    independent: Cap


class TrustPolicy(Section):
    """How evidence becomes trust."""

    half_life_days: Days
    prior_weight: Annotated[int, Field(ge=1, le=100)]
    base_rate: Share
    sufficient_uncertainty: Share
    weights: TrustWeights
    caps: TrustCaps


class _Shares(Section):
    """Weights that are shares of one score."""

    @model_validator(mode="after")
    def _sum_to_one(self) -> Self:
        total = sum(Decimal(getattr(self, name)) for name in type(self).model_fields)
        if total != 1:
            raise ValueError(f"the weights sum to {total}; they must sum to 1")
        return self


class EngagementWeights(_Shares):
    """Shares of the engagement score."""

    recency: Share
    frequency: Share
    breadth: Share
    response: Share
    strategic: Share


class TouchWeights(Section):
    """How much a contact counts."""

    incident: Weight
    request: Weight
    project_meeting: Weight
    workshop: Weight
    roadmap_talk: Weight


class EngagementPolicy(Section):
    """How contact becomes engagement."""

    recency_half_life_days: Days
    frequency_half_life_days: Days
    frequency_half: Annotated[int, Field(ge=1, le=1000)]
    breadth_half_life_days: Days
    response_half_life_days: Days
    response_prior: Share
    response_prior_weight: Annotated[int, Field(ge=1, le=100)]
    strategic_half_life_days: Days
    weights: EngagementWeights
    touches: TouchWeights


class PerceptionPolicy(Section):
    """When IT overrates itself."""

    alert_gap: Ratio
    alert_probability: Ratio


class FacetWeights(_Shares):
    """Shares of the knowledge score."""

    strategic_plan: Share
    goals: Share
    mission: Share
    business_strategy: Share
    pain_points: Share


class FacetValidity(Section):
    """How long a facet stays fresh."""

    strategic_plan: Days
    goals: Days
    mission: Days
    business_strategy: Days
    pain_points: Days


class KnowledgePolicy(Section):
    """How what IT knows of a client is weighed."""

    inferred_worth: Share
    weights: FacetWeights
    valid_days: FacetValidity


class AlongWeights(_Shares):
    """Shares of the score of taking everyone along."""

    roles: Share
    message: Share
    consistency: Share


class AlongPolicy(Section):
    """Who of IT takes part, and with one message."""

    half_life_days: Days
    minimum_group: Annotated[int, Field(ge=1, le=100)]
    weights: AlongWeights


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

    ring_weeks: Annotated[int, Field(ge=26, le=104)]
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
    along: Ratio


class ComparePolicy(Section):
    """What a score is held against."""

    past_weeks: Annotated[int, Field(ge=1, le=26)]
    peers_minimum: Annotated[int, Field(ge=3, le=1000)]
    volume_half_life_days: Days
    targets: Targets


class Policy(Section):
    """The whole policy."""

    ledger: LedgerPolicy
    trust: TrustPolicy
    engagement: EngagementPolicy
    perception: PerceptionPolicy
    knowledge: KnowledgePolicy
    along: AlongPolicy
    maturity: MaturityPolicy
    divergence: DivergencePolicy
    compare: ComparePolicy
    purchases: PurchasePolicy
    money: MoneyPolicy
    sources: SourcesPolicy

    @cached_property
    def hash(self) -> str:
        """Twelve hexadecimal digits that stand for the content, whatever its layout."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


def parse_policy(text: str, name: str = "policy") -> Policy:
    """Return the policy of a TOML document.

    Raises `PolicyError` with the file, the place, the reason and what is allowed.
    """
    if len(text) > POLICY_BYTES_MAX:
        raise PolicyError(f"{name} is over {POLICY_BYTES_MAX} characters; this is no policy")
    try:
        document: dict[str, Any] = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"{name} is not TOML: {error}") from None
    wrong = mistyped(Policy, document, text)
    if wrong:
        raise PolicyError(f"{name} is refused:\n{wrong}")
    try:
        return Policy.model_validate(document)
    except ValidationError as error:
        raise PolicyError(f"{name} is refused:\n{reasons(Policy, error, text)}") from None
