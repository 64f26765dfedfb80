"""The worked numbers of docs/methods.md are what the code calculates.

A block marked `worked` on the page holds lines `calculation(inputs) → name=result, ...`. Each
calculation is a function below; the page is the only place of its inputs and results.
"""

import ast
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest

from rapport.domain.calendar import week_of
from rapport.domain.clients.places import Place
from rapport.domain.comparison.benchmark import PeerScores, gap_of
from rapport.domain.comparison.roll_ups import ROLLED_UP, Member, roll_up
from rapport.domain.comparison.trend import trend
from rapport.domain.concerns.looks import BEGINS, HOLDS, OFF, on_since
from rapport.domain.concerns.verdict import Concern, verdict_of
from rapport.domain.explanation.apportionment import EvidenceItem, PointsRow, apportion
from rapport.domain.explanation.row_suppression import suppress_small_days
from rapport.domain.ledger.activity import day_set
from rapport.domain.ledger.decay import UNIT, decayed, growth
from rapport.domain.ledger.decayed_sums import DecayedSums, volume
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.ledger.newest_evidence import EvidenceTotals
from rapport.domain.ledger.retention import confirmed_day
from rapport.domain.policy.exchange_rates import DatedRate, RateTable
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.baseline import WindowExposure, fleet_baseline
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.procurement.feeds import SourceState, freshness, source_state
from rapport.domain.procurement.health import purchase_health
from rapport.domain.procurement.peers import PeerSums, compare_with_peers
from rapport.domain.procurement.rise_detector import (
    Forecast,
    alert_threshold,
    burstiness,
    false_alerts_a_year,
    forecast,
    replay_states,
)
from rapport.domain.procurement.stats import beta_quantile
from rapport.domain.procurement.stats import negative_binomial_tail as tail
from rapport.domain.procurement.suppliers import (
    Reach,
    SupplierPurchases,
    new_suppliers,
    outside_days,
    spreading_suppliers,
    supplier_name,
)
from rapport.domain.procurement.windows import Windows
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.divergence import (
    bounded_sum,
    rising,
    tickets_green,
    trusted_while_silent,
)
from rapport.domain.scoring.engagement import (
    ANSWERED,
    BREADTH,
    CONTACT,
    FREQUENCY,
    INVITED,
    STRATEGIC,
    TOUCHED,
    engagement,
)
from rapport.domain.scoring.evidence import inputs_level, trust_level
from rapport.domain.scoring.knowledge import knowledge
from rapport.domain.scoring.maturity import CriterionValues, maturity, stage_after, stages_met
from rapport.domain.scoring.participation import (
    CARRIED,
    ROLE,
    ROLE_MESSAGE,
    TOUCHPOINTS,
    UNCARRIED,
    participation,
)
from rapport.domain.scoring.perception import perception
from rapport.domain.scoring.score import Part, over_common_denominator
from rapport.domain.scoring.small_groups import disclose_parts, meets_minimum, people
from rapport.domain.scoring.trust import CLOSED_SUMS, trust

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "methods.md").read_text()
POLICY = parse_policy(
    (ROOT / "streams" / "rapport" / "domain" / "policy" / "default.toml").read_text()
)
COMPILED = CompiledPolicy(POLICY)
DAY = 20_000
MONDAY = DAY - (DAY + 3) % 7
ROLES = tuple(BREADTH)
MANY_PEOPLE = 1000
CALCULATIONS: dict[str, Callable[..., dict[str, object]]] = {}


def calculation(function):
    CALCULATIONS[function.__name__] = function
    return function


def units(amounts):
    return {name: round(amount * UNIT) for name, amount in amounts.items()}


def asked(*names, count=MANY_PEOPLE):
    """So many people were asked, so that nothing is withheld."""
    return {sum_name: count for name in names for sum_name in people(name)}


def points(score):
    return {part.component: score.ratio(part.points) for part in score.parts}


def view_of(viewpoint, evidence):
    """Trust from {source: [for, against]}, in evidence units of today by many people."""
    newest = {}
    for source, (r, s) in evidence.items():
        kept = COMPILED.trust.sources[viewpoint][source]
        people = {"trust": [MANY_PEOPLE]}
        totals = EvidenceTotals(kept, [DAY], [round(r * UNIT)], [round(s * UNIT)], people)
        newest[kept.name] = totals.newest_at(DAY)
    return trust(DecayedSums(DAY, {}, {}, evidence=newest), COMPILED.trust, viewpoint)


@calculation
def decayed_sum(*, half_life_days, amounts_by_age):
    weights = growth(half_life_days)
    grown = sum(round(x * UNIT) * weights[DAY - age] for age, x in amounts_by_age.items())
    return {"sum": grown // weights[DAY] / UNIT}


@calculation
def decay(*, age_days, half_life_days):
    return {"weight": decayed(DAY - age_days, DAY, half_life_days) / UNIT}


@calculation
def evidence(*, measure, age_days):
    sources = ClientMeasures({measure: {DAY - age_days: 1}}).sums_at(COMPILED, DAY).evidence
    (newest,) = [found for name, found in sources.items() if name.startswith("trust.")]
    return {"positive": newest.positive / UNIT, "negative": newest.negative / UNIT}


def answered(answers_by_age):
    """Return the sums of {age: [number of answers, score from 1 to 5]}."""
    measures = {}
    for age, (count, score) in answers_by_age.items():
        measures.setdefault(f"answer|client|trust|{score}|1|5", {})[DAY - age] = count
    return ClientMeasures(measures).sums_at(COMPILED, DAY)


@calculation
def trust_of_answers(*, answers_by_age):
    sums = answered(answers_by_age)
    newest, score = sums.evidence["trust.client.survey"], trust(sums, COMPILED.trust)
    return {
        "amount": newest.amount / UNIT,
        "positive": newest.positive / UNIT,
        "negative": newest.negative / UNIT,
        "trust": float(score.value),
        "uncertainty": 1 - score.confidence,
    }


@calculation
def trust_evidence(*, units):
    return {"level": trust_level(units * UNIT, COMPILED.trust.prior).key}


@calculation
def inputs_evidence(*, present, inputs):
    return {"level": inputs_level(present, inputs).key}


@calculation
def age_of_answers(*, answers_by_age):
    evidence = trust(answered(answers_by_age), COMPILED.trust).evidence
    return {"newest_days": evidence.newest_days, "mostly_old": evidence.mostly_old}


@calculation
def trust_of_client(**by_source):
    score = view_of("client", by_source)
    shown = {"trust": float(score.value), "uncertainty": 1 - score.confidence}
    return {**shown, "low": score.low, "high": score.high, **points(score)}


@calculation
def credible_interval(*, alpha, beta):
    low, high = (beta_quantile(share, alpha, beta) for share in (0.05, 0.95))
    return {"low": low, "high": high}


@calculation
def perception_gap(*, own, independent=None, client=None):
    views = (
        view_of("own", {"survey": own}),
        view_of("client", {"survey": client} if client else {}),
        view_of("independent", {"independent": independent} if independent else {}),
    )
    found = perception(*views, POLICY.perception)
    return {
        "gap": found.score.shown,
        "probability": found.probability,
        "against": found.against,
        "overrates": found.overrates,
    }


@calculation
def engagement_of(
    *, last_contact_days, frequency, roles, answered, invited, strategic, touched_days_ago=()
):
    sums = {FREQUENCY: frequency, ANSWERED: answered, INVITED: invited, STRATEGIC: strategic}
    sums |= {BREADTH[role]: amount for role, amount in roles.items()} | asked("invited")
    newest = {} if last_contact_days is None else {CONTACT: DAY - last_contact_days}
    touched = {TOUCHED: sorted(DAY - ago for ago in touched_days_ago)}
    score = engagement(DecayedSums(DAY, units(sums), newest, touched), COMPILED.engagement)
    gained = points(score)
    breadth = sum(gained.pop(f"breadth.{role}") for role in ROLES)
    return {**gained, "breadth": breadth, "engagement": float(score.value)}


@calculation
def knowledge_of(**facets):
    marks = {f"knowledge|{name}|{source}": DAY - age for name, (source, age) in facets.items()}
    found = knowledge(DecayedSums(DAY, {}, marks), COMPILED.knowledge)
    worths = {facet.name: facet.worth for facet in found.facets}
    return {**worths, "knowledge": found.score.shown, "stale": list(found.stale)}


@calculation
def participation_of(*, touchpoints, roles, message):
    sums = {TOUCHPOINTS: touchpoints} | {ROLE[role]: amount for role, amount in roles.items()}
    sums[CARRIED] = sum(carried for carried, _ in message.values())
    sums[UNCARRIED] = sum(missing for _, missing in message.values())
    for role, pair in message.items():
        sums |= dict(zip(ROLE_MESSAGE[role], pair, strict=True))
    score = participation(DecayedSums(DAY, units(sums), {}), COMPILED.participation).score
    gained = points(score)
    taking_part = sum(gained.pop(f"roles.{role}") for role in ROLES)
    return {**gained, "roles": taking_part, "participation": score.shown}


def bits(text):
    return [bit == "1" for bit in text.replace(" ", "")]


@calculation
def stages(*, meets_next, meets_stay):
    ups, stays = bits(meets_next), bits(meets_stay)
    found = [
        stage_after(week, lambda at, _: ups[at], lambda at, _: stays[at], POLICY.maturity).stage
        for week in range(1, len(ups) + 1)
    ]
    return {"stages": "".join(map(str, found))}


@calculation
def maturity_index(*, weeks_ready, alert_last_week, **measured):
    now = CriterionValues(**measured)
    outside = SimpleNamespace(has_feed=True, alerts=lambda _: alert_last_week, ratio=lambda _: 1.0)
    found = maturity(
        now, [stages_met(now, POLICY.maturity)] * weeks_ready, outside, POLICY.maturity
    )
    return {
        "index": float(found.score.value),
        "stage": found.stage,
        "nearest": found.unmet_criteria[0].name if found.unmet_criteria else None,
    }


@calculation
def green_while_buying(*, in_time, late, observed, probability):
    sums = units(dict(zip(CLOSED_SUMS, (in_time, late), strict=True)))
    green = tickets_green(DecayedSums(DAY, sums, {}), POLICY.divergence)
    rise = rising(observed, probability, POLICY.purchases)
    both = bounded_sum(green, rise)
    sides = {"green": green, "rise": rise, "divergence": both}
    return {name: None if side is None else side / UNIT for name, side in sides.items()}


@calculation
def silence(*, trust_for, trust_against, invited, answered):
    decayed = DecayedSums(DAY, units({INVITED: invited, ANSWERED: answered}), {})
    seen = view_of("client", {"survey": [trust_for, trust_against]})
    pattern = trusted_while_silent(decayed, seen, POLICY.divergence)
    trusted, silent = (value / UNIT for value in pattern.values)
    return {"trusted": trusted, "unanswered": silent, "divergence": pattern.strength / UNIT}


def pool(totals, clients=1):
    """`clients` clients who each buy the same; {week back: total of all}."""
    newest = week_of(DAY)
    weekly = {newest - back: total // clients for back, total in totals.items()}
    return fleet_baseline([weekly] * clients, DAY, POLICY.purchases)


@calculation
def exposure(*, clients, usual_week, newest_week):
    weeks = dict.fromkeys(range(POLICY.purchases.ring_weeks), usual_week)
    return {"exposure": pool(weeks | {0: newest_week}, clients).exposure[0]}


@calculation
def urgency(*, concerns):
    found = (Concern(kind=k, since=0, sureness=s, recent=r) for k, s, r in concerns)
    verdict = verdict_of(found, POLICY.concerns, is_known=True)
    points = [float(one.points) for one in verdict.concerns]
    return {"points": points, "urgency": float(verdict.urgency), "state": verdict.state}


@calculation
def concern_on(*, looks):
    said = {"off": OFF, "holds": HOLDS, "begins": BEGINS}
    limits = POLICY.concerns.looks_begin, POLICY.concerns.looks_end
    return {"looks_ago": on_since([said[look] for look in looks], *limits)}


@calculation
def common_rise(*, usual_week, last_four_weeks):
    weeks = dict.fromkeys(range(120), usual_week)
    found = pool(weeks | dict.fromkeys(range(1, 5), last_four_weeks))
    return {"ratio": found.common_rise}


def flat(exposed, past_exposure):
    ones = (1.0,) * past_exposure
    return WindowExposure(1, 2, exposed, ones, ones, float(past_exposure), float(past_exposure))


@calculation
def rise(*, y, Y, e, E_b, phi, median_rate):  # noqa: N803 # the letters of the formula
    # A prior of this weight makes the burstiness phi, whatever the earlier counts are.
    limits = POLICY.purchases.model_copy(
        update={"burst_prior": phi, "burst_prior_weight": 1e12, "window_weeks": 4}
    )
    counts = [0, y, Y, *[0] * (E_b - 1)]
    found = forecast(counts, flat(e, E_b), limits, median_rate)
    return {"mu": found.expected, "size": found.size, "p": found.probability}


@calculation
def burst(*, past, expected_per_week):
    window = flat(1.0, len(past))
    return {"phi": burstiness(past, past, expected_per_week, window, POLICY.purchases)}


@calculation
def chance(*, observed, mean, size):
    return {"p": tail(observed, mean, size)}


@calculation
def alert_number(*, mean, size):
    limits = POLICY.purchases
    return {"alerts": alert_threshold(mean, size, limits.alert_minimum, limits.alert_probability)}


@calculation
def false_alerts(*, clients, alert_probability):
    return {"a_year": false_alerts_a_year(clients, alert_probability)}


@calculation
def purchase_state(*, closed_windows):
    """`closed_windows` holds (observed, probability), the oldest first."""
    seen = [Forecast(observed, 1.0, 1.0, p) for observed, p in reversed(closed_windows)]
    return {"state": replay_states(iter(seen), POLICY.purchases).state}


@calculation
def peers_of(*, outside, volume, peers):
    found = compare_with_peers(outside, volume, PeerSums.of([*peers, (outside, volume)]), PEERS)
    return {"expected": found.expected, "p": found.probability, "outlier": found.outlier}


PEERS = POLICY.purchases.peers


@calculation
def new_supplier(*, spent_minor, typical_minor, history_days):
    old = SupplierPurchases(
        "outside", "usual", DAY - history_days, {"EUR": {DAY - 40: typical_minor}}
    )
    new = SupplierPurchases("outside", "newcomer", DAY - 3, {"EUR": {DAY - 3: spent_minor}})
    lines = [old, new]
    found = new_suppliers(lines, outside_days(lines), old.first_day, POLICY, DAY)
    return {"judged": found.judged, "new": [one.supplier for one in found.named]}


@calculation
def spread(*, clients, before, now):
    usual = frozenset({"usual"})
    spreads = frozenset({"usual", "spreader"})
    reaches = [
        Reach(spreads if one < now else usual, usual, spreads if one < before else usual)
        for one in range(clients)
    ]
    found = {one.supplier: one for one in spreading_suppliers(reaches, POLICY.purchases.spread)}
    one = found.get("spreader")
    return {"expected": one.expected if one else None, "p": one.probability if one else None}


@calculation
def supplier(*, key):
    return {"name": supplier_name(key)}


@calculation
def feed(*, weekdays, last_event_days_ago):
    """A year of events on the given days of the week (Monday is 0), seen on a Monday onwards."""
    days = [day for day in range(MONDAY - 364, MONDAY) if (day + 3) % 7 in weekdays]
    today = max(days) + last_event_days_ago
    found = source_state(day_set(days, today), today, POLICY.sources)
    return {
        "state": found.state,
        "silence_days": found.silence_days,
        "usual_silence_days": found.usual_silence_days,
    }


@calculation
def freshness_of(*, score, broken):
    return {"left": freshness(score, dict.fromkeys(broken, SourceState("broken", 9, 2))).ratio}


@calculation
def purchase_confidence(*, history_weeks, unclassified_of_ten, broken_feed):
    client = ClientMeasures()
    for back in range(history_weeks + 1):
        for one in range(10):
            kind = "unclassified" if one < unclassified_of_ten else "outside"
            client.add(DAY - 7 * back, ("buy", kind, "software", "acme", "EUR", 100), 1)
    own = client_inputs(client, POLICY, DAY)
    state = SourceState("broken" if broken_feed else "flowing", 9, 2)
    shared = replace(fleet_context([own], POLICY, DAY, {}), feeds={"procurement": state})
    bought = own.purchases
    seen = Windows(bought.weekly, bought.first_day, POLICY.purchases, shared.baseline)
    return {"confidence": purchase_health(bought, seen, POLICY, shared).confidence}


@calculation
def converted(*, minor, currency, rate):
    table = RateTable("EUR", [DatedRate(currency, DAY, Decimal(rate))])
    return {
        "minor": table.converted(minor, currency, DAY),
        "before": table.converted(1, currency, 9),
    }


@calculation
def fall(*, closed_weeks, today):
    found = trend(closed_weeks, today, POLICY.compare)
    return {"past": found.baseline, "falling": found.falling}


@calculation
def place(*, score, others, own):
    def of(value):
        return SimpleNamespace(scores=(SimpleNamespace(name=score, shown=value),))

    found = PeerScores(map(of, [*others, own]), POLICY.compare).rank(score, own)
    return {"rank": found.rank, "clients": found.clients, "median": found.median}


@calculation
def impact(*, contacts_by_age, trust):
    days = {DAY - age: count for age, count in contacts_by_age.items()}
    contact = volume(ClientMeasures({"touch|workshop": days}).sums_at(COMPILED, DAY))
    gap = gap_of(SimpleNamespace(name="trust", shown=trust), POLICY.compare)
    return {"volume": contact, "gap": gap, "impact": contact * gap}


@calculation
def together(*, sizes, trust):
    def of(number, size, value):
        scores = [SimpleNamespace(name=name, shown=None) for name in ROLLED_UP[1:]]
        scores.append(SimpleNamespace(name="trust", shown=value))
        verdict = SimpleNamespace(state="normal")
        health = SimpleNamespace(client=number, scores=scores, verdict=verdict)
        return Member(number, "rm", Place(size=size), health)

    members = [of(str(at), *one) for at, one in enumerate(zip(sizes, trust, strict=True))]
    found = roll_up((), members).scores["trust"]
    return {"trust": found.value, "clients": found.clients, "people": found.people}


@calculation
def respondents(*, weights):
    sums = {"w": sum(weights), "s": sum(weight * weight for weight in weights)}
    decayed, counted = DecayedSums(DAY, units(sums), {}), people("x")
    decayed = DecayedSums(DAY, dict(zip(counted, decayed.sums.values(), strict=True)), {})
    minimum = POLICY.privacy.minimum_respondents
    least = max(n for n in range(len(weights) + 1) if meets_minimum(decayed, counted, n))
    return {"at_least": least, "enough": meets_minimum(decayed, counted, minimum)}


@calculation
def merged_components(*, few, **parts):
    disclosed = disclose_parts(
        tuple(Part(name, *pair) for name, pair in sorted(parts.items())), few, 5
    )
    if disclosed is None:
        return {"shown": None}
    (one,) = [part for part in disclosed.parts if part.component not in parts]
    return {
        "merged": list(disclosed.withheld.combined),
        "points": one.points,
        "possible": one.possible,
    }


@calculation
def small_days(*, people_by_day):
    rows = [PointsRow("survey", "answer", day, 10, count) for day, count in people_by_day.items()]
    disclosed = suppress_small_days(rows, POLICY.privacy.minimum_respondents)
    return {"rows": [[row.day, row.points, row.events] for row in disclosed]}


@calculation
def common_denominator(*, ratios):
    denominator, numerators = over_common_denominator(Fraction(ratio) for ratio in ratios)
    return {"denominator": denominator, "numerators": list(numerators)}


@calculation
def shared_out(*, points, weights):
    items = [EvidenceItem(name, DAY, weight) for name, weight in weights.items()]
    return {row.kind: row.points for row in apportion("x", points, items)}


@calculation
def believed(*, arrival_days, clock):
    return {"day": confirmed_day(arrival_days, clock)}


BLOCK = re.compile(r"^```worked\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"(?P<call>\w+\(.*\)) → (?P<results>.*)")


def entries():
    """(name, inputs, results as written) of each line; a line that is indented continues it."""
    for block in BLOCK.findall(PAGE):
        for line in re.sub(r"\n +", " ", block).splitlines():
            found = LINE.fullmatch(line)
            assert found, f"docs/methods.md: this is not `calculation(...) → name=result`: {line}"
            call = ast.parse(found["call"], mode="eval").body
            given = f"results({found['results']})"
            results = ast.parse(given, mode="eval").body
            yield (
                call.func.id,
                {one.arg: ast.literal_eval(one.value) for one in call.keywords},
                {one.arg: ast.get_source_segment(given, one.value) for one in results.keywords},
            )


@pytest.mark.parametrize(("name", "inputs", "results"), list(entries()), ids=str)
def test_a_worked_number_is_what_the_code_calculates(name, inputs, results):
    assert results
    found = CALCULATIONS[name](**inputs)
    for key, written in results.items():
        if isinstance(found[key], float):
            decimals = len(written.partition(".")[2])
            assert f"{found[key]:.{decimals}f}" == written, key
        else:
            assert found[key] == ast.literal_eval(written), key


def test_every_calculation_is_on_the_page():
    assert {name for name, *_ in entries()} == CALCULATIONS.keys()


def anchors():
    headings = re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_each_section_names_its_source_and_has_worked_numbers():
    for section in PAGE.split("\n## ")[1:]:
        title = section.splitlines()[0]
        assert "```worked" in section, f"{title} has no worked numbers"
        assert "**Source.**" in section, f"{title} names no source"


def test_what_the_code_cites_of_the_page_is_there():
    cited = set()
    for root in ("streams", "schemas"):
        for path in (ROOT / root).rglob("*.py"):
            cited |= set(re.findall(r"docs/methods\.md#([\w-]+)", path.read_text()))
    assert cited
    assert cited <= anchors()
