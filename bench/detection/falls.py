"""How often trust and engagement are said to fall when nothing changed, and when service breaks.

Clients with a steady service for three years: tickets by chance, each met with the same chance, a
survey now and then, touchpoints by chance. `python bench/detection/falls.py [clients]` prints the
falls per client-year of the last two years, and how soon one is seen when the service turns bad.
"""

import random
import sys
import time
from pathlib import Path

from rapport.domain.calendar import week_of
from rapport.domain.comparison.trend import trend
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import weekly_reading

ROOT = Path(__file__).parents[2]
COMPILED = CompiledPolicy(
    parse_policy((ROOT / "streams" / "rapport" / "domain" / "policy" / "default.toml").read_text())
)
DAYS, FIRST_DAY, BAD_WEEKS = 3 * 364, 20_000, 12
MET_STEADY, MET_BAD = 0.88, 0.35
TICKETS_PER_DAY, TOUCHES_PER_DAY = (0.15, 0.5, 2.0), 0.07


def history(luck, tickets_per_day, bad_from):
    client = ClientMeasures()
    for day in range(FIRST_DAY, FIRST_DAY + DAYS):
        met = MET_BAD if day >= bad_from else MET_STEADY
        for _ in range(sum(luck.random() < tickets_per_day / 4 for _ in range(4))):
            client.add(day, ("ticket.opened", "request", "P3"), 1)
            fact = ("ticket.closed", luck.choice(("P2", "P3")), luck.random() < met, "person", 0)
            client.add(day, fact, 1)
        if luck.random() < 4 / 364:
            score = luck.choice((3, 4, 4, 5) if met == MET_STEADY else (1, 2, 3))
            client.add(day, ("survey.answered", "client", (("trust", score, 1, 5),), None), 1)
        if luck.random() < TOUCHES_PER_DAY:
            roles = tuple(luck.sample(("it_team", "project_managers", "it_management", "cio"), 2))
            client.add(day, ("touch", "workshop", roles, (), (), True), 1)
    weeks = range(week_of(FIRST_DAY), week_of(FIRST_DAY + DAYS))
    return client.weekly_readings(COMPILED, weeks, lambda past: weekly_reading(past, COMPILED))


def falls(values):
    """Return the weeks in which a fall begins."""
    states = [
        trend(values[:end], values[end], COMPILED.policy.compare).falling is True
        for end in range(len(values))
    ]
    return [week for week in range(1, len(states)) if states[week] and not states[week - 1]]


def main():
    clients = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    started = time.perf_counter()
    for tickets in TICKETS_PER_DAY:
        luck = random.Random(1)
        steady = {"trust": 0, "engagement": 0}
        seen = []
        for _ in range(clients):
            weeks = history(luck, tickets, FIRST_DAY + DAYS)
            for name in steady:
                begun = falls([getattr(week, name) for week in weeks])
                steady[name] += sum(week > 52 for week in begun)
            turned = FIRST_DAY + DAYS - BAD_WEEKS * 7
            begun = falls([week.trust for week in history(luck, tickets, turned)])
            late = [week - (156 - BAD_WEEKS) for week in begun if week >= 156 - BAD_WEEKS]
            seen.extend(late[:1])
        years = clients * 2
        trust, engagement = (steady[name] / years for name in ("trust", "engagement"))
        print(
            f"{tickets * 7:4.1f} tickets a week: trust {trust:.2f} and engagement "
            f"{engagement:.2f} falls per client-year when nothing changed; bad "
            f"service seen in {len(seen)} of {clients} within {BAD_WEEKS} weeks, after "
            f"{sorted(seen)[len(seen) // 2] + 1 if seen else '-'} (median)"
        )
    print(f"{time.perf_counter() - started:.0f} s")


main()
