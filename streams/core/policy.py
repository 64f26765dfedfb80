"""The policy: every weight, half-life, cap and threshold, read from one TOML document."""

import hashlib
import tomllib
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rapport.schemas.errors import RapportError

POLICY_BYTES_MAX = 1_048_576

Days = Annotated[int, Field(ge=1, le=3650)]
Weight = Annotated[Decimal, Field(ge=0, le=100)]
Cap = Annotated[Decimal, Field(ge=1, le=1000)]
Share = Annotated[Decimal, Field(ge=0, le=1)]
Ratio = Annotated[float, Field(ge=0, le=1)]


class PolicyError(RapportError):
    """A policy that is not allowed: where, why, and what is."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LedgerPolicy(_Section):
    """How long the ledger remembers."""

    horizon_days: Annotated[int, Field(ge=400, le=4000)]


class TrustWeights(_Section):
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


class TrustCaps(_Section):
    """Evidence units that a source may bring at most."""

    survey: Cap
    rating: Cap
    closed: Cap
    reopened: Cap
    reassigned: Cap
    promise: Cap
    signal: Cap
    independent: Cap


class TrustPolicy(_Section):
    """How evidence becomes trust."""

    half_life_days: Days
    prior_weight: Annotated[int, Field(ge=1, le=100)]
    base_rate: Share
    sufficient_uncertainty: Share
    weights: TrustWeights
    caps: TrustCaps


class _Shares(_Section):
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


class TouchWeights(_Section):
    """How much a contact counts."""

    incident: Weight
    request: Weight
    project_meeting: Weight
    workshop: Weight
    roadmap_talk: Weight


class EngagementPolicy(_Section):
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


class PerceptionPolicy(_Section):
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


class FacetValidity(_Section):
    """How long a facet stays fresh."""

    strategic_plan: Days
    goals: Days
    mission: Days
    business_strategy: Days
    pain_points: Days


class KnowledgePolicy(_Section):
    """How what IT knows of a client is weighed."""

    inferred_worth: Share
    weights: FacetWeights
    valid_days: FacetValidity


class AlongWeights(_Shares):
    """Shares of the score of taking everyone along."""

    roles: Share
    message: Share
    consistency: Share


class AlongPolicy(_Section):
    """Who of IT takes part, and with one message."""

    half_life_days: Days
    minimum_group: Annotated[int, Field(ge=1, le=100)]
    weights: AlongWeights


class _StageCriteria(_Section):
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


class MaturityPolicy(_Section):
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


class DivergencePolicy(_Section):
    """When signs that contradict each other are worth a word."""

    tickets_minimum: Annotated[float, Field(ge=1, le=1000)]
    invitations_minimum: Annotated[int, Field(ge=1, le=1000)]
    alert: Ratio


class PurchasePolicy(_Section):
    """The detector of rising outside purchases."""

    window_weeks: Annotated[int, Field(ge=1, le=12)]
    ring_weeks: Annotated[int, Field(ge=26, le=208)]
    half_life_weeks: Annotated[int, Field(ge=1, le=520)]
    prior_shape: Annotated[float, Field(ge=0.01, le=10)]
    burst_prior: Annotated[float, Field(ge=0, le=10)]
    burst_prior_weight: Annotated[float, Field(ge=0.1, le=1000)]
    burst_floor: Annotated[float, Field(ge=0.001, le=1)]
    drift: Annotated[float, Field(ge=0, le=1)]
    alert_probability: Annotated[float, Field(gt=0, lt=1)]
    watch_probability: Annotated[float, Field(gt=0, lt=1)]
    alert_minimum: Annotated[int, Field(ge=1, le=100)]
    guard_ratio: Annotated[float, Field(ge=1, le=10)]
    it_categories: tuple[str, ...]


class Policy(_Section):
    """The whole policy."""

    ledger: LedgerPolicy
    trust: TrustPolicy
    engagement: EngagementPolicy
    perception: PerceptionPolicy
    knowledge: KnowledgePolicy
    along: AlongPolicy
    maturity: MaturityPolicy
    divergence: DivergencePolicy
    purchases: PurchasePolicy

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
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{name} is not TOML: {error}") from None
    try:
        return Policy.model_validate(document)
    except ValidationError as error:
        raise PolicyError(f"{name} is refused:\n{_reasons(error, text)}") from None


def _reasons(error: ValidationError, text: str) -> str:
    lines = []
    for item in error.errors(include_url=False):
        place = ".".join(map(str, item["loc"]))
        lines.append(f"  {place} (line {_line_of(text, item['loc'])}): {item['msg']}")
    return "\n".join(lines)


def _line_of(text: str, place: tuple[int | str, ...]) -> str:
    section, section_wanted = "", ".".join(map(str, place[:-1]))
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip().startswith("["):
            section = line.split("]")[0].strip().strip("[")
        if section == section_wanted and line.split("=")[0].strip() == str(place[-1]):
            return str(number)
    return "not there"
