"""How fast the scores are: a client in microseconds, a fleet of 1,000 in seconds, and the goals.

Processor time of one process: what else runs on the machine does not show. `make bench` runs it;
`python bench/scores.py --json` prints the numbers for a script.
"""

import argparse
import json
import random
import statistics
import sys
import time
import tracemalloc
from pathlib import Path

from rich.console import Console
from rich.table import Table

from rapport.domain.calendar import week_of
from rapport.domain.comparison.past_scores import past_scores
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.baseline import fleet_baselines
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.domain.verdicts.evaluation import with_verdict
from rapport.runtime.gc_tuning import tune_gc

POLICY = Path(__file__).parents[1] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
TODAY = 20_000
HISTORY_DAYS = 400
CLIENT_GOAL_US = 300
FLEET_GOAL_SECONDS = 0.5
MEMORY_CLIENTS = 20
CHANGES = (
    ("survey.answered", "client", (("trust", 4, 1, 5),), None),
    ("ticket.closed", "P3", True, "person", 0),
    ("touch", "workshop", ("cio",), (), (), None),
)
ROLES = ("cio", "it_management", "it_team", "project_managers")


def facts(chance: random.Random):
    """Yield (day, fact) of 400 days: about what a business unit of 200 people makes."""
    for day in range(TODAY - HISTORY_DAYS, TODAY + 1):
        for _ in range(chance.randrange(4)):
            priority = chance.choice(("P1", "P2", "P3", "P3", "P4"))
            yield day, ("ticket.opened", chance.choice(("incident", "request")), priority)
            closed_by = chance.choice(("person", "person", "auto"))
            moves = chance.choice((0, 0, 0, 1, 2, 3, 4))
            yield day, ("ticket.closed", priority, chance.random() < 0.85, closed_by, moves)
        if chance.random() < 0.2:
            yield day, ("ticket.rated", chance.randint(1, 5), 1, 5)
        if chance.random() < 0.05:
            yield day, ("ticket.reopened",)
        if chance.random() < 0.1:
            yield day, ("survey.invited",)
        if chance.random() < 0.06:
            viewpoint = chance.choice(("client", "client", "client", "own", "independent"))
            answers = (("trust", chance.randint(1, 5), 1, 5), ("clarity", 3, 1, 5))
            yield day, ("survey.answered", viewpoint, answers, chance.randrange(9))
        if chance.random() < 0.1:
            kind = chance.choice(("project_meeting", "workshop", "roadmap_talk"))
            roles = tuple(sorted(chance.sample(ROLES, chance.randint(1, 3))))
            topics = chance.choice(((), (), ("goals",), ("pain_points",)))
            teams = (chance.choice(("crm", "network", "workplace")),)
            yield day, ("touch", kind, roles, teams, topics, chance.choice((True, False, None)))
        if chance.random() < 0.02:
            yield day, ("promise", chance.choice(("kept", "broken")))
            yield day, ("proposal", "it", chance.choice(("accepted", "declined")))
            facet = chance.choice(("goals", "mission", "pain_points", "strategic_plan"))
            yield day, ("knowledge", facet, chance.choice(("client", "inferred")))
            yield day, ("signal", chance.choice(("options_open", "external_supplier")), "text")
        if chance.random() < 0.15:
            category = chance.choice(("software", "cloud-services", "vehicle-fuel"))
            supplier = chance.choice(("acme", "globex", "initech"))
            yield day, ("buy", "outside", category, supplier, "EUR", chance.randrange(100_000))


def fleet(count: int) -> dict[str, ClientMeasures]:
    clients = {}
    for number in range(count):
        client = clients[f"client-{number:04}"] = ClientMeasures()
        for day, fact in facts(random.Random(number)):
            client.add(day, fact, 1)
    return clients


def one_round(clients, compiled, day, kept) -> dict[str, list[float] | float]:
    """Return seconds of each step; `kept` holds the inputs of clients that did not change."""
    spent: dict[str, list[float]] = {"figures": [], "scores": [], "verdicts": []}
    every = dict(kept)
    for name, client in clients.items():
        if name not in every:
            started = time.process_time()
            every[name] = client_inputs(client, compiled.policy, day)
            spent["figures"].append(time.process_time() - started)
    started = time.process_time()
    shared = fleet_context(every.values(), compiled.policy, day, {})
    market_seconds = time.process_time() - started
    for name, client in clients.items():
        started = time.process_time()
        health = evaluate(name, client, every[name], compiled, day, shared)
        scored = time.process_time()
        with_verdict(health, client, every[name], compiled, shared)
        spent["scores"].append(scored - started)
        spent["verdicts"].append(time.process_time() - scored)
    return {**spent, "market": market_seconds, "every": every}


def seconds(found) -> float:
    return sum(found["figures"]) + found["market"] + sum(found["scores"]) + sum(found["verdicts"])


def past(clients, compiled, every) -> tuple[float, list[float]]:
    """Return seconds of the populations at closed weeks, and of each client's own past."""
    week = week_of(TODAY)
    weeks = range(week - compiled.policy.compare.past_weeks, week)
    shared = fleet_context(every.values(), compiled.policy, TODAY, {})
    started = time.process_time()
    weekly = (own.purchases.weekly for own in every.values())
    closed = fleet_baselines(weekly, weeks, compiled.policy.purchases)
    closed_seconds, spent = time.process_time() - started, []
    for name, client in clients.items():
        health = evaluate(name, client, every[name], compiled, TODAY, shared)
        started = time.process_time()
        past_scores(health, every[name].purchases, closed, compiled.policy)
        spent.append(time.process_time() - started)
    return closed_seconds, spent


def measure(count: int, rounds: int) -> dict[str, float]:
    compiled = CompiledPolicy(parse_policy(POLICY.read_text()))
    clients = fleet(count)
    cold = one_round(clients, compiled, TODAY, {})
    changed = [one_round(clients, compiled, TODAY, {}) for _ in range(rounds)]
    kept = changed[-1]["every"]
    quiet = [one_round(clients, compiled, TODAY, kept) for _ in range(rounds)]
    scores = sorted(map(min, zip(*(found["scores"] for found in changed), strict=True)))
    pasts = [past(clients, compiled, kept) for _ in range(rounds)]
    amounts_bytes, sums_bytes = memory(min(count, MEMORY_CLIENTS), compiled)
    verdicts = sorted(map(min, zip(*(found["verdicts"] for found in changed), strict=True)))
    own = sorted(map(min, zip(*(found["figures"] for found in changed), strict=True)))
    return {
        "clients": count,
        "measures_median": statistics.median(len(c.amounts) for c in clients.values()),
        "scores_us_median": statistics.median(scores) * 1e6,
        "scores_us_p99": scores[int(len(scores) * 0.99)] * 1e6,
        "figures_us_median": statistics.median(own) * 1e6,
        "verdict_us_median": statistics.median(verdicts) * 1e6,
        "closed_weeks_seconds": min(seconds for seconds, _ in pasts),
        "own_past_us_median": statistics.median(min(spent) for spent in _each(pasts)) * 1e6,
        "changed_sums_us_median": statistics.median(changed_sums(clients, compiled)) * 1e6,
        "amounts_bytes": amounts_bytes,
        "sums_bytes": sums_bytes,
        "fleet_seconds": min(map(seconds, quiet)),
        "fleet_seconds_all_changed": min(map(seconds, changed)),
        "fleet_seconds_cold": seconds(cold),
    }


def changed_sums(clients, compiled) -> list[float]:
    """Return seconds of reading the sums of each client after an answer, a ticket and a meeting."""
    spent = []
    for client in clients.values():
        for fact in CHANGES:
            client.add(TODAY, fact, 1)
        started = time.process_time()
        client.sums_at(compiled, TODAY)
        spent.append(time.process_time() - started)
    return spent


def memory(client_count: int, compiled) -> tuple[float, float]:
    """Return the bytes of a client: of its daily amounts, and of what is kept for its sums."""
    tracemalloc.start()
    clients = fleet(client_count)
    amounts, _ = tracemalloc.get_traced_memory()
    for client in clients.values():
        client.sums_at(compiled, TODAY)
    both, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return amounts / client_count, (both - amounts) / client_count


def _each(pasts):
    """Return each client's times, the rounds together."""
    return zip(*(spent for _, spent in pasts), strict=True)


def table(found: dict[str, float]) -> Table:
    made = Table(title=f"Scores of {found['clients']} clients with {HISTORY_DAYS} days each")
    for column in ("what", "measured", "goal"):
        made.add_column(column)
    made.add_row("measures of a client, median", f"{found['measures_median']:.0f}", "")
    goal = f"{CLIENT_GOAL_US} us"
    made.add_row("one client, all scores, median", f"{found['scores_us_median']:.0f} us", goal)
    made.add_row("one client, all scores, 99th percentile", f"{found['scores_us_p99']:.0f} us", "")
    changed = f"{found['changed_sums_us_median']:.0f} us"
    made.add_row("its sums, once a change, median", changed, "")
    made.add_row("its verdict, median", f"{found['verdict_us_median']:.0f} us", "")
    made.add_row("its purchases, once a change, median", f"{found['figures_us_median']:.0f} us", "")
    made.add_row("its own past, when asked, median", f"{found['own_past_us_median']:.0f} us", "")
    closed = f"{found['closed_weeks_seconds'] * 1e3:.0f} ms"
    made.add_row("the fleet's 13 weeks, once a late purchase", closed, "")
    goal = f"{FLEET_GOAL_SECONDS} s"
    made.add_row("the fleet, when one client changed", f"{found['fleet_seconds']:.2f} s", goal)
    changed = f"{found['fleet_seconds_all_changed']:.2f} s"
    made.add_row("the fleet, when every client changed", changed, goal)
    cold = f"{found['fleet_seconds_cold']:.2f} s"
    made.add_row("the fleet after a start: 65 weeks are read", cold, "")
    amounts, sums = (found[name] / 1024 for name in ("amounts_bytes", "sums_bytes"))
    made.add_row(
        "memory of a client: daily amounts, and sums", f"{amounts:.0f} + {sums:.0f} KiB", ""
    )
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3, help="the quickest counts")
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    asked = parser.parse_args()
    tune_gc()  # as the worker does
    found = measure(asked.clients, asked.rounds)
    if asked.json:
        print(json.dumps(found, indent=2))
    else:
        Console().print(table(found))


if __name__ == "__main__":
    sys.exit(main())
