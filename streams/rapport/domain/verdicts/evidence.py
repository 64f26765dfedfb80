"""How recent the evidence of a view of trust is."""

from typing import Final

from rapport.domain.scoring.trust import SOURCES, sum_names
from rapport.domain.verdicts.facts import ClientFacts

_SUMS: Final = {
    viewpoint: frozenset(name for source in sources for name in sum_names(viewpoint, source))
    for viewpoint, sources in SOURCES.items()
}


def recent_share(facts: ClientFacts, viewpoint: str) -> float:
    """Return the share of the evidence of a view that is newer than `concerns.recent_days`."""
    names, sums = _SUMS[viewpoint], facts.measures.sums_at(facts.compiled, facts.day)
    total = sum(sums[name] for name in names)
    if not total:
        return 0.0
    day, recent = facts.day, 0.0
    half_life = facts.policy.trust.half_life_days
    decay = [2 ** (-age / half_life) for age in range(facts.marks.recent_days)]
    for key, days in facts.amounts.items():
        weights = facts.compiled.rule(key).sum_weights
        units = sum([weight.units for weight in weights if weight.sum_name in names])
        if units:
            ages = [(day - at, amount) for at, amount in days.items()]
            recent += units * sum([n * decay[age] for age, n in ages if 0 <= age < len(decay)])
    return min(1.0, recent / total)
