"""What people recorded, in a verdict: what is overdue is a concern, and some are acknowledged.

An acknowledgement holds per client and kind, until its last day, until the concern has ended, or
until its points have risen.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rapport.domain.calendar import week_of
from rapport.domain.concerns.verdict import Concern, Verdict, verdict_of
from rapport.domain.desk.follow_up import Acknowledgement, Due, FollowUp
from rapport.domain.policy.concerns import ConcernPolicy
from rapport.domain.policy.model import DeskPolicy


def with_overdue(
    verdict: Verdict, recorded: FollowUp, day: int, policy: ConcernPolicy, *, is_known: bool
) -> Verdict:
    """Return a verdict with the concerns about overdue promises and actions of a day."""
    overdue = (
        *_overdue("promise_overdue", recorded.promises, day),
        *_overdue("action_overdue", recorded.actions, day),
    )
    if not overdue:
        return verdict
    return verdict_of((*verdict.concerns, *verdict.news, *overdue), policy, is_known=is_known)


def _overdue(kind: str, some: Iterable[Due], day: int) -> Iterator[Concern]:
    late = [one.day for one in some if one.is_late(day)]
    if late:
        yield Concern(kind=kind, since=min(late) + 1, figures={"overdue": len(late)})


def with_acknowledged(
    verdict: Verdict, recorded: FollowUp, day: int, policy: DeskPolicy
) -> Verdict:
    """Return a verdict in which acknowledged concerns say until when, and are the last."""
    if not recorded.acknowledged:
        return verdict
    marked = [
        replace(
            one,
            acknowledged_until=_last_day(one, recorded, day, policy),
            is_silenced=one.kind in recorded.silenced,
        )
        for one in verdict.concerns
    ]
    marked.sort(key=lambda one: one.is_acknowledged)
    return replace(verdict, concerns=tuple(marked))


def _last_day(concern: Concern, recorded: FollowUp, day: int, policy: DeskPolicy) -> int | None:
    """Return the last day on which a concern is acknowledged; None where it is not on `day`."""
    ends = (
        min(one.until, one.day + policy.acknowledged_days_max)
        for one in recorded.acknowledged
        if one.kind == concern.kind
        and one.day <= day
        and _is_same(concern, one)
        and not _returned(concern, one, policy)
    )
    return max((last for last in ends if day <= last), default=None)


def _is_same(concern: Concern, acknowledged: Acknowledgement) -> bool:
    """Return whether a concern is the one that was acknowledged, and not a later one.

    By week: within the running week, the day since which a concern is on may still move.
    """
    return week_of(concern.since) <= week_of(acknowledged.day)


def _returned(concern: Concern, acknowledged: Acknowledgement, policy: DeskPolicy) -> bool:
    before = acknowledged.points
    return before is not None and concern.points >= before + policy.acknowledged_points_rise
