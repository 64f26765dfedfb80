"""The compiled policy: integer coefficients of the scores, and one rule for each measure."""

from rapport.domain.ledger.decayed_sums import NO_MEASURE_RULE, MeasureRule, volume_sum_weights
from rapport.domain.ledger.measures import is_purchase
from rapport.domain.policy.model import Policy
from rapport.domain.scoring.engagement import (
    contact_mark,
    engagement_coefficients,
    engagement_evidence_weights,
    engagement_sum_weights,
    touched_days,
)
from rapport.domain.scoring.knowledge import knowledge_coefficients, knowledge_mark
from rapport.domain.scoring.maturity import maturity_sum_weights
from rapport.domain.scoring.participation import (
    participation_coefficients,
    participation_evidence_weights,
    participation_sum_weights,
)
from rapport.domain.scoring.trust import (
    closed_sum_weights,
    trust_coefficients,
    trust_evidence_weights,
)


class CompiledPolicy:
    """The coefficients and measure rules of one policy, calculated once."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.hash = policy.hash
        self.trust = trust_coefficients(policy.trust, policy.privacy)
        self.engagement = engagement_coefficients(policy.engagement, policy.privacy)
        self.knowledge = knowledge_coefficients(policy.knowledge)
        self.participation = participation_coefficients(policy.participation)
        self._rules: dict[str, MeasureRule] = {}

    def rule(self, key: str) -> MeasureRule:
        """Return what a measure counts for.

        Keys of purchases hold suppliers' names: they count for no sum and are not cached. The
        number of all other keys is bounded.
        """
        rule = self._rules.get(key)
        if rule is None:
            if is_purchase(key):
                return NO_MEASURE_RULE
            rule = self._rules[key] = self._rule(key)
        return rule

    def _rule(self, key: str) -> MeasureRule:
        sum_weights = (
            *closed_sum_weights(key, self.policy.trust),
            *engagement_sum_weights(key, self.policy.engagement),
            *participation_sum_weights(key, self.policy.participation),
            *maturity_sum_weights(key, self.policy.maturity),
            *volume_sum_weights(key, self.policy.compare.volume_half_life_days),
        )
        evidence = (
            *trust_evidence_weights(key, self.policy.trust),
            *engagement_evidence_weights(key, self.policy.engagement),
            *participation_evidence_weights(key, self.policy.participation),
        )
        mark = contact_mark(key) or knowledge_mark(key)
        return MeasureRule(sum_weights, mark, touched_days(key), evidence)
