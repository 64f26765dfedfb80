"""How recent the evidence of a view of trust is."""

from functools import lru_cache

from rapport.domain.concerns.facts import ClientFacts
from rapport.domain.scoring.trust import SOURCES, sum_names


def recent_share(facts: ClientFacts, viewpoint: str) -> float:
    """Return the share of the evidence of a view that is newer than `concerns.recent_days`."""
    names = _names(viewpoint)
    total = sum(facts.sums[name] for name in names)
    if not total:
        return 0.0
    day, recent = facts.day, 0.0
    decay = _decay(facts.policy.trust.half_life_days, facts.marks.recent_days)
    for key, days in facts.amounts.items():
        weights = facts.compiled.rule(key).sum_weights
        units = sum([weight.units for weight in weights if weight.sum_name in names])
        if units:
            ages = [(day - at, amount) for at, amount in days.items()]
            recent += units * sum([n * decay[age] for age, n in ages if 0 <= age < len(decay)])
    return min(1.0, recent / total)


@lru_cache(maxsize=16)
def _names(viewpoint: str) -> frozenset[str]:
    return frozenset(name for source in SOURCES[viewpoint] for name in sum_names(viewpoint, source))


@lru_cache(maxsize=16)
def _decay(half_life_days: int, days: int) -> tuple[float, ...]:
    return tuple(2 ** (-age / half_life_days) for age in range(days))
