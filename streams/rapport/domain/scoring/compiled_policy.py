"""A policy made ready for calculation: its numbers as integers, and what measures count for."""

from rapport.domain.ledger.decayed_sums import NO_RULE, Rule
from rapport.domain.ledger.volume import volume_shares
from rapport.domain.policy.model import Policy
from rapport.domain.scoring.engagement import contact_mark, engagement_shares, engagement_terms
from rapport.domain.scoring.knowledge import knowledge_mark, knowledge_terms
from rapport.domain.scoring.maturity import maturity_shares
from rapport.domain.scoring.participation import along_shares, along_terms
from rapport.domain.scoring.trust import trust_shares, trust_terms


class Plan:
    """What one policy means, worked out once: measures are taken apart here and nowhere later."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.hash = policy.hash
        self.trust = trust_terms(policy.trust, policy.privacy)
        self.engagement = engagement_terms(policy.engagement, policy.privacy)
        self.knowledge = knowledge_terms(policy.knowledge)
        self.along = along_terms(policy.along)
        self._rules: dict[str, Rule] = {}

    def rule(self, key: str) -> Rule:
        """Return what a measure counts for.

        Purchases, whose keys hold names, count for no tally and are not remembered; all other keys
        are of bounded number.
        """
        found = self._rules.get(key)
        if found is None:
            if key.startswith("buy."):
                return NO_RULE
            found = self._rules[key] = self._rule(key)
        return found

    def _rule(self, key: str) -> Rule:
        shares = (
            *trust_shares(key, self.policy.trust),
            *engagement_shares(key, self.policy.engagement),
            *along_shares(key, self.policy.along),
            *maturity_shares(key, self.policy.maturity),
            *volume_shares(key, self.policy.compare.volume_half_life_days),
        )
        return Rule(shares, contact_mark(key) or knowledge_mark(key))
