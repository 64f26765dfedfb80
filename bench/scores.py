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
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from rich.console import Console
from rich.table import Table

from rapport.domain.calendar import week_of
from rapport.domain.comparison.past_scores import past_scores
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.baseline import fleet_baselines
from rapport.domain.procurement.client_inputs import ClientInputs, client_inputs, fleet_context
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.domain.verdicts.evaluation import (
    EvaluationCache,
    evaluate_with_verdict,
    with_verdict,
)
from rapport.domain.verdicts.fleet import fleet_verdict
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
CLOSED = ("ticket.closed", "P3", True, "person", 0)
BOUGHT = ("buy", "outside", "software", "acme", "EUR", 90_000)
INVITED = ("survey.invited",)
STEPS = ("scores", "verdict", "again", "purchases")
MICROSECONDS = (
    ("one client, all scores, median", "scores_us_median", CLIENT_GOAL_US),
    ("one client, all scores, 99th percentile", "scores_us_p99", ""),
    ("its sums, once a change, median", "changed_sums_us_median", ""),
    ("its verdict, median", "verdict_us_median", ""),
    ("both, when only the fleet changed, median", "again_us_median", ""),
    ("its purchases, once it bought, median", "purchases_us_median", ""),
    ("its own past, when asked, median", "own_past_us_median", ""),
)
SECONDS = (
    ("the fleet, when one client closed a ticket", "fleet_seconds_ticket", FLEET_GOAL_SECONDS),
    ("the fleet, when one client bought", "fleet_seconds_purchase", FLEET_GOAL_SECONDS),
    ("the fleet, when each closed a ticket", "fleet_seconds_every_ticket", FLEET_GOAL_SECONDS),
    ("the fleet, when each bought", "fleet_seconds_every_purchase", FLEET_GOAL_SECONDS),
    ("the fleet on a new day", "fleet_seconds_new_day", ""),
    ("the fleet after a start: 65 weeks are read", "fleet_seconds_cold", ""),
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


class Fleet:
    """Clients that are evaluated as the worker does: again only where something changed."""

    def __init__(self, count: int, compiled: CompiledPolicy) -> None:
        self.clients, self.compiled = fleet(count), compiled
        self.inputs: dict[str, ClientInputs] = {}
        self.context = None
        self._evaluations = EvaluationCache()

    def change(self, names: Iterable[str], fact: tuple) -> None:
        for name in names:
            self.clients[name].add(TODAY, fact, 1)
            self.inputs.pop(name, None)

    def seconds(self, day: int = TODAY) -> float:
        """Return the seconds of an evaluation of every client."""
        started, policy = time.process_time(), self.compiled.policy
        for name, client in self.clients.items():
            if name not in self.inputs:
                self.inputs[name] = client_inputs(client, policy, day)
        context = fleet_context(self.inputs.values(), policy, day, {})
        self.context = self.context if context == self.context else context
        health = {
            name: self._evaluations.health(
                name, client, self.inputs[name], self.compiled, day, self.context
            )
            for name, client in self.clients.items()
        }
        fleet_verdict(health, self.inputs, policy)
        return time.process_time() - started

    def parts(self) -> Iterator[dict[str, float]]:
        """Yield the seconds of each step of a client whose scores are all made again.

        An invitation changes the sums and no evidence, so evidence is not read again here.
        """
        for name, client in self.clients.items():
            client.add(TODAY, INVITED, 1)
            inputs, clock = self.inputs[name], [time.process_time()]
            health = evaluate(name, client, inputs, self.compiled, TODAY, self.context)
            clock.append(time.process_time())
            with_verdict(health, client, inputs, self.compiled, self.context)
            clock.append(time.process_time())
            evaluate_with_verdict(name, client, inputs, self.compiled, TODAY, self.context)
            clock.append(time.process_time())
            client.add(TODAY, BOUGHT, 1)
            bought = time.process_time()
            client_inputs(client, self.compiled.policy, TODAY)
            purchases = time.process_time() - bought
            scores, verdict, again = (later - one for one, later in pairwise(clock))
            yield {"scores": scores, "verdict": verdict, "again": again, "purchases": purchases}


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
    whole = Fleet(count, compiled)
    cold = whole.seconds()
    first, clients = min(whole.clients), whole.clients

    def after(names: Iterable[str], fact: tuple) -> float:
        whole.change(names, fact)
        return whole.seconds()

    ticket = [after([first], CLOSED) for _ in range(rounds)]
    purchase = [after([first], BOUGHT) for _ in range(rounds)]
    tickets = [after(clients, CLOSED) for _ in range(rounds)]
    purchases = [after(clients, BOUGHT) for _ in range(rounds)]
    steps = _least(list(whole.parts()) for _ in range(rounds))
    pasts = [past(clients, compiled, whole.inputs) for _ in range(rounds)]
    amounts_bytes, sums_bytes = memory(min(count, MEMORY_CLIENTS), compiled)
    sums = statistics.median(changed_sums(clients, compiled))
    whole.inputs.clear()
    return {
        "clients": count,
        "measures_median": statistics.median(len(c.amounts) for c in clients.values()),
        "scores_us_median": statistics.median(steps["scores"]) * 1e6,
        "scores_us_p99": steps["scores"][int(count * 0.99)] * 1e6,
        "verdict_us_median": statistics.median(steps["verdict"]) * 1e6,
        "again_us_median": statistics.median(steps["again"]) * 1e6,
        "purchases_us_median": statistics.median(steps["purchases"]) * 1e6,
        "closed_weeks_seconds": min(seconds for seconds, _ in pasts),
        "own_past_us_median": statistics.median(map(min, _each(pasts))) * 1e6,
        "changed_sums_us_median": sums * 1e6,
        "amounts_bytes": amounts_bytes,
        "kept_bytes": sums_bytes,
        "fleet_seconds_ticket": min(ticket),
        "fleet_seconds_purchase": min(purchase),
        "fleet_seconds_every_ticket": min(tickets),
        "fleet_seconds_every_purchase": min(purchases),
        "fleet_seconds_new_day": whole.seconds(TODAY + 1),
        "fleet_seconds_cold": cold,
    }


def _least(rounds) -> dict[str, list[float]]:
    """Return the least seconds of each client in each step, sorted."""
    clients = list(zip(*rounds, strict=True))
    return {step: sorted(min(one[step] for one in times) for times in clients) for step in STEPS}


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
    """Return the bytes of a client: of its daily amounts, and of what is kept between changes."""
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
    for row, key, goal in MICROSECONDS:
        made.add_row(row, f"{found[key]:.0f} us", goal and f"{goal} us")
    closed = f"{found['closed_weeks_seconds'] * 1e3:.0f} ms"
    made.add_row("the fleet's 13 weeks, once a late purchase", closed, "")
    for row, key, goal in SECONDS:
        made.add_row(row, f"{found[key]:.2f} s", goal and f"{goal} s")
    amounts, kept = (found[name] / 1024 for name in ("amounts_bytes", "kept_bytes"))
    memory_of_a_client = f"{amounts:.0f} + {kept:.0f} KiB"
    made.add_row("memory of a client: daily amounts, and sums", memory_of_a_client, "")
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
