"""The numbers of the policy in force that texts of alerts mention."""

from collections.abc import Iterator
from typing import Final

from rapport.domain.policy.model import Policy
from rapport.monitoring.metrics.model import MetricGroup, Sample

KEYS: Final = (
    "compare.past_weeks",
    "concerns.trust_low",
    "concerns.trust_low_margin",
    "maturity.demote_weeks",
    "maturity.promote_weeks",
    "purchases.window_weeks",
)
POLICY_VALUES: Final = MetricGroup()
POLICY_VALUE: Final = POLICY_VALUES.gauge(
    "policy_value", "A number of the policy in force, by its key, that an alert mentions.", "key"
)


def policy_value_samples(policy: Policy) -> Iterator[Sample]:
    """Yield the numbers that alerts mention."""
    for key in KEYS:
        section, name = key.split(".")
        value: float = getattr(getattr(policy, section), name)
        yield Sample(POLICY_VALUE, (key,), value)
