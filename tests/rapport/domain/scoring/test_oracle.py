"""The scores of any day against an oracle that is slow and obvious.

The oracle gets what happened: a list of events without corrections, cancellations or
doubles. It works in floats, from the formulas of the domain and the numbers of the policy file, and
shares no code with the scores. Rapport gets the same as it may arrive: in any order, twice,
corrected and cancelled, with evaluations in between.
"""

import math
import statistics
import tomllib
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rapport.domain.ledger.fact_codec import cached_fact, encode_fact
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.ledger.page import RETRACTED, Page, Posting
from rapport.domain.policy.model import parse_policy
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import relationship_scores, weekly_reading

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
TEXT = TEXT.replace("minimum_respondents = 5", "minimum_respondents = 1")  # nothing is withheld
COMPILED = CompiledPolicy(parse_policy(TEXT))
P = tomllib.loads(TEXT)
DAY = 20_000
CLOSE = 1e-7
UNKNOWN = 0.25
"""Above this uncertainty a view of trust is not known."""
GAP = 4
"""The index of the perception gap among the criteria."""
ROLES = ("cio", "it_management", "it_team", "project_managers")
TRUSTED = ("trust", "relationship", "recommend")
PRIORITY = st.sampled_from(["P1", "P2", "P3", "P4"])
ANSWERS = st.lists(
    st.tuples(st.sampled_from([*TRUSTED, "clarity"]), st.integers(1, 5), st.just(1), st.just(5)),
    min_size=1,
    max_size=3,
    unique_by=lambda answer: answer[0],
).map(tuple)
FACTS = st.one_of(
    st.tuples(st.just("ticket.opened"), st.sampled_from(["incident", "request"]), PRIORITY),
    st.tuples(
        st.just("ticket.closed"),
        PRIORITY,
        st.booleans(),
        st.sampled_from(["person", "auto"]),
        st.integers(0, 5),
    ),
    st.just(("ticket.reopened",)),
    st.tuples(st.just("ticket.rated"), st.integers(1, 7), st.just(1), st.just(7)),
    st.tuples(st.just("promise"), st.sampled_from(["kept", "broken"])),
    st.tuples(
        st.just("signal"),
        st.sampled_from(["external_supplier", "options_open", "raise_the_level"]),
        st.just("heard"),
    ),
    st.just(("survey.invited",)),
    st.tuples(
        st.just("survey.answered"),
        st.sampled_from(["client", "client", "own", "independent"]),
        ANSWERS,
        st.none() | st.integers(0, 20),
    ),
    st.tuples(
        st.just("touch"),
        st.sampled_from(["project_meeting", "workshop", "roadmap_talk"]),
        st.lists(st.sampled_from(ROLES), min_size=1, unique=True).map(lambda r: tuple(sorted(r))),
        st.just(()),
        st.sampled_from([(), ("goals",), ("goals", "mission")]),
        st.sampled_from([True, False, None]),
    ),
    st.tuples(
        st.just("knowledge"),
        st.sampled_from(["goals", "mission", "pain_points"]),
        st.sampled_from(["client", "inferred"]),
    ),
    st.tuples(st.just("proposal"), st.just("it"), st.sampled_from(["accepted", "declined"])),
)
VERSIONS = st.lists(
    st.tuples(st.integers(DAY - 420, DAY), st.none() | FACTS), min_size=1, max_size=3
)
"""What was said of one thing, one version after another; None cancels it."""
STORIES = st.lists(st.tuples(VERSIONS, st.integers(1, 4)), max_size=25)
"""Each with that many equal events."""


def truth(stories):
    """Return (day, fact) of what is so in the end."""
    return [versions[-1] for versions, times in stories for _ in range(times) if versions[-1][1]]


def measured(stories, random):
    """Return the client as it is after everything has arrived in some order, some of it twice."""
    postings = []
    for number, (versions, times) in enumerate(stories):
        for copy in range(times):
            for revision, (day, fact) in enumerate(versions):
                content = RETRACTED if fact is None else encode_fact(fact)
                postings.append(Posting(100 * number + copy, revision, day, content))
    postings += random.sample(postings, len(postings) // 4)
    random.shuffle(postings)
    page, client = Page(), ClientMeasures()
    for number, posting in enumerate(postings):
        changes = []
        page.join(posting.entity, posting[1:], changes)
        for entries, times in changes:
            for _, day, fact in entries:
                client.add(day, cached_fact(fact), times)
        if number % 11 == 0:
            client.sums_at(COMPILED, DAY - number)
            client.weekly_readings(COMPILED, range(2800, 2810), week_end_of)
    return client


def week_end_of(sums):
    return weekly_reading(sums, COMPILED)


class Oracle:
    """The formulas of the domain, evaluated from a list of events on one day."""

    def __init__(self, events, day):
        self.day, self.all = day, events
        self.events = [(at, fact) for at, fact in events if at <= day]

    def fade(self, at, half_life_days):
        return 2 ** (-(self.day - at) / half_life_days)

    def sum(self, half_life_days, weigh):
        found = (self.fade(at, half_life_days) * weigh(fact) for at, fact in self.events)
        return math.fsum(found)

    def trust(self, viewpoint):
        policy = P["trust"]
        sources = {}
        for at, fact in self.events:
            for source, weight, value in evidence(fact, viewpoint):
                sources.setdefault(source, {}).setdefault(at, []).append((weight, value))
        r_all = s_all = 0
        for source, by_day in sources.items():
            cap = policy["caps"][source]
            amount, _ = self.newest(by_day, cap)
            whole, r = self.newest(by_day, 2 * cap)
            r_all += amount * r / whole if whole else 0
            s_all += amount * (whole - r) / whole if whole else 0
        prior, base = policy["prior_weight"], policy["base_rate"]
        whole = r_all + s_all + prior
        return (r_all + base * prior) / whole, prior / whole, (r_all + 1, s_all + 1)

    def newest(self, by_day, limit):
        """Return the faded weight of the newest evidence up to a limit, and what of it is for."""
        found = positive = 0
        for at in sorted(by_day, reverse=True):
            whole = sum(weight for weight, _ in by_day[at])
            counted = min(whole, limit)
            limit -= counted
            aged = counted * self.fade(at, P["trust"]["half_life_days"])
            found += aged
            if whole:
                positive += aged * sum(weight * value for weight, value in by_day[at]) / whole
        return found, positive

    def engagement(self):
        policy = P["engagement"]
        touches, weights = policy["touches"], policy["weights"]

        def touch(fact):
            return touches[fact[1]] if fact[0] in ("touch", "ticket.opened") else 0

        def role(name):
            def weigh(fact):
                there = fact[2] if fact[0] == "touch" else ("it_team",)
                return touch(fact) if name in there else 0

            return 1 - math.exp(-self.sum(policy["breadth_half_life_days"], weigh))

        contacts = [at for at, fact in self.events if fact[0] in ("touch", "ticket.opened")]
        recency = self.fade(max(contacts), policy["recency_half_life_days"]) if contacts else 0
        often = self.sum(policy["frequency_half_life_days"], touch)
        talks = self.sum(
            policy["strategic_half_life_days"], lambda f: f[0] == "touch" and bool(f[4])
        )
        return self.silence() * (
            weights["recency"] * recency
            + weights["frequency"] * often / (often + policy["frequency_half"])
            + weights["breadth"] * sum(map(role, ROLES)) / len(ROLES)
            + weights["response"] * self.response()
            + weights["strategic"] * talks / (talks + 1)
        )

    def silence(self):
        """The factor of a silence: 1 as long as it is usual, then halved every so many days."""
        policy = P["engagement"]["silence"]
        days = sorted({at for at, fact in self.events if fact[0] == "touch"})
        if not days:
            return 1
        recent = [at for at in days if days[-1] - at <= policy["window_days"]]
        gaps = [recent[i + 1] - recent[i] for i in range(len(recent) - 1)]
        usual = policy["usual_days"]
        if len(gaps) >= policy["gaps_minimum"]:
            usual = max(usual, policy["gap_factor"] * statistics.median(gaps))
        usual = min(usual, policy["usual_days_max"])
        return 2 ** (-max(0, self.day - days[-1] - usual) / policy["half_life_days"])

    def response(self):
        policy = P["engagement"]
        half_life, prior = policy["response_half_life_days"], policy["response_prior_weight"]
        invited = self.sum(half_life, lambda f: f == ("survey.invited",))
        answered = sum(
            self.fade(at - fact[3], half_life)
            for at, fact in self.all
            if fact[:2] == ("survey.answered", "client")
            and fact[3] is not None
            and at - fact[3] <= self.day
        )
        invited = max(invited, answered)
        return (answered + policy["response_prior"] * prior) / (invited + prior)

    def gap(self):
        own, client, independent = map(self.trust, ("own", "client", "independent"))
        assume(all(abs(view[1] - UNKNOWN) > CLOSE for view in (client, independent)))
        other = independent if independent[1] < UNKNOWN < client[1] else client
        variance = sum(a * b / ((a + b) ** 2 * (a + b + 1)) for a, b in (own[2], other[2]))
        gap = own[0] - other[0]
        return gap, 0.5 * math.erfc(-gap / math.sqrt(2 * variance))

    def knowledge(self):
        policy = P["knowledge"]
        total = 0
        for facet, valid_days in policy["valid_days"].items():
            seen = [
                (at, fact[2] == "client")
                for at, fact in self.events
                if fact[:2] == ("knowledge", facet)
            ]
            if seen:
                at, by_client = max(seen)
                worth = 1 if by_client else policy["inferred_worth"]
                age_days = self.day - at
                fresh = min(1, 2 ** (-(age_days - valid_days) / valid_days))
                total += policy["weights"][facet] * worth * fresh
        return total

    def participation(self):
        policy = P["participation"]
        half_life, least = policy["half_life_days"], policy["minimum_group"]

        def share(wanted):
            carried = self.sum(half_life, lambda f: wanted(f) and f[5] is True)
            missing = self.sum(half_life, lambda f: wanted(f) and f[5] is False)
            assume(abs(carried + missing - least) > CLOSE)
            return carried / (carried + missing) if carried + missing > least else None

        def of(role):
            return lambda f: f[0] == "touch" and role in f[2]

        present = [1 - math.exp(-self.sum(half_life, of(role))) for role in ROLES]
        message = share(lambda f: f[0] == "touch")
        roles = [ratio for ratio in map(share, map(of, ROLES)) if ratio is not None]
        alike = min(roles) / max(roles) if len(roles) > 1 and max(roles) else 0
        weights = policy["weights"]
        return (
            weights["roles"] * sum(present) / len(ROLES)
            + weights["message"] * (message or 0)
            + weights["consistency"] * alike
        )


def evidence(fact, viewpoint):  # noqa: C901 # one branch a row of the table
    """Yield (source, weight, value) of the table of section 1.1."""
    weights = P["trust"]["weights"]
    if fact[0] == "survey.answered" and fact[1] == viewpoint:
        for question, score, low, high in fact[2]:
            if question in TRUSTED:
                source = "independent" if viewpoint == "independent" else "survey"
                yield source, weights[source], (score - low) / (high - low)
    if viewpoint != "client":
        return
    if fact[0] == "ticket.rated":
        yield "rating", weights["rating"], (fact[1] - fact[2]) / (fact[3] - fact[2])
    elif fact[0] == "ticket.closed":
        _, priority, in_time, closed_by, moves = fact
        factor = weights["closed_automatically"] if closed_by == "auto" else 1
        yield "closed", weights[f"closed_{priority.lower()}"] * factor, int(in_time)
        if moves > 2:
            yield "reassigned", weights["reassigned"], 0
    elif fact[0] == "ticket.reopened":
        yield "reopened", weights["reopened"], 0
    elif fact[0] == "promise":
        yield "promise", weights["promise"], int(fact[1] == "kept")
    elif fact[0] == "signal" and fact[1] != "raise_the_level":
        heavy = fact[1] == "external_supplier"
        yield "signal", weights["signal_external_supplier" if heavy else "signal"], 0


def criteria(oracle, asked):
    """Return which criteria are met, without purchases; skip what is a hair away."""
    trust, uncertainty, _ = oracle.trust("client")
    own, other = oracle.trust("own"), oracle.trust("independent")
    is_certain = own[1] <= UNKNOWN and (other[1] <= UNKNOWN or uncertainty <= UNKNOWN)
    days = P["maturity"]["proof_half_life_days"]
    talks = oracle.sum(days, lambda f: f[0] == "touch" and bool(f[4]))
    accepted = oracle.sum(days, lambda f: f == ("proposal", "it", "accepted"))
    pairs = [
        (trust, asked["trust"]),
        (asked["uncertainty"], uncertainty),
        (oracle.engagement(), asked["engagement"]),
        (oracle.knowledge(), asked["knowledge"]),
        (asked["gap"], abs(oracle.gap()[0])),
        (talks, asked["strategic_talks"])
        if "strategic_talks" in asked
        else (accepted, asked["proposals_accepted"]),
    ]
    assume(all(abs(more - less) > CLOSE for more, less in pairs))
    assume(all(abs(view[1] - UNKNOWN) > CLOSE for view in (own, other)))
    assume(abs(uncertainty - UNKNOWN) > CLOSE)
    met = [more > less for more, less in pairs]
    met[0] = met[0] and uncertainty < UNKNOWN
    met[GAP] = met[GAP] and is_certain
    return met


@given(STORIES, st.randoms(use_true_random=False), st.integers(DAY - 400, DAY))
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_the_scores_of_any_day_are_the_oracle_s(stories, random, day):
    client, oracle = measured(stories, random), Oracle(truth(stories), day)
    sums = client.sums_at(COMPILED, day)
    found = relationship_scores(sums, COMPILED)
    trust, uncertainty, _ = oracle.trust("client")
    assert abs(float(found.trust.value) - trust) < CLOSE
    assert abs(1 - found.trust.confidence - uncertainty) < CLOSE
    assert abs(float(found.engagement.value) - oracle.engagement()) < CLOSE
    assert abs(float(found.knowledge.score.value) - oracle.knowledge()) < CLOSE
    assert abs(float(found.participation.score.value) - oracle.participation()) < CLOSE
    gap, probability = oracle.gap()
    assert abs(float(found.perception.score.value) - gap) < CLOSE
    if found.perception.probability is not None:
        assert abs(found.perception.probability - probability) < CLOSE


GOOD = [
    (("survey.answered", "client", (("trust", 5, 1, 5),), None), 9),
    (("survey.answered", "own", (("trust", 5, 1, 5),), None), 9),
    (("touch", "roadmap_talk", ROLES, (), ("goals",), True), 5),
    (("knowledge", "goals", "client"), 1),
    (("knowledge", "mission", "client"), 1),
    (("knowledge", "pain_points", "client"), 1),
    (("knowledge", "strategic_plan", "client"), 1),
    (("knowledge", "business_strategy", "client"), 1),
    (("proposal", "it", "accepted"), 4),
]


@given(STORIES, st.randoms(use_true_random=False), st.integers(90, 360), st.booleans())
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
def test_each_closed_week_meets_the_criteria_that_the_oracle_says(stories, random, ago, good):
    if good:
        stories = [*stories, *(([(DAY - ago, fact)], times) for fact, times in GOOD)]
    client, events = measured(stories, random), truth(stories)
    asked = [P["maturity"][name] for name in ("to_partner", "stay_partner")]
    asked += [P["maturity"][name] for name in ("to_anticipator", "stay_anticipator")]
    weeks = range(DAY // 7 - 52, DAY // 7)
    ends = client.weekly_readings(COMPILED, weeks, week_end_of)
    since = (DAY - ago) // 7
    for week in {since - 1, since + 1, since + 4, since + 8, since + 12, weeks.stop - 1}:
        if week not in weeks:
            continue
        oracle = Oracle(events, 7 * week + 3)
        expected = tuple(all(criteria(oracle, wanted)) for wanted in asked)
        assert tuple(ends[week - weeks.start].stages_met) == expected
