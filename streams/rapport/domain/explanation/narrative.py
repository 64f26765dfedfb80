"""Scores and their changes in sentences with numbers, for a manager, in English or Dutch."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rapport.domain.comparison.benchmark import LOWER_IS_BETTER, Benchmark, Priority
from rapport.domain.explanation.apportionment import BASE
from rapport.domain.explanation.difference import OLDER, REST, Change, Difference
from rapport.domain.explanation.dutch import DUTCH
from rapport.domain.explanation.english import ENGLISH
from rapport.domain.explanation.language import Language
from rapport.domain.explanation.row_suppression import FEW
from rapport.domain.procurement.health import PurchaseHealth
from rapport.domain.procurement.purchase_rows import PurchaseRow
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.scoring.maturity import Criterion, Maturity
from rapport.domain.scoring.participation import Group, ItActivity
from rapport.domain.scoring.score import Score, Withheld
from rapport_schemas.wire.errors import RapportError

LANGUAGES: Final[Mapping[str, Language]] = {said.name: said for said in (ENGLISH, DUTCH)}
SHOWN_CHANGES: Final = 5
SHOWN_PARTS: Final = 3
SHOWN_PURCHASES: Final = 5
SMALL: Final = 0.05
"""Points below which a number is shown as none."""


def language(name: str) -> Language:
    """Return a language by its two letters; raises `RapportError` for another than en and nl.

    >>> language("en").day(20_000), language("nl").day(20_000)
    ('4 Oct 2024', '4 okt 2024')
    >>> language("en").amount(126855, "EUR"), language("nl").amount(126855, "EUR")
    ('EUR 1,268.55', 'EUR 1.268,55')
    >>> [language("en").percent(ratio) for ratio in (0.0260807, 0.00001, 1.0)]
    ['2.6 %', 'under 0.1 %', '100 %']
    >>> [language("nl").percent(ratio) for ratio in (0.0260807, 0.00001, 1.0)]
    ['2,6 %', 'minder dan 0,1 %', '100 %']
    """
    found = LANGUAGES.get(name)
    if found is None:
        raise RapportError(f"language {name!r} is not known here; expected en or nl")
    return found


def describe_score(score: Score, said: Language) -> list[str]:
    """Return what a score is, what gives it most, and where most is to be gained."""
    name = said.scores[score.name]
    missing = _listed((said.input(name) for name in score.missing), said)
    if score.shown is None and score.withheld is not None:
        return [said.say("withheld", score=name, **_few(score.withheld, said))]
    if score.shown is None:
        return [said.say("insufficient", score=name, missing=missing)]
    if score.name == "maturity":
        return []
    lines = [
        f"{said.say('score_is', score=name, value=said.points(score.shown))} "
        + said.say("confidence", confidence=f"{score.confidence * 100:.0f}")
    ]
    if score.shape is not None:
        low, high = said.points(score.low), said.points(score.high)
        lines[0] += " " + said.say("interval", low=low, high=high)
    given = sorted((p for p in score.parts if p.points), key=lambda p: (-abs(p.points), p))
    lines += [
        "  " + _gives(score, part.component, part.points, part.possible, said)
        for part in given[:SHOWN_PARTS]
    ]
    lacking = () if score.name in LOWER_IS_BETTER else score.lacking()
    if lacking and score.ratio(lacking[0].missing) * 100 >= SMALL:
        points = said.points(score.ratio(lacking[0].missing))
        component = said.component(lacking[0].component)
        lines.append("  " + said.say("lacking", component=component, points=points))
    if score.missing:
        lines.append("  " + said.say("missing_inputs", missing=missing))
    if score.withheld is not None:
        lines.append("  " + said.say("few", **_few(score.withheld, said)))
    return lines


def _few(withheld: Withheld, said: Language) -> dict[str, object]:
    inputs = _listed((said.input(name) for name in withheld.inputs), said)
    return {"minimum": withheld.minimum, "inputs": inputs}


def describe_change(change: Difference, said: Language) -> list[str]:
    """Return what changed a score, the greatest first, adding up to the whole."""
    since = said.day(change.since)
    if abs(change.ratio(change.points)) * 100 < SMALL:
        return [said.say("same", day=since)]
    lines = [
        said.say(
            "rose" if change.points > 0 else "fell",
            points=said.points(abs(change.ratio(change.points))),
            day=since,
            before=said.points(change.ratio(change.before)),
            after=said.points(change.ratio(change.after)),
        )
    ]
    told = sum(abs(change.ratio(row.points)) * 100 >= SMALL for row in change.changes)
    shown = [(row, change.ratio(row.points)) for row in change.top(min(told, SHOWN_CHANGES))]
    return lines + [
        "  " + _changed(row, points, said) for row, points in shown if abs(points) * 100 >= SMALL
    ]


def describe_maturity(maturity: Maturity, said: Language) -> list[str]:
    """Return the stage and the shortest way to the next."""
    if maturity.score.shown is None:
        return []
    lines = [said.say("stage_is", stage=said.stages[maturity.stage - 1])]
    if maturity.weeks_to_next is None:
        return lines
    following = said.stages[maturity.stage]
    if maturity.way:
        criteria = "; ".join(_criterion(criterion, said) for criterion in maturity.way)
        weeks = maturity.weeks_to_next
        return [*lines, "  " + said.say("way", stage=following, criteria=criteria, weeks=weeks)]
    return [*lines, "  " + said.say("ready", stage=following, weeks=maturity.weeks_to_next)]


def describe_extras(health: ClientHealth, said: Language) -> Mapping[str, list[str]]:
    """Return what some scores have to say beside their number, by the score's name."""
    return {
        "perception": list(_perception(health, said)),
        "knowledge": list(_stale(health, said)),
        "participation": list(_absent(health, said)),
        "maturity": describe_maturity(health.maturity, said),
        "divergence": list(_diverges(health, said)),
    }


def describe_purchases(
    purchases: PurchaseHealth, rows: tuple[PurchaseRow, ...], said: Language
) -> list[str]:
    """Return how many outside purchases there were, and of whom."""
    first = said.say(
        "purchases_counted",
        observed=purchases.observed,
        expected=_number(purchases.expected, said),
        chance=said.percent(purchases.probability),
    )
    bought = [
        "  "
        + said.say(
            "bought",
            times=row.times,
            supplier=row.supplier,
            category=row.category,
            day=said.day(row.day),
        )
        for row in rows[:SHOWN_PURCHASES]
    ]
    left = sum(row.times for row in rows[SHOWN_PURCHASES:])
    return [first, *bought, *([f"  {left}: {said.kinds[REST]}"] if left else [])]


def describe_priority(priority: Priority, name: str, said: Language) -> str:
    """Return one gap of one client, and with what most is to be gained."""
    component = priority.component
    return said.say(
        "priority",
        client=name,
        score=said.scores[priority.score],
        points=said.points(priority.gap),
        component=said.say("nothing") if component is None else said.component(component),
    )


def describe_it_activity(found: ItActivity, said: Language) -> list[str]:
    """Return per role and team of IT how many clients it meets, and how often with the message."""
    roles = [(said.roles[group.name], group, clients) for group, clients in found.roles]
    teams = [(group.name, group, clients) for group, clients in found.teams]
    return [
        _describe_group(name, group, clients, said) for name, group, clients in (*roles, *teams)
    ]


def _describe_group(name: str, group: Group, clients: int, said: Language) -> str:
    if group.message is None:
        return said.say("group", group=name, clients=clients)
    message = f"{group.message * 100:.0f}"
    return said.say("group_message", group=name, clients=clients, message=message)


def describe_benchmark(score: str, found: Benchmark, said: Language) -> list[str]:
    """Return a score beside its own past, its peers and its target."""
    lines, past = [], found.past[0] if found.past else None
    if score == "maturity" and found.value is not None:
        lines.append("  " + said.say("index", value=said.number(found.value, 2)))
    if past is not None:
        value = _describe_value(score, past, said)
        lines.append("  " + said.say("past", weeks=len(found.past), value=value))
    if found.peers is not None:
        rank, count, middle = found.peers
        half = _describe_value(score, middle, said)
        lines.append("  " + said.say("peers", rank=rank, count=count, median=half))
    if found.target is not None and found.value is not None:
        sentence = "below_target" if found.gap else "on_target"
        target = said.say(sentence, points=said.points(found.gap), target=said.points(found.target))
        lines.append("  " + target)
    return lines


def _describe_value(score: str, value: float, said: Language) -> str:
    return said.number(value, 2) if score == "maturity" else said.points(value)


def _gives(score: Score, component: str, points: int, possible: int, said: Language) -> str:
    given = said.points(score.ratio(points), signed=True)
    if score.name == "perception" or score.shape is not None:
        return said.say("change_rest", points=given, kind=said.component(component))
    most = said.points(score.ratio(possible))
    return said.say("part_gives", points=given, possible=most, component=said.component(component))


def _changed(row: Change, points: float, said: Language) -> str:
    given = said.points(points, signed=True)
    if row.kind in (REST, FEW):
        return said.say("change_rest", points=given, kind=said.kinds[row.kind])
    if row.day is not None and row.kind not in (BASE, OLDER):
        day = said.day(row.day)
        return said.say("change", points=given, kind=said.reason(row.component, row.kind), day=day)
    component, kind = said.component(row.component), said.kinds[row.kind]
    return said.say("change_of", points=given, component=component, kind=kind)


def _criterion(criterion: Criterion, said: Language) -> str:
    value = said.say("unknown") if criterion.value is None else _number(criterion.value, said)
    return said.say(
        "criterion_most" if criterion.at_most else "criterion_least",
        criterion=said.components[criterion.name],
        value=value,
        bound=_number(criterion.bound, said),
    )


def _perception(health: ClientHealth, said: Language) -> Iterator[str]:
    found = health.perception
    if found.probability is not None:
        sentence = "gap_over" if found.score.numerator > 0 else "gap_under"
        probability = f"{found.probability * 100:.0f}"
        yield "  " + said.say(sentence, side=said.sides[found.against], probability=probability)


def _stale(health: ClientHealth, said: Language) -> Iterator[str]:
    if health.knowledge.stale:
        facets = _listed((said.components[name] for name in health.knowledge.stale), said)
        yield "  " + said.say("stale_facets", facets=facets)


def _absent(health: ClientHealth, said: Language) -> Iterator[str]:
    absent = [group.name for group in health.participation.roles if not group.takes_part]
    if absent and health.participation.score.shown is not None:
        roles = _listed((said.roles[name] for name in absent), said)
        yield "  " + said.say("absent", roles=roles)


def _diverges(health: ClientHealth, said: Language) -> Iterator[str]:
    if health.divergence.pattern is not None and health.divergence.alert:
        yield "  " + said.say("diverges", pattern=said.patterns[health.divergence.pattern])


def _listed(names: Iterable[str], said: Language) -> str:
    listed = list(names)
    if not listed:
        return said.say("nothing")
    *most, last = listed
    return f"{', '.join(most)} {said.say('and')} {last}" if most else last


def _number(value: float, said: Language) -> str:
    """Return a number without decimals that say nothing.

    >>> _number(0.65, ENGLISH), _number(2.0, ENGLISH), _number(0.65, DUTCH)
    ('0.65', '2', '0,65')
    """
    return said.number(value, 2).rstrip("0").rstrip(said.decimal)
