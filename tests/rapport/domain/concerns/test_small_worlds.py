"""Small worlds: the states, the concerns and the order that common sense expects of Rapport."""

import re
import tomllib
from pathlib import Path

import pytest

from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.domain.verdicts.evaluation import with_verdict
from rapport.domain.verdicts.fleet import fleet_verdict, rank
from rapport.language.concerns import describe_concern
from rapport.language.language import find_language
from rapport.runtime.policy_file import DEFAULT_POLICY

DOCUMENT = tomllib.loads((Path(__file__).parent / "small_worlds.toml").read_text())
PHRASES, WORLDS = DOCUMENT["phrases"], DOCUMENT["world"]
WEDNESDAY = 19_998
DAYS = {"Monday": WEDNESDAY - 2, "Wednesday": WEDNESDAY}
ROLES = {
    "the CIO": "cio",
    "IT management": "it_management",
    "the IT team": "it_team",
    "project managers": "project_managers",
}
SIGNALS = {
    "they brought in a supplier": "external_supplier",
    "they keep their options open": "options_open",
    "they do not know what IT does": "unclear_role",
    "they want to go further with IT": "raise_the_level",
}
FACETS = ("business_strategy", "goals", "mission", "pain_points", "strategic_plan")
VIEWPOINTS = {"people": "client", "people of IT": "own", "independent people": "independent"}
SANCTIONS = {"outside IT": "outside", "through IT": "sanctioned"}
WHEN = (
    (r"(\d+) days? ago", lambda ago: [int(ago)]),
    (r"(\d+) weeks? ago", lambda ago: [7 * int(ago)]),
    (
        r"each day, (\d+) to (\d+) days ago",
        lambda first, last: range(int(last), int(first) + 1),
    ),
    (
        r"each week, (\d+) to (\d+) weeks ago",
        lambda first, last: range(7 * int(last), 7 * int(first) + 1, 7),
    ),
)


def tickets(count, outcome):
    closed = ("ticket.closed", "P3", outcome == "in time", "person", 0)
    return [(("ticket.opened", "incident", "P3"), int(count)), (closed, int(count))]


def answers(count, who, score):
    answer = ("survey.answered", VIEWPOINTS[who], (("trust", int(score), 1, 5),), None)
    return [(answer, int(count))]


def purchases(count, sanction, supplier, euros):
    cents = 100 * int(euros or 50)
    fact = ("buy", SANCTIONS[sanction], "software", supplier or "acme", "EUR", cents)
    return [(fact, int(count))]


def meeting(kind, roles, topic):
    names = tuple(sorted(ROLES[role] for role in re.split(", | and ", roles)))
    topics = ("goals",) if topic else ()
    return [(("touch", kind.replace(" ", "_"), names, ("crm",), topics, True), 1)]


def promises(count, outcome):
    return [(("promise", outcome), int(count))]


WHAT = (
    (r"(\d+) promises? (kept|broken)", promises),
    (r"(\d+) tickets? closed (in time|late)", tickets),
    (r"(\d+) (people|people of IT|independent people) gives? IT (\d) of 5", answers),
    (r"(\d+) purchases? (outside IT|through IT)(?: from (\S+))?(?: of (\d+) euros)?", purchases),
    (r"a (workshop|project meeting|roadmap talk) with (.+?)( about their goals)?", meeting),
    (r"IT hears that (.+)", lambda said: [(("signal", SIGNALS[said], "heard"), 1)]),
    (r"a text says that (.+)", lambda said: [(("signal", SIGNALS[said], "text"), 1)]),
    (
        r"they tell all about themselves",
        lambda: [(("knowledge", facet, "client"), 1) for facet in FACETS],
    ),
    (r"(\d+) people invited", lambda count: [(("survey.invited",), int(count))]),
    (r"(\d+) promises kept", lambda count: [(("promise", "kept"), int(count))]),
    (r"they tell their goals", lambda: [(("knowledge", "goals", "client"), 1)]),
)


def matched(rules, words):
    for pattern, rule in rules:
        found = re.fullmatch(pattern, words)
        if found is not None:
            return rule(*found.groups())
    raise ValueError(f"no rule for the words {words!r}")


def client_of(lines, day):
    """Return a client's ledger; what follows `taken back, ` is added and removed again."""
    client = ClientMeasures()
    for line in (one for phrase in lines for one in PHRASES.get(phrase, [phrase])):
        words = line.removeprefix("taken back, ")
        when, _, what = words.partition(": ")
        for ago in matched(WHEN, when):
            for fact, times in matched(WHAT, what):
                client.add(day - ago, fact, times)
                if words != line:
                    client.add(day - ago, fact, -times)
    return client


def numbered(names):
    """Return the names of `client-01 to client-03`, or the one name."""
    first, _, last = names.partition(" to ")
    if not last:
        return [names]
    return [f"client-{n:02}" for n in range(int(first[-2:]), int(last[-2:]) + 1)]


def policy_of(world):
    changes = world.get("policy", {})
    lines = []
    for key, value in changes.items():
        section, _, name = key.rpartition(".")
        lines.append(f"[{section}]\n{name} = {value}")
    return parse_policy("\n".join(lines), defaults=DEFAULT_POLICY.read_text())


def verdict_on(world):
    """Return the clients of a world in order with their verdicts, and what they share."""
    day = DAYS[world.get("weekday", "Wednesday")]
    compiled = CompiledPolicy(policy_of(world))
    ledgers = {
        name: client_of(lines, day)
        for names, lines in world["clients"].items()
        for name in numbered(names)
    }
    inputs = {name: client_inputs(one, compiled.policy, day) for name, one in ledgers.items()}
    shared = fleet_context(inputs.values(), compiled.policy, day, {})
    health = {}
    for name, ledger in ledgers.items():
        scores = evaluate(name, ledger, inputs[name], compiled, day, shared)
        health[name] = with_verdict(scores, ledger, inputs[name], compiled, shared)
    fleet = fleet_verdict(health, inputs, compiled.policy)
    compare = compiled.policy.compare
    return sorted(fleet.health.values(), key=lambda one: rank(one, compare)), fleet.shared


def told(health):
    verdict = health.verdict
    kinds = [named(one) for one in (*verdict.concerns, *verdict.news)]
    return f"{health.client}: {verdict.state}{' - ' if kinds else ''}{', '.join(kinds)}"


def named(concern):
    return f"{concern.kind} ({concern.subject})" if concern.subject else concern.kind


@pytest.mark.parametrize("world", WORLDS, ids=[world["name"] for world in WORLDS])
def test_a_small_world_is_told_as_common_sense_has_it(world):
    clients, shared = verdict_on(world)
    expected = [
        f"{name}: {rest}"
        for line in world["expected"]
        for names, _, rest in [line.partition(": ")]
        for name in numbered(names)
    ]
    assert [told(health) for health in clients] == expected
    assert [named(one) for one in shared] == world.get("fleet", [])
    urgencies = {health.client: health.verdict.urgency for health in clients}
    assert urgencies | world.get("urgency", {}) == urgencies
    day = DAYS[world.get("weekday", "Wednesday")]
    ages = {one.kind: day - one.since for health in clients for one in health.verdict.concerns}
    assert ages | world.get("since", {}) == ages


@pytest.mark.parametrize(
    "world",
    [world for world in WORLDS if "causes" in world],
    ids=[world["name"] for world in WORLDS if "causes" in world],
)
def test_the_main_cause_of_a_trust_concern_is_what_changed_it(world):
    clients, _ = verdict_on(world)
    assert {health.client: cause(health) for health in clients} == world["causes"]


def cause(health):
    found = {one.kind: one.figures for one in (*health.verdict.concerns, *health.verdict.news)}
    kinds = ("trust_falling", "trust_risen", "trust_low")
    first = next(found[kind] for kind in kinds if kind in found)
    return first.get("loss") or first.get("gain")


@pytest.mark.parametrize(
    "world",
    [world for world in WORLDS if "said" in world],
    ids=[world["name"] for world in WORLDS if "said" in world],
)
def test_what_is_said_in_a_small_world_is_true_and_its_next_step_can_be_taken(world):
    clients, _ = verdict_on(world)
    said = [
        f"{health.client}: {text}"
        for health in clients
        for concern in (*health.verdict.concerns, *health.verdict.news)
        for text in describe_concern(concern, {}, find_language("en"))
    ]
    assert [line for line in world["said"] if line not in said] == []
