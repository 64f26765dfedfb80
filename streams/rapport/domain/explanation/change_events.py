"""Change events: which scores and states changed enough to be announced."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from rapport.domain.concerns.kinds import KINDS, NEWS
from rapport.domain.procurement.windows import UNKNOWN
from rapport.domain.scoring.evaluate import ClientHealth
from rapport_schemas.health import FigureChanged, ScoreChanged, StateChanged

Shown = float | str | None
Announcement = ScoreChanged | FigureChanged | StateChanged
STAGES: Final = ("supplier", "partner", "anticipator")
"""The names of the stages, the lowest first."""
CONCERNS: Final = {f"state.{kind.name}": kind.name for kind in (*KINDS, *NEWS)}
"""The states of concerns and news by name -> the kind; each is `on` or `off`."""
VERDICT: Final = "state.verdict"
INITIAL_STATES: Final = {
    "state.purchases": "clear",
    "state.maturity": STAGES[0],
    VERDICT: "unknown",
    **dict.fromkeys(CONCERNS, "off"),
}
"""The states by name -> the initial state of every client, which is not announced."""


class LastAnnounced(NamedTuple):
    """The id, the shown value and the policy of the last announcement of a score or state."""

    id: str
    shown: Shown
    policy: str | None = None
    """The hash of the policy in force; None: version 0.1.0 wrote it."""


def shown_values(health: ClientHealth) -> dict[str, Shown]:
    """Return the values that can be announced: scores by name, states as `state.` and name."""
    values: dict[str, Shown] = {score.name: score.shown for score in health.scores}
    state = health.purchases.state
    values["state.purchases"] = None if state == UNKNOWN else state
    sufficient = health.maturity.score.sufficient
    values["state.maturity"] = STAGES[health.maturity.stage - 1] if sufficient else None
    values[VERDICT] = health.verdict.state
    on = {concern.kind for concern in (*health.verdict.concerns, *health.verdict.news)}
    values |= {name: "on" if kind in on else "off" for name, kind in CONCERNS.items()}
    return values


def changed_names(
    health: ClientHealth, last: Callable[[str], LastAnnounced | None], minimum: float
) -> Iterator[str]:
    """Yield the names of the scores and states that changed enough since their announcement."""
    for name, now in shown_values(health).items():
        previous = last(name)
        if _exceeds_threshold(previous.shown if previous else None, now, minimum) and (
            previous is not None or now != INITIAL_STATES.get(name)
        ):
            yield name


def _exceeds_threshold(before: Shown, now: Shown, minimum: float) -> bool:
    if isinstance(before, float) and isinstance(now, float):
        return abs(now - before) >= minimum
    return before != now
