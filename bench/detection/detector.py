"""False alarms and detection of the purchase detector, on simulated and on real purchases.

Run: .venv/bin/python bench/detection/detector.py [--data DIR] [--clients 2000] [--seed 1]
With --data, a directory with birmingham_purchase_cards.csv.gz, the same is done on real purchases:
every purchase of a cost centre counts, rises are injected into copies of real clients.
A false alarm is a rising edge of the state; a detection, an alert within 4 or 8 weeks of the rise
of a client that did not alert the week before.
"""

import argparse
import csv
import gzip
import math
import random
import time
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.baseline import fleet_baseline
from rapport.domain.procurement.windows import Windows

POLICY = parse_policy(
    (
        Path(__file__).parents[2] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
    ).read_text()
).purchases
FIRST_DAY = 0
WARM_UP_WEEKS = 104
SCORED_WEEKS = 52


def poisson(drawn, mean):
    if mean > 30:
        return max(0, round(drawn.gauss(mean, math.sqrt(mean))))
    count, left = 0, drawn.expovariate(1)
    while left < mean:
        count += 1
        left += drawn.expovariate(1)
    return count


def season(week):
    """A summer dip, a hole at Christmas, a rush at the end of the budget year."""
    at = week % 52
    if at in (51, 0):
        return 0.2
    if 28 <= at <= 33:
        return 0.7
    return 1.9 if 46 <= at <= 50 else 1.0


def client(drawn, weeks):
    """Counts per week: a rate between 0.05 and 20, a drift, and a gamma frailty per week."""
    rate = math.exp(drawn.uniform(math.log(0.05), math.log(20)))
    size, drift, counts = 2 * math.exp(drawn.gauss(0, 0.5)), 0.0, {}
    for week in range(weeks):
        drift = 0.97 * drift + drawn.gauss(0, 0.25 * math.sqrt(1 - 0.97**2))
        frailty = drawn.gammavariate(size, 1 / size)
        count = poisson(drawn, rate * season(week) * math.exp(drift) * frailty)
        if count:
            counts[week] = count
    return counts


def simulated(clients, seed):
    drawn = random.Random(seed)
    return [client(drawn, WARM_UP_WEEKS + SCORED_WEEKS) for _ in range(clients)], SCORED_WEEKS


def real(directory):
    """Counts per week of each cost centre that buys in a third of the weeks, from the first on."""
    counts = defaultdict(Counter)
    with gzip.open(directory / "birmingham_purchase_cards.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            counts[row["cac2"]][(date.fromisoformat(row["trans_date"]).toordinal() - 1) // 7] += 1
    first = min(week for weeks in counts.values() for week in weeks)
    last = max(week for weeks in counts.values() for week in weeks) - 1
    total = last - first + 1
    active = [
        {week - first: count for week, count in weeks.items() if week <= last}
        for weeks in counts.values()
        if sum(weeks.values()) >= total / 3
    ]
    return active, total - WARM_UP_WEEKS


def risen(weeks, onset, factor, drawn):
    """A client whose purchases are multiplied from a week on, in the mean."""
    return {
        week: count + (poisson(drawn, count * (factor - 1)) if week >= onset else 0)
        for week, count in weeks.items()
    }


def day_after(week):
    """The Monday after a closed week, as a day number."""
    return (week + 1) * 7 - 3


def so_far(weeks, week):
    """A client's purchases per week up to a week."""
    return {at: count for at, count in weeks.items() if at <= week}


def false_alarms(clients, scored):
    """Rising edges to alert and to watch, per hundred client-weeks; and microseconds a client."""
    before, edges, spent, evaluated_weeks = ["clear"] * len(clients), Counter(), 0.0, 0
    last = WARM_UP_WEEKS + scored
    for week in range(WARM_UP_WEEKS, last):
        weeks_so_far = [{w: n for w, n in weeks.items() if w <= week} for weeks in clients]
        people = fleet_baseline(weeks_so_far, day_after(week), POLICY)
        started = time.process_time()
        now = [Windows(weeks, FIRST_DAY, POLICY, people).rise().state for weeks in weeks_so_far]
        spent, evaluated_weeks = (
            spent + time.process_time() - started,
            evaluated_weeks + len(weeks_so_far),
        )
        for was, is_now in zip(before, now, strict=True):
            edges["alert"] += is_now == "alert" != was
            edges["watch"] += is_now != "clear" == was
        before = now
    return {
        name: 100 * edges[name] / evaluated_weeks for name in ("alert", "watch")
    }, spent / evaluated_weeks * 1e6


def detection(clients, scored, factor, seed):
    """Shares of risen clients that are found within 4 and within 8 weeks, by alert and by watch."""
    drawn = random.Random(seed)
    onset = WARM_UP_WEEKS + scored // 2
    found, counted = Counter(), Counter()
    states = {}
    risen_clients = [risen(weeks, onset, factor, drawn) for weeks in clients]
    for week in (onset - 1, *range(onset, onset + 8)):
        weeks_so_far = [{w: n for w, n in weeks.items() if w <= week} for weeks in clients]
        people = fleet_baseline(weeks_so_far, day_after(week), POLICY)
        states[week] = [
            Windows(so_far(weeks, week), FIRST_DAY, POLICY, people).rise().state
            for weeks in risen_clients
        ]
    for number in range(len(clients)):
        for name, hits in (("alert", {"alert"}), ("watch", {"alert", "watch"})):
            if states[onset - 1][number] in hits:
                continue
            counted[name] += 1
            for within in (4, 8):
                seen = any(states[onset + ahead][number] in hits for ahead in range(within))
                found[name, within] += seen
    return {key: 100 * count / counted[key[0]] for key, count in sorted(found.items())}


def report(name, clients, scored, seed):
    rates, microseconds = false_alarms(clients, scored)
    print(
        f"\n{name}: {len(clients)} clients, {scored} weeks scored, {microseconds:.0f} us a client"
    )
    print(f"  false alerts {rates['alert']:.2f}, watches {rates['watch']:.2f} per 100 client-weeks")
    for factor in (1.5, 2, 3):
        got = detection(clients, scored, factor, seed)
        rates = ", ".join(
            f"{what} in {weeks} weeks {got[what, weeks]:.0f} %" for what, weeks in got
        )
        print(f"  x{factor}: {rates}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    report("simulated", *simulated(options.clients, options.seed), options.seed)
    if options.data:
        report("real purchases", *real(options.data), options.seed)


if __name__ == "__main__":
    main()
