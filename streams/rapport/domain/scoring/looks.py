"""What the scores of one day say to the rules with hysteresis: trust is low, IT overrates itself.

The looks at closed weeks are kept with their readings, and the look at today is made the same way.
"""

from rapport.domain.concerns.looks import BEGINS, ENDS, OFF, UNKNOWN, strength
from rapport.domain.policy.model import Policy
from rapport.domain.scoring.evidence import EvidenceLevel
from rapport.domain.scoring.perception import Perception
from rapport.domain.scoring.score import Score
from rapport.domain.scoring.trust import probability_under


def under_target_look(trust: Score, policy: Policy) -> int:
    """Return whether trust is probably under its target."""
    if trust.shown is None:
        return UNKNOWN
    target = float(policy.compare.targets.trust)
    if trust.shown >= target:
        return ENDS
    probability = probability_under(trust, target)
    marks = policy.concerns
    return strength(
        begins=probability >= marks.trust_probability,
        holds=probability >= marks.trust_probability_end,
    )


def low_look(trust: Score, under: int, policy: Policy) -> int:
    """Return whether trust is low, given the look at trust under its target."""
    marks = policy.concerns
    if trust.shown is None or under < OFF:
        return under
    is_fair = trust.evidence.level >= EvidenceLevel.FAIR
    if not is_fair or trust.shown >= marks.trust_low + marks.trust_low_margin:
        return ENDS
    begins = under == BEGINS and trust.shown < marks.trust_low
    return strength(begins=begins, holds=under > OFF)


def overrated_look(gap: Perception, policy: Policy) -> int:
    """Return whether IT rates itself higher than the other side does."""
    value, probability, limits = gap.score.shown, gap.probability, policy.perception
    if value is None or probability is None:
        return UNKNOWN
    if value <= 0:
        return ENDS
    return strength(
        begins=value >= limits.alert_gap and probability >= limits.alert_probability,
        holds=value >= limits.alert_gap - policy.concerns.gap_margin,
    )
