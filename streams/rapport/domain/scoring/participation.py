"""Participation: which roles and teams of IT meet the client, and whether with one message.

Three components: the roles of IT that meet the client; the ratio of touchpoints that carried the
agreed message; and the consistency of that ratio over the roles (the smallest over the largest).
Below the minimum group of touchpoints, no ratio is calculated and no team is named.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

from rapport.domain.ledger.decay import UNIT, ratio_units
from rapport.domain.ledger.decayed_sums import DecayedSums, SumWeight
from rapport.domain.ledger.newest_evidence import EvidenceSource, EvidenceWeight
from rapport.domain.policy.relationship import ParticipationPolicy
from rapport.domain.scoring.engagement import ROLES, saturated
from rapport.domain.scoring.evidence import (
    NO_EVIDENCE,
    ScoreEvidence,
    inputs_level,
    score_evidence,
)
from rapport.domain.scoring.score import Part, Score, over_common_denominator

INPUTS: Final = 3
"""The number of inputs: touchpoints, their message, and that of two roles."""
TOUCHPOINTS: Final = "participation.touchpoints"
CARRIED: Final = "participation.message.carried"
UNCARRIED: Final = "participation.message.missing"
TEAM: Final = "participation.team."
ROLE: Final = {role: f"participation.role.{role}" for role in ROLES}
_ROLE_COMPONENTS: Final = tuple((f"roles.{role}", name) for role, name in ROLE.items())
ROLE_MESSAGE: Final = {
    role: (f"participation.message.{role}.carried", f"participation.message.{role}.missing")
    for role in ROLES
}


@dataclass(frozen=True, slots=True)
class Group:
    """A role or team of IT: its touchpoints, and their ratio with the agreed message."""

    name: str
    touchpoints: float | None
    """The decayed number; None below the minimum group."""
    message: float | None
    """The ratio of touchpoints that carried the message; None below the minimum group."""
    takes_part: bool


@dataclass(frozen=True, slots=True)
class Participation:
    """The roles and teams of IT that meet one client, and the ratio of the agreed message."""

    score: Score
    message: float | None
    """The ratio of touchpoints that carried the agreed message; None when there are too few."""
    roles: tuple[Group, ...]
    teams: tuple[Group, ...]
    """The teams with at least the minimum group of touchpoints, the most active first."""
    small_teams: int
    """The number of teams below the minimum group, which are not named."""


@dataclass(frozen=True, slots=True)
class ParticipationCoefficients:
    """The participation policy in integers."""

    denominator: int
    role: int
    message: int
    consistency: int
    minimum: int


def participation_coefficients(policy: ParticipationPolicy) -> ParticipationCoefficients:
    """Return the coefficients of a policy."""
    weights = policy.weights
    denominator, (role, message, consistency) = over_common_denominator(
        (
            Fraction(weights.roles) / len(ROLES),
            Fraction(weights.message),
            Fraction(weights.consistency),
        )
    )
    minimum = policy.minimum_group * UNIT
    return ParticipationCoefficients(denominator * UNIT, role, message, consistency, minimum)


def participation_sum_weights(key: str, policy: ParticipationPolicy) -> tuple[SumWeight, ...]:
    """Return what a measure counts for in participation."""
    match key.split("|"):
        case ["touch", _]:
            sum_name = TOUCHPOINTS
        case ["touch.role", _, role]:
            sum_name = ROLE[role]
        case ["touch.team", team]:
            sum_name = TEAM + team
        case ["message", outcome]:
            sum_name = CARRIED if outcome == "carried" else UNCARRIED
        case ["touch.message", role, outcome]:
            sum_name = ROLE_MESSAGE[role][outcome != "carried"]
        case _:
            return ()
    return (SumWeight(sum_name, policy.half_life_days, UNIT),)


def participation_evidence_weights(
    key: str, policy: ParticipationPolicy
) -> tuple[EvidenceWeight, ...]:
    """Return what a touchpoint weighs in the age of participation's evidence."""
    if not key.startswith("touch|"):
        return ()
    return (EvidenceWeight(EvidenceSource(TOUCHPOINTS, policy.half_life_days, None), UNIT),)


def participation(sums: DecayedSums, coefficients: ParticipationCoefficients) -> Participation:
    """Return the participation with a client on the day of its sums."""
    ratios = _message_ratios(sums, coefficients)
    groups = tuple(
        _group(role, sums[ROLE[role]], message, coefficients)
        for role, message in ratios.by_role.items()
    )
    teams, small = teams_of(sums.sums, coefficients)
    message = ratios.message
    return Participation(
        score=_score(sums, ratios, coefficients),
        message=None if message is None else message / UNIT,
        roles=groups,
        teams=teams,
        small_teams=small,
    )


def participation_score(sums: DecayedSums, coefficients: ParticipationCoefficients) -> Score:
    """Return the participation score alone."""
    return _score(sums, _message_ratios(sums, coefficients), coefficients)


class _MessageRatios(NamedTuple):
    """Ratios of touchpoints with the message, in units of 2^-40; None: too few touchpoints."""

    message: int | None
    by_role: dict[str, int | None]


def _message_ratios(sums: DecayedSums, coefficients: ParticipationCoefficients) -> _MessageRatios:
    return _MessageRatios(
        _message_ratio(sums[CARRIED], sums[UNCARRIED], coefficients.minimum),
        {role: _role_ratio(sums, role, coefficients.minimum) for role in ROLES},
    )


def _score(
    sums: DecayedSums, ratios: _MessageRatios, coefficients: ParticipationCoefficients
) -> Score:
    message = ratios.message
    consistency = _consistency([ratio for ratio in ratios.by_role.values() if ratio is not None])
    present = {
        "touchpoints": sums[TOUCHPOINTS] > 0,
        "message": message is not None,
        "message of two roles": consistency is not None,
    }
    missing = tuple(name for name, is_present in present.items() if not is_present)
    return Score(
        name="participation",
        denominator=coefficients.denominator,
        baseline=0,
        parts=(
            Part(
                "consistency",
                coefficients.consistency * (consistency or 0),
                coefficients.consistency * UNIT,
            ),
            Part("message", coefficients.message * (message or 0), coefficients.message * UNIT),
            *[
                Part(component, coefficients.role * saturated(sums[name]), coefficients.role * UNIT)
                for component, name in _ROLE_COMPONENTS
            ],
        ),
        confidence=1 - len(missing) / len(present),
        missing=missing,
        evidence=_evidence(sums, sum(present.values()), coefficients),
    )


def _evidence(
    sums: DecayedSums, present: int, coefficients: ParticipationCoefficients
) -> ScoreEvidence:
    if sums[TOUCHPOINTS] < coefficients.minimum:
        return NO_EVIDENCE
    level = inputs_level(present, INPUTS)
    return score_evidence(level, [sums.evidence.get(TOUCHPOINTS)], sums.day)


def teams_of(
    totals: Mapping[str, int], coefficients: ParticipationCoefficients
) -> tuple[tuple[Group, ...], int]:
    """Return the teams with the minimum group, the most active first, and how many are smaller."""
    teams = [
        (-count, name) for name, count in totals.items() if name.startswith(TEAM) and count > 0
    ]
    named = [(count, name) for count, name in sorted(teams) if -count >= coefficients.minimum]
    groups = tuple(
        _group(name.removeprefix(TEAM), -count, None, coefficients) for count, name in named
    )
    return groups, len(teams) - len(named)


@dataclass(frozen=True, slots=True)
class ItActivity:
    """Activity of IT's roles and teams over all clients, after small-group suppression."""

    roles: tuple[tuple[Group, int], ...]
    """Each role over all clients, and the number of clients that it meets."""
    teams: tuple[tuple[Group, int], ...]
    small_teams: int
    message: float | None


def it_activity(
    fleet_sums: Iterable[DecayedSums], coefficients: ParticipationCoefficients
) -> ItActivity:
    """Return the activity of IT's roles and teams, summed over the sums of all clients."""
    totals: dict[str, int] = {}
    clients: dict[str, int] = {}
    for sums in fleet_sums:
        for name, amount in sums.sums.items():
            if name.startswith("participation.") and amount > 0:
                totals[name] = totals.get(name, 0) + amount
                clients[name] = clients.get(name, 0) + 1
    fleet = participation(DecayedSums(0, totals, {}), coefficients)
    return ItActivity(
        roles=tuple((group, clients.get(ROLE[group.name], 0)) for group in fleet.roles),
        teams=tuple((group, clients[TEAM + group.name]) for group in fleet.teams),
        small_teams=fleet.small_teams,
        message=fleet.message,
    )


def _message_ratio(carried: int, uncarried: int, minimum: int) -> int | None:
    total = carried + uncarried
    return ratio_units(carried, total) if total >= minimum else None


def _role_ratio(sums: DecayedSums, role: str, minimum: int) -> int | None:
    carried, uncarried = ROLE_MESSAGE[role]
    return _message_ratio(sums[carried], sums[uncarried], minimum)


def _consistency(ratios: list[int]) -> int | None:
    """Return the smallest ratio over the largest; None unless two roles have one."""
    if len(ratios) < 2:  # noqa: PLR2004 # consistency compares at least two roles
        return None
    return ratio_units(min(ratios), max(ratios)) if max(ratios) else 0


def _group(
    name: str, touchpoints: int, message: int | None, coefficients: ParticipationCoefficients
) -> Group:
    return Group(
        name=name,
        touchpoints=touchpoints / UNIT if touchpoints >= coefficients.minimum else None,
        message=None if message is None else message / UNIT,
        takes_part=touchpoints > 0,
    )
