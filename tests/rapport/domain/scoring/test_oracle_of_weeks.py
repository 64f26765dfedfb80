"""Divergence and the stage of any day, and every score's own past, against a slow oracle.

Both depend on what all clients bought, so a fleet is measured: each client's events in any order,
some twice, corrected and cancelled. The oracle knows what happened; it makes the population, the
windows of purchases and the stages of every week anew from that list, in floats, and shares no code
with the scores.
"""

import importlib.util
import math
import tomllib
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rapport.domain.comparison.past_scores import past_scores
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.baseline import fleet_baselines
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate

_SPEC = importlib.util.spec_from_file_location(
    "oracle_of_days", Path(__file__).with_name("test_oracle.py")
)
slow = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(slow)
DAY, CLOSE = slow.DAY, slow.CLOSE
TEXT = slow.TEXT.replace("ring_weeks = 52 ", "ring_weeks = 26 ")  # so that stages are forgotten too
P, COMPILED = tomllib.loads(TEXT), CompiledPolicy(parse_policy(TEXT))
WEEK = (DAY + 3) // 7
BUYS = st.tuples(
    st.just("buy"),
    st.sampled_from(["outside", "outside", "outside", "sanctioned"]),
    st.sampled_from(["software", "software", "vehicle-fuel"]),
    st.sampled_from(["acme", "globex"]),
    st.just("EUR"),
    st.just(1000),
)
SOME = st.integers(DAY - 150, DAY)
DAYS = st.one_of(SOME, SOME, st.integers(DAY - 900, DAY))


def stories(facts, times, most):
    """The versions of some records, in order, each repeated that many times."""
    versions = st.lists(st.tuples(DAYS, st.none() | facts), min_size=1, max_size=3)
    return st.lists(st.tuples(versions, st.sampled_from(times)), max_size=most)


ASKED = ("survey.invited",)
BOUGHT = ("buy", "outside", "software", "acme", "EUR", 1000)
CLOSED = st.tuples(
    st.just("ticket.closed"),
    st.sampled_from(["P1", "P3"]),
    st.sampled_from([True, True, True, False]),
    st.just("person"),
    st.just(0),
)
PRAISED = ("ticket.rated", 5, 1, 5)
SIGNS = st.one_of(st.just(ASKED), CLOSED, st.just(PRAISED), slow.FACTS)
GREEN = [
    ([(DAY - 150 + 40 * again, ("ticket.closed", "P1", True, "person", 0))], 4)
    for again in range(4)
]
RISE = [([(DAY - 600, BOUGHT)], 1), ([(DAY - 70, BOUGHT)], 9), ([(DAY - 20, BOUGHT)], 20)]
SILENCE = [([(DAY - 90, ASKED)], 12), ([(DAY - 90, PRAISED)], 20)]
TOO = st.lists(st.sampled_from([GREEN, RISE, SILENCE]), max_size=4)
"""Signs that chance seldom brings together."""
CLIENTS = st.tuples(stories(SIGNS, (2, 5, 9), 8), stories(BUYS, (1, 3, 8), 8), TOO).map(
    lambda parts: [*parts[0], *parts[1], *(story for signs in parts[2] for story in signs)]
)
FLEETS = st.lists(CLIENTS, min_size=2, max_size=4)


def chance_of(observed, mean, size):
    """Return the chance of so many or more, of a negative binomial with this mean and size."""
    from scipy.special import betainc  # not at every collection of the tests

    return betainc(observed, size, mean / (size + mean)) if observed else 1.0


class Bought:
    """What all clients bought outside per week, as it stood on one day."""

    def __init__(self, fleet, day):
        limits = P["purchases"]
        self.week, self.day, self.limits = (day + 3) // 7, day, limits
        self.ring, self.window = limits["ring_weeks"], limits["window_weeks"]
        self.weekly = [
            Counter((at + 3) // 7 for at, fact in events if at <= day and is_counted(fact))
            for events in fleet
        ]
        self.first_weeks = [
            min(((at + 3) // 7 for at, fact in events if fact[0] == "buy"), default=None)
            for events in fleet
        ]
        far = self.window + 1 + self.ring + 60
        buying = [w for w in self.weekly if any(w[self.week - back] for back in range(far))]
        self.known = bool(buying)
        whole = [sum(w[self.week - back] for w in self.weekly) for back in range(self.ring)]
        self.mean, self.shrink = sum(whole) / self.ring, 10 / min(max(len(buying), 1), 100)
        rates = sorted(sum(w[self.week - back] for back in range(self.ring)) for w in self.weekly)
        active = [rate / self.ring for rate in rates if rate]
        half = len(active) // 2
        self.rate = 1 / self.ring
        if active:
            self.rate = active[half] if len(active) % 2 else (active[half - 1] + active[half]) / 2

        rise = self.common_rise()
        assume(abs(rise - limits["guard_ratio"]) > CLOSE)
        self.has_season = rise <= limits["guard_ratio"]

    def common_rise(self):
        """Return the level of the last closed weeks over that of the same weeks a year before."""
        bought = sum(self.weekly, Counter())
        first, closed = min(bought, default=self.week), self.week - 1
        if closed - first < 60:
            return 1.0

        def level(week):
            past = range(week - 51, week - self.window + 1)
            fade = {
                at: 2 ** (-(week - self.window - at) / self.limits["half_life_weeks"])
                for at in past
                if at >= first
            }
            mean = sum(weight * bought[at] for at, weight in fade.items()) / sum(fade.values())
            recent = sum(bought[week - back] for back in range(self.window))
            return (recent + 5) / (self.window * mean + 5)

        return level(closed) / level(closed - 52)

    def exposure(self, back):
        if not self.mean or not self.has_season:
            return 1.0
        total = sum(w[self.week - back] for w in self.weekly)
        return (total / self.mean + self.shrink) / (1 + self.shrink)

    def seen(self, client, ends):
        """Return what a client bought in a window, its expectation, and the chance of so much."""
        limits, weekly = self.limits, self.weekly[client]
        starts = ends + self.window
        earlier = range(starts, starts + self.ring)
        count = {back: weekly[self.week - back] for back in (*range(ends, starts), *earlier)}
        fade = {back: 2 ** (-(back - starts + 1) / limits["half_life_weeks"]) for back in earlier}
        e = {back: self.exposure(back) for back in count}
        observed = sum(count[back] for back in range(ends, starts))
        shape = limits["prior_shape"] + sum(fade[back] * count[back] for back in earlier)
        rate = limits["prior_shape"] / self.rate + sum(fade[back] * e[back] for back in earlier)
        level, mean = shape / rate, shape / rate * sum(e[back] for back in range(ends, starts))
        weight = limits["burst_prior_weight"]
        above = weight * limits["burst_prior"] + sum(
            fade[b] * ((count[b] - level * e[b]) ** 2 - level * e[b]) for b in earlier
        )
        phi = above / (weight + sum(fade[b] * (level * e[b]) ** 2 for b in earlier))
        size = 1 / (1 / shape + max(limits["burst_floor"], phi) / self.window + limits["drift"])
        return observed, mean, chance_of(observed, mean, size)

    def known_weeks(self, client, ends):
        """Return the weeks from a client's first purchase of any kind to the end of a window."""
        first = self.first_weeks[client]
        return 0 if first is None else self.week - ends + 1 - first

    def alerts(self, client, ends):
        """Return whether a closed window was an alert."""
        if self.known_weeks(client, ends) < self.limits["history_weeks_minimum"]:
            return False
        observed, mean, chance = self.seen(client, ends)
        assume(abs(chance - self.limits["alert_probability"]) > CLOSE)
        rare = observed > mean and chance < self.limits["alert_probability"]
        return observed >= self.limits["alert_minimum"] and rare

    def ratio(self, client, ends):
        observed, mean, _ = self.seen(client, ends)
        return observed / mean


def is_counted(fact):
    return fact[:3] == ("buy", "outside", "software")


def divergence_of(fleet, client, day):
    """Return the strongest pattern on a day; None: neither is known."""
    oracle, policy = slow.Oracle(fleet[client], day), P["divergence"]
    weighed = [
        (weight * oracle.fade(at, P["trust"]["half_life_days"]), value)
        for at, fact in oracle.events
        for source, weight, value in slow.evidence(fact, "client")
        if source == "closed"
    ]
    units = math.fsum(weight for weight, _ in weighed)
    assume(abs(units - policy["tickets_minimum"]) > CLOSE)
    patterns = []
    bought = Bought(fleet, day)
    is_known = bought.known_weeks(client, 1) >= P["purchases"]["history_weeks_minimum"]
    if units > policy["tickets_minimum"] and is_known:
        green = math.fsum(weight * value for weight, value in weighed) / units
        patterns.append(max(0.0, green + rises(bought, client) - 1))
    silent = silence_of(oracle)
    trust, uncertainty, _ = oracle.trust("client")
    assume(abs(uncertainty - slow.UNKNOWN) > CLOSE)
    if silent is not None and uncertainty < slow.UNKNOWN:
        patterns.append(max(0.0, trust + silent - 1))
    return max(patterns, default=None)


def rises(bought, client):
    observed, _, chance = bought.seen(client, 1)
    if observed < bought.limits["alert_minimum"]:
        return 0.0
    rise = math.log(0.5 / chance) / math.log(0.5 / bought.limits["alert_probability"])
    return min(1.0, max(0.0, rise))


def silence_of(oracle):
    days = P["engagement"]["response_half_life_days"]
    invited = oracle.sum(days, lambda fact: fact == ASKED)
    assume(abs(invited - P["divergence"]["invitations_minimum"]) > CLOSE)
    if invited < P["divergence"]["invitations_minimum"]:
        return None
    credited = [
        oracle.fade(at - fact[3], days)
        for at, fact in oracle.all
        if fact[:2] == ("survey.answered", "client") and fact[3] is not None
        if at - fact[3] <= oracle.day
    ]
    spoken = (source for _, fact in oracle.events for source, *_ in slow.evidence(fact, "client"))
    if not credited and "survey" in spoken:
        return None  # no answer says which invitations were answered
    return 1 - min(1.0, math.fsum(credited) / invited)


class Stages:
    """The stage of one client of a fleet, week after week."""

    def __init__(self, fleet, client):
        self.fleet, self.client, self._met = fleet, client, {}

    def met(self, name, day):
        """Return which criteria of a set are met on a day, without purchases."""
        if (name, day) not in self._met:
            oracle = slow.Oracle(self.fleet[self.client], day)
            self._met[name, day] = slow.criteria(oracle, P["maturity"][name])
        return self._met[name, day]

    def calm(self, name, bought, ends):
        """Return whether purchases of a closed window meet a set of criteria."""
        asked = P["maturity"][name]
        if not bought.known:
            return False
        if "quiet_weeks" in asked:
            weeks = range(ends, ends + asked["quiet_weeks"])
            return not any(bought.alerts(self.client, week) for week in weeks)
        ratio = bought.ratio(self.client, ends)
        assume(abs(ratio - asked["purchase_ratio"]) > CLOSE)
        return ratio < asked["purchase_ratio"]

    def holds(self, name, bought, week):
        sunday = 7 * week + 3
        return all(self.met(name, sunday)) and self.calm(name, bought, bought.week - week)

    def stage(self, bought):
        """Return the stage by looking back from every week of the ring."""
        first = bought.week - P["maturity"]["ring_weeks"]
        stage, since = 1, first
        for now in range(first, bought.week):
            ups = range(max(since, now - 3), now + 1)
            downs = range(max(since, now - 7), now + 1)
            up = ("to_partner", "to_anticipator", "")[stage - 1]
            stay = ("", "stay_partner", "stay_anticipator")[stage - 1]
            if up and len(ups) == 4 and all(self.holds(up, bought, week) for week in ups):
                stage, since = stage + 1, now + 1
            elif (
                stay
                and len(downs) == 8
                and not any(self.holds(stay, bought, week) for week in downs)
            ):
                stage, since = stage - 1, now + 1
        return stage

    def index(self, day):
        """Return the stage with the ratio of the next one's criteria; None: unknown."""
        oracle, bought = slow.Oracle(self.fleet[self.client], day), Bought(self.fleet, day)
        seen = [fact for _, fact in oracle.events]
        _, uncertainty, _ = oracle.trust("client")
        assume(abs(uncertainty - slow.UNKNOWN) > CLOSE)
        touched = any(fact[0] in ("touch", "ticket.opened") for fact in seen)
        answered = any(
            fact[:2] == ("survey.answered", "client")
            and fact[3] is not None
            and at - fact[3] <= day
            for at, fact in oracle.all
        )
        invited = ("survey.invited",) in seen
        own, other = oracle.trust("own")[1], oracle.trust("independent")[1]
        assume(all(abs(view - slow.UNKNOWN) > CLOSE for view in (own, other)))
        facets = {fact[1] for fact in seen if fact[0] == "knowledge"}
        known = (
            uncertainty < slow.UNKNOWN,
            touched or (answered and invited),
            len(facets) > 1,
            own < slow.UNKNOWN and min(other, uncertainty) < slow.UNKNOWN,
            bought.known,
        )
        if sum(known) < 2:
            return None
        stage = self.stage(bought)
        if stage == 3:
            return 3.0
        name = ("to_partner", "to_anticipator")[stage - 1]
        met = [*self.met(name, day), self.calm(name, bought, 1)]
        return stage + sum(met) / len(met)


def measured(fleet, random):
    return [slow.measured(stories, random) for stories in fleet]


def truth(fleet):
    return [slow.truth(stories) for stories in fleet]


def health_of(clients, day):
    """Evaluate every client on a day of the ledger as it is known now."""
    own = [client_inputs(client, COMPILED.policy, day) for client in clients]
    shared = fleet_context(own, COMPILED.policy, day, {})
    return [
        evaluate(str(number), client, own[number], COMPILED, day, shared)
        for number, client in enumerate(clients)
    ]


def past_of(clients, day):
    """Return every client's own past as the newest evaluation has it."""
    own = [client_inputs(client, COMPILED.policy, day).purchases for client in clients]
    week, count = (day + 3) // 7, COMPILED.policy.compare.past_weeks
    weekly = [purchases.weekly for purchases in own]
    closed = fleet_baselines(weekly, range(week - count, week), COMPILED.policy.purchases)
    return [
        past_scores(health, purchases, closed, COMPILED.policy)
        for health, purchases in zip(health_of(clients, day), own, strict=True)
    ]


def same(found, expected):
    return found is expected is None or math.isclose(found, expected, abs_tol=1e-6)


SLOW = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


@given(FLEETS, st.randoms(use_true_random=False), st.integers(DAY - 100, DAY))
@SLOW
def test_divergence_of_any_day_and_of_every_past_week_is_the_oracle_s(stories, random, day):
    clients, fleet = measured(stories, random), truth(stories)
    found = [health.divergence.score.shown for health in health_of(clients, day)]
    for client, shown in enumerate(found):
        assert same(shown, divergence_of(fleet, client, day))
    for client, earlier in enumerate(past_of(clients, DAY)):
        ends = range(7 * (WEEK - 13) + 3, 7 * WEEK, 7)
        expected = [divergence_of(fleet, client, end) for end in ends]
        assert all(map(same, earlier["divergence"], expected))
        assert len(earlier["divergence"]) == len(expected)


@given(
    FLEETS,
    st.randoms(use_true_random=False),
    st.integers(DAY - 100, DAY),
    st.integers(60, 360),
    st.integers(1, 13),
)
@SLOW
def test_the_stage_of_any_day_and_of_a_past_week_is_the_oracle_s(fleet, random, day, ago, back):
    good = [
        ([(DAY - ago + 28 * again, fact)], times)
        for fact, times in slow.GOOD
        for again in (0, 1, 2)
    ]
    fleet[0] += good
    clients, events = measured(fleet, random), truth(fleet)
    stages = Stages(events, 0)
    assert same(health_of(clients, day)[0].maturity.score.shown, stages.index(day))
    earlier = past_of(clients, DAY)[0]["maturity"]
    assert same(earlier[-back], stages.index(7 * (WEEK - back) + 3))


@given(FLEETS, st.randoms(use_true_random=False), st.integers(DAY - 9, DAY))
@SLOW
def test_the_own_past_is_what_an_evaluation_of_each_closed_week_s_last_day_shows(
    stories, random, day
):
    clients = measured(stories, random)
    pasts, week = past_of(clients, day), (day + 3) // 7
    for index in range(13):
        then = health_of(clients, 7 * (week - 13 + index) + 3)
        for earlier, health in zip(pasts, then, strict=True):
            shown = {score.name: score.shown for score in health.scores}
            assert {name: values[index] for name, values in earlier.items()} == shown
