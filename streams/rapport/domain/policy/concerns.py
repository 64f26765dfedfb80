"""Policy section on concerns: points, marks, and how many looks begin and end one."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from rapport.domain.policy.base import Ratio, Section

Points = Annotated[int, Field(ge=0, le=100)]
Looks = Annotated[int, Field(ge=1, le=8)]


class ConcernPoints(Section):
    """Points of urgency of each kind of concern at full sureness."""

    outside_purchases_rising: Points
    trust_falling: Points
    trust_low: Points
    signs_contradict: Points
    stage_lost: Points
    heard_external_supplier: Points
    trust_under_target: Points
    silent: Points
    engagement_fading: Points
    promise_overdue: Points
    heard_options_open: Points
    heard_unclear_role: Points
    new_supplier: Points
    far_from_peers: Points
    outside_spend_rising: Points
    overrated: Points
    action_overdue: Points


class ConcernPolicy(Section):
    """Concerns: when one is on, and what it counts for."""

    watch_urgency: Annotated[int, Field(ge=0, le=100)]
    looks_begin: Looks
    looks_end: Looks
    trust_low: Ratio
    trust_low_margin: Annotated[float, Field(ge=0, le=0.5)]
    trust_probability: Annotated[float, Field(ge=0.5, lt=1)]
    trust_probability_end: Annotated[float, Field(ge=0.5, lt=1)]
    gap_margin: Annotated[float, Field(ge=0, le=0.5)]
    contradiction_margin: Annotated[float, Field(ge=0, le=0.5)]
    purchase_confidence: Ratio
    engagement_confidence: Ratio
    stage_confidence: Ratio
    signals_in_text: Annotated[int, Field(ge=1, le=100)]
    shared_clients_minimum: Annotated[int, Field(ge=2, le=1000)]
    shared_share: Ratio
    shared_share_end: Ratio
    points: ConcernPoints

    @model_validator(mode="after")
    def _ends_below_its_beginning(self) -> Self:
        for begin, end in (
            ("trust_probability", "trust_probability_end"),
            ("shared_share", "shared_share_end"),
        ):
            if getattr(self, end) > getattr(self, begin):
                raise ValueError(
                    f"{end} is {getattr(self, end)}, above {begin}, {getattr(self, begin)}; "
                    "a concern ends at a weaker sign than it begins at"
                )
        return self
