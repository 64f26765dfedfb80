"""What changed in the verdict on a client between two days."""

from dataclasses import dataclass

from rapport.domain.concerns.kinds import STATES
from rapport.domain.concerns.verdict import Concern, Verdict


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """The concerns that began and ended, the good news, and where the state went."""

    began: tuple[Concern, ...]
    ended: tuple[Concern, ...]
    news: tuple[Concern, ...]
    """The good news that was not known before."""
    steps: int
    """How many states better (positive) or worse; 0 where a state is not known."""


def verdict_change(before: Verdict, now: Verdict, since: int) -> VerdictChange:
    """Return the change of a verdict since the day of `before`.

    A concern that only comes out because a graver one of its family ended is not new.

    Routine work, and what most clients have, neither begins nor ends for one client.
    """
    return VerdictChange(
        began=tuple(one for one in _only_in(now.concerns, before.concerns) if one.since > since),
        ended=_only_in(before.concerns, now.concerns),
        news=tuple(one for one in now.news if _key(one) not in set(map(_key, before.news))),
        steps=_steps(before.state, now.state),
    )


def _only_in(some: tuple[Concern, ...], others: tuple[Concern, ...]) -> tuple[Concern, ...]:
    known = set(map(_key, others))
    return tuple(one for one in some if one.counts and _key(one) not in known)


def _key(concern: Concern) -> tuple[str, str]:
    return concern.kind, concern.subject


def _steps(before: str, now: str) -> int:
    """Return how many states better it is.

    >>> _steps("act", "normal"), _steps("normal", "watch"), _steps("unknown", "normal")
    (2, -1, 0)
    """
    if "unknown" in {before, now}:
        return 0
    known = [state for state in STATES if state != "unknown"]
    return known.index(now) - known.index(before)
