"""Take everyone along: which roles and teams of IT take part, and with one message.

Three components: the roles of IT that meet the client; the share of touchpoints that carried the
agreed message; and how alike that share is over the roles (the least over the greatest). A share of
fewer touchpoints than the minimum group is not calculated, and no team that small is named.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

from rapport.domain.ledger.decay import UNIT, ratio_units
from rapport.domain.ledger.decayed_sums import Contribution, DecayedSums
from rapport.domain.policy.relationship import ParticipationPolicy
from rapport.domain.scoring.engagement import ROLES, saturated
from rapport.domain.scoring.score import Part, Score, over_common_denominator

TOUCHPOINTS: Final = "participation.touchpoints"
CARRIED: Final = "participation.message.carried"
UNCARRIED: Final = "participation.message.missing"
TEAM: Final = "participation.team."
ROLE: Final = {role: f"participation.role.{role}" for role in ROLES}
ROLE_MESSAGE: Final = {
    role: (f"participation.message.{role}.carried", f"participation.message.{role}.missing")
    for role in ROLES
}


@dataclass(frozen=True, slots=True)
class Group:
    """A role or team of IT: its touchpoints and its share with the message, where not too few."""

    name: str
    touchpoints: float | None
    """Decayed; None below the minimum group."""
    message: float | None
    """Share of touchpoints that carried the message; None below the minimum group."""
    takes_part: bool


@dataclass(frozen=True, slots=True)
class Participation:
    """Who of IT takes part with a client, and whether they bring one message."""

    score: Score
    message: float | None
    """Share of touchpoints that carried the agreed message; None when there are too few."""
    roles: tuple[Group, ...]
    teams: tuple[Group, ...]
    """Teams with at least the minimum group of touchpoints, the busiest first."""
    small_teams: int
    """How many teams are below that, and therefore not named."""


@dataclass(frozen=True, slots=True)
class ParticipationCoefficients:
    """The policy of taking everyone along in integers."""

    denominator: int
    role: int
    message: int
    consistency: int
    minimum: int


def participation_coefficients(policy: ParticipationPolicy) -> ParticipationCoefficients:
    """Return the policy as the calculation wants it."""
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


def participation_contributions(key: str, policy: ParticipationPolicy) -> tuple[Contribution, ...]:
    """Return what a measure counts for in taking everyone along."""
    match key.split("|"):
        case ["touch", _]:
            tally = TOUCHPOINTS
        case ["touch.role", _, role]:
            tally = ROLE[role]
        case ["touch.team", team]:
            tally = TEAM + team
        case ["message", outcome]:
            tally = CARRIED if outcome == "carried" else UNCARRIED
        case ["touch.message", role, outcome]:
            tally = ROLE_MESSAGE[role][outcome != "carried"]
        case _:
            return ()
    return (Contribution(tally, policy.half_life_days, UNIT),)


def participation(standing: DecayedSums, terms: ParticipationCoefficients) -> Participation:
    """Return who takes part and what is brought, at the standing's day."""
    brought = _message_count(standing, terms)
    groups = tuple(
        _group(role, standing[ROLE[role]], message, terms)
        for role, message in brought.by_role.items()
    )
    teams, small = teams_of(standing.sums, terms)
    message = brought.message
    return Participation(
        score=_score(standing, brought, terms),
        message=None if message is None else message / UNIT,
        roles=groups,
        teams=teams,
        small_teams=small,
    )


def participation_score(standing: DecayedSums, terms: ParticipationCoefficients) -> Score:
    """Return the score of `participation` alone."""
    return _score(standing, _message_count(standing, terms), terms)


class _MessageCount(NamedTuple):
    """Shares of touchpoints that brought the message, in units of 2^-40; None: too few."""

    message: int | None
    by_role: dict[str, int | None]


def _message_count(standing: DecayedSums, terms: ParticipationCoefficients) -> _MessageCount:
    return _MessageCount(
        _share(standing[CARRIED], standing[UNCARRIED], terms.minimum),
        {role: _role_message(standing, role, terms.minimum) for role in ROLES},
    )


def _score(
    standing: DecayedSums, brought: _MessageCount, terms: ParticipationCoefficients
) -> Score:
    message = brought.message
    consistency = _consistency([known for known in brought.by_role.values() if known is not None])
    known = {
        "touchpoints": standing[TOUCHPOINTS] > 0,
        "message": message is not None,
        "message of two roles": consistency is not None,
    }
    missing = tuple(name for name, there in known.items() if not there)
    return Score(
        name="participation",
        denominator=terms.denominator,
        baseline=0,
        parts=(
            Part("consistency", terms.consistency * (consistency or 0), terms.consistency * UNIT),
            Part("message", terms.message * (message or 0), terms.message * UNIT),
            *(
                Part(
                    f"roles.{role}", terms.role * saturated(standing[ROLE[role]]), terms.role * UNIT
                )
                for role in ROLES
            ),
        ),
        confidence=1 - len(missing) / len(known),
        missing=missing,
        sufficient=standing[TOUCHPOINTS] >= terms.minimum,
    )


def teams_of(
    sums: Mapping[str, int], terms: ParticipationCoefficients
) -> tuple[tuple[Group, ...], int]:
    """Return the teams that are large enough to name, the busiest first, and how many are not."""
    teams = [(-count, name) for name, count in sums.items() if name.startswith(TEAM) and count > 0]
    named = [(count, name) for count, name in sorted(teams) if -count >= terms.minimum]
    groups = tuple(_group(name.removeprefix(TEAM), -count, None, terms) for count, name in named)
    return groups, len(teams) - len(named)


@dataclass(frozen=True, slots=True)
class ItActivity:
    """IT's own view over the whole fleet: who takes part with how many clients."""

    roles: tuple[tuple[Group, int], ...]
    """Each role over all clients, and with how many of them it takes part."""
    teams: tuple[tuple[Group, int], ...]
    small_teams: int
    message: float | None


def it_activity(standings: Iterable[DecayedSums], terms: ParticipationCoefficients) -> ItActivity:
    """Return what all clients together say of IT's own roles, teams and message."""
    sums: dict[str, int] = {}
    clients: dict[str, int] = {}
    for standing in standings:
        for tally, amount in standing.sums.items():
            if tally.startswith("participation.") and amount > 0:
                sums[tally] = sums.get(tally, 0) + amount
                clients[tally] = clients.get(tally, 0) + 1
    fleet = participation(DecayedSums(0, sums, {}), terms)
    return ItActivity(
        roles=tuple((group, clients.get(ROLE[group.name], 0)) for group in fleet.roles),
        teams=tuple((group, clients[TEAM + group.name]) for group in fleet.teams),
        small_teams=fleet.small_teams,
        message=fleet.message,
    )


def _share(carried: int, uncarried: int, minimum: int) -> int | None:
    total = carried + uncarried
    return ratio_units(carried, total) if total >= minimum else None


def _role_message(standing: DecayedSums, role: str, minimum: int) -> int | None:
    carried, uncarried = ROLE_MESSAGE[role]
    return _share(standing[carried], standing[uncarried], minimum)


def _consistency(shares: list[int]) -> int | None:
    """Return the least share over the greatest; None unless two roles are known."""
    if len(shares) < 2:  # noqa: PLR2004 # one message needs two who bring it
        return None
    return ratio_units(min(shares), max(shares)) if max(shares) else 0


def _group(
    name: str, touchpoints: int, message: int | None, terms: ParticipationCoefficients
) -> Group:
    return Group(
        name=name,
        touchpoints=touchpoints / UNIT if touchpoints >= terms.minimum else None,
        message=None if message is None else message / UNIT,
        takes_part=touchpoints > 0,
    )
