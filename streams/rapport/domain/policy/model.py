"""Policy: all weights, half-lives, caps and thresholds, from one TOML document."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator

from rapport.domain.documents.toml import parse_toml
from rapport.domain.documents.validation import check_numbers, validate
from rapport.domain.policy.base import Cap, Days, Section, UnitInterval, UnitWeights, Weight
from rapport.domain.policy.concerns import ConcernPolicy
from rapport.domain.policy.procurement import MoneyPolicy, PurchasePolicy, SourcesPolicy
from rapport.domain.policy.relationship import (
    AnnouncePolicy,
    ComparePolicy,
    DivergencePolicy,
    KnowledgePolicy,
    MaturityPolicy,
    ParticipationPolicy,
    PerceptionPolicy,
    PrivacyPolicy,
)
from rapport.domain.policy.renamed_keys import rename_keys
from rapport_schemas.wire.errors import RapportError

HORIZON_DAYS_MAX: Final = 4000


class PolicyError(RapportError):
    """Invalid policy; the message names the key, the reason and the allowed values."""


class LedgerPolicy(Section):
    """Retention of the ledger."""

    horizon_days: Annotated[int, Field(ge=400, le=HORIZON_DAYS_MAX)]


class DeskPolicy(Section):
    """The desk, what people recorded of a client: its retention, and acknowledged concerns."""

    keep_days: Annotated[int, Field(ge=90, le=HORIZON_DAYS_MAX)]
    acknowledged_days_max: Annotated[int, Field(ge=1, le=90)]
    acknowledged_points_rise: Annotated[int, Field(ge=1, le=100)]


class TrustWeights(Section):
    """Evidence units per event."""

    survey: Weight
    rating: Weight
    closed_p1: Weight
    closed_p2: Weight
    closed_p3: Weight
    closed_p4: Weight
    closed_automatically: UnitInterval
    reopened: Weight
    reassigned: Weight
    promise: Weight
    signal: Weight
    signal_external_supplier: Weight
    independent: Weight


class TrustCaps(Section):
    """Greatest number of evidence units per source."""

    survey: Cap
    rating: Cap
    closed: Cap
    reopened: Cap
    reassigned: Cap
    promise: Cap
    signal: Cap
    independent: Cap


class TrustPolicy(Section):
    """Trust score (beta reputation)."""

    half_life_days: Days
    prior_weight: Annotated[int, Field(ge=1, le=100)]
    base_rate: UnitInterval
    weights: TrustWeights
    caps: TrustCaps


class EngagementWeights(UnitWeights):
    """Weights of the engagement components."""

    recency: UnitInterval
    frequency: UnitInterval
    breadth: UnitInterval
    response: UnitInterval
    strategic: UnitInterval


class TouchWeights(Section):
    """Weights of the kinds of contact."""

    incident: Weight
    request: Weight
    project_meeting: Weight
    workshop: Weight
    roadmap_talk: Weight


class SilencePolicy(Section):
    """Silence: how long a client without a touchpoint keeps its engagement."""

    usual_days: Annotated[int, Field(ge=1, le=3650)]
    usual_days_max: Annotated[int, Field(ge=1, le=3650)]
    gap_factor: Annotated[int, Field(ge=1, le=10)]
    gaps_minimum: Annotated[int, Field(ge=1, le=100)]
    window_days: Annotated[int, Field(ge=28, le=1096)]
    half_life_days: Days

    @model_validator(mode="after")
    def _minimum_below_maximum(self) -> Self:
        if self.usual_days_max < self.usual_days:
            raise ValueError(
                f"usual_days_max {self.usual_days_max} is below usual_days {self.usual_days}"
            )
        return self


class EngagementPolicy(Section):
    """Engagement score."""

    recency_half_life_days: Days
    frequency_half_life_days: Days
    frequency_half: Annotated[int, Field(ge=1, le=1000)]
    breadth_half_life_days: Days
    response_half_life_days: Days
    response_prior: UnitInterval
    response_prior_weight: Annotated[int, Field(ge=1, le=100)]
    strategic_half_life_days: Days
    weights: EngagementWeights
    touches: TouchWeights
    silence: SilencePolicy


class Policy(Section):
    """All sections of the policy."""

    ledger: LedgerPolicy
    trust: TrustPolicy
    engagement: EngagementPolicy
    privacy: PrivacyPolicy
    perception: PerceptionPolicy
    knowledge: KnowledgePolicy
    participation: Annotated[ParticipationPolicy, Field(serialization_alias="along")]
    maturity: MaturityPolicy
    divergence: DivergencePolicy
    compare: ComparePolicy
    purchases: PurchasePolicy
    money: MoneyPolicy
    sources: SourcesPolicy
    concerns: ConcernPolicy
    desk: DeskPolicy
    announce: AnnouncePolicy

    @model_validator(mode="after")
    def _invitations_cover_small_groups(self) -> Self:
        invitations, respondents = (
            self.divergence.invitations_minimum,
            self.privacy.minimum_respondents,
        )
        if invitations < respondents:
            raise ValueError(
                f"divergence.invitations_minimum is {invitations}; it must be at least "
                f"privacy.minimum_respondents, {respondents}"
            )
        return self

    @property
    def desk_keep_days(self) -> int:
        """Days that the desk keeps an entry: at most the ledger's horizon.

        A withdrawal of an event before the horizon is refused, so its text could not be taken back.
        """
        return min(self.desk.keep_days, self.ledger.horizon_days)

    @cached_property
    def hash(self) -> str:
        """Twelve hexadecimal digits of the SHA-256 of the values; the layout does not matter.

        A key that was renamed counts with its first name, so that a rename changes no hash.
        """
        return hashlib.sha256(self.model_dump_json(by_alias=True).encode()).hexdigest()[:12]


def parse_policy(
    text: str,
    name: str = "policy",
    notify: Callable[[str], object] | None = None,
    defaults: str | None = None,
) -> Policy:
    """Return the policy of a TOML document; calls `notify` with a sentence for each old key name.

    With `defaults`, another document, a key that the document leaves out has its value there.

    Raises `PolicyError` with the file, the line, the key, the reason and what is allowed.
    """
    document, notices = rename_keys(parse_toml(text, name, PolicyError, exact=True), PolicyError)
    if notify is not None:
        for notice in notices:
            notify(notice)
    if defaults is not None:
        complete = parse_toml(defaults, "the defaults", PolicyError, exact=True).values
        document = replace(document, values=_overlaid(complete, document.values))
    check_numbers(Policy, document, PolicyError)
    return validate(Policy, document, PolicyError)


def _overlaid(table: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return a table with changed keys; a table in both is overlaid key by key."""
    overlaid = dict(table)
    for key, value in changes.items():
        below = table.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            overlaid[key] = _overlaid(below, value)
        else:
            overlaid[key] = value
    return overlaid
