"""Narrative: scores and their changes in sentences with numbers, for a manager."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rapport.domain.calendar import DAYS_PER_WEEK
from rapport.domain.comparison.benchmark import LOWER_IS_BETTER, Benchmark
from rapport.domain.explanation.apportionment import BASE
from rapport.domain.explanation.difference import OLDER, Difference, PointsChange
from rapport.domain.explanation.row_suppression import SMALL_GROUP
from rapport.domain.procurement.health import PurchaseHealth
from rapport.domain.procurement.purchase_rows import PurchaseRow
from rapport.domain.procurement.windows import UNKNOWN
from rapport.domain.scoring.changeable import gains
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.scoring.evidence import ScoreEvidence
from rapport.domain.scoring.maturity import Criterion, Maturity
from rapport.domain.scoring.participation import Group, ItActivity
from rapport.domain.scoring.score import Part, Score, Withheld, scale_of
from rapport.language.language import Language
from rapport_schemas.health import REST

ORDER: Final = (
    *("trust", "engagement", "perception", "trust.own", "trust.independent"),
    *("divergence", "participation", "knowledge", "maturity"),
)
"""The order in which the scores are told."""
SHOWN_CHANGES: Final = 5
SHOWN_PARTS: Final = 3
SHOWN_PURCHASES: Final = 5
IN_POINTS: Final = frozenset({"trust", "uncertainty", "engagement", "knowledge", "gap"})
"""Criteria whose value is a ratio, shown in points."""
SMALL: Final = 0.05
"""Points below which a change is not shown."""


def describe_score(score: Score, language: Language) -> list[str]:
    """Return the value of a score, its largest parts, and the largest possible gain."""
    name = language.scores[score.name]
    missing = language.listed(language.input(name) for name in score.missing)
    if score.shown is None and score.withheld is not None:
        return [language.text("withheld", score=name, **_withheld(score.withheld, language))]
    if score.shown is None:
        return [language.text("insufficient", score=name, missing=missing)]
    if score.name == "maturity":
        return []
    lines = [
        f"{describe_value(score.name, score.shown, language)} "
        + language.text("evidence_is", evidence=describe_evidence(score.evidence, language))
    ]
    if score.shape is not None:
        low, high = language.whole_points(score.low), language.whole_points(score.high)
        lines[0] += " " + language.text("interval", low=low, high=high)
    lines += ["  " + describe_part(score, part, language) for part in score.reasons()[:SHOWN_PARTS]]
    possible = gains(score)
    if possible and score.ratio(possible[0].missing) * 100 >= SMALL:
        points = language.points(score.ratio(possible[0].missing))
        action = language.action(possible[0].component)
        lines.append("  " + language.text("lacking", action=action, points=points))
    if score.missing:
        lines.append("  " + language.text("missing_inputs", missing=missing))
    if score.withheld is not None:
        lines.append("  " + language.text("not_separate", **_withheld(score.withheld, language)))
    return lines


def describe_evidence(evidence: ScoreEvidence, language: Language) -> str:
    """Return how much evidence a score has, and how old it is."""
    parts = [language.text(f"evidence_{evidence.level.key}")]
    if evidence.newest_days is not None:
        n = evidence.newest_days
        parts.append(language.text("newest", n=n) if n else language.text("newest_today"))
    if evidence.mostly_old:
        parts.append(language.text("mostly_old"))
    return ", ".join(parts)


def describe_value(score: str, value: float, language: Language) -> str:
    """Return the sentence with the value of a score on its scale."""
    number, name = (
        language.on_scale(score, value, signed=score == "perception"),
        language.scores[score],
    )
    if score == "perception":
        return language.text("difference_is", score=name, value=number)
    if not scale_of(score).in_points:
        return language.text("index", value=number)
    return language.text("score_is", score=name, value=number)


def _withheld(withheld: Withheld, language: Language) -> dict[str, object]:
    inputs = language.listed(language.input(name) for name in withheld.inputs)
    return {"minimum": withheld.minimum, "inputs": inputs}


def describe_change(change: Difference, language: Language) -> list[str]:
    """Return the change of a score and its largest parts, which add up to it."""
    name = change.name
    values = change.ratio(change.before), change.ratio(change.after)
    lines = [describe_move(name, change.since, *values, language)]
    if not has_moved(name, *values, language):
        return lines
    visible = sum(abs(change.ratio(row.points)) * 100 >= SMALL for row in change.changes)
    shown = [(row, change.ratio(row.points)) for row in change.top(min(visible, SHOWN_CHANGES))]
    lines += [
        "  " + describe_row(name, row, points, language)
        for row, points in shown
        if abs(points) * 100 >= SMALL
    ]
    return lines + ["  " + note for note in describe_combined(change, language)]


def has_moved(score: str, before: float, after: float, language: Language) -> bool:
    """Return whether two values of a score differ as they are shown."""
    if abs(after - before) * 100 < SMALL:
        return False
    return language.on_scale(score, before) != language.on_scale(score, after)


def describe_move(score: str, since: int, before: float, after: float, language: Language) -> str:
    """Return from where to where a score went since a day, or that it is unchanged."""
    day, signed = language.day(since), score == "perception"
    if not has_moved(score, before, after, language):
        return language.text("same", day=day)
    return language.text(
        "rose" if after > before else "fell",
        day=day,
        before=language.on_scale(score, before, signed=signed),
        after=language.on_scale(score, after, signed=signed),
    )


def describe_combined(change: Difference, language: Language) -> list[str]:
    """Return which components small-group suppression combined, if any, and not what they did."""
    return describe_not_separate(change.combined, change.minimum_people, language)


def describe_not_separate(
    components: Iterable[str], minimum_people: int, language: Language
) -> list[str]:
    """Return which components are not shown separately, because too few people answered."""
    inputs = [language.component(name) for name in components]
    if not inputs:
        return []
    listed = language.listed(inputs)
    return [language.text("not_separate", minimum=minimum_people, inputs=listed)]


def describe_maturity(maturity: Maturity, language: Language) -> list[str]:
    """Return the stage, and the criteria of the next one that are not met."""
    if maturity.score.shown is None:
        return []
    lines = [language.text("stage_is", stage=language.stages[maturity.stage - 1])]
    if maturity.weeks_to_next is None:
        return lines
    following = language.stages[maturity.stage]
    if maturity.unmet_criteria:
        criteria = "; ".join(
            _criterion(criterion, language) for criterion in maturity.unmet_criteria
        )
        weeks = maturity.weeks_to_next
        return [
            *lines,
            "  " + language.text("criteria_unmet", stage=following, criteria=criteria, n=weeks),
        ]
    return [*lines, "  " + language.text("ready", stage=following, n=maturity.weeks_to_next)]


def describe_extras(health: ClientHealth, language: Language) -> Mapping[str, list[str]]:
    """Return the sentences that some scores add to their number, by the name of the score."""
    return {
        "perception": list(_perception(health, language)),
        "knowledge": ["  " + text for text in describe_stale_facets(health, language)],
        "participation": ["  " + text for text in describe_absent_roles(health, language)],
        "maturity": describe_maturity(health.maturity, language),
        "divergence": list(_diverges(health, language)),
    }


def describe_purchases(
    purchases: PurchaseHealth, rows: tuple[PurchaseRow, ...], language: Language
) -> list[str]:
    """Return the number of outside purchases, and their suppliers."""
    first = _count_purchases(purchases, language)
    lines = [
        "  "
        + language.text(
            "purchase_row",
            times=row.times,
            supplier=row.supplier,
            category=row.category,
            day=language.day(row.day),
        )
        for row in rows[:SHOWN_PURCHASES]
    ]
    others = sum(row.times for row in rows[SHOWN_PURCHASES:])
    return [first, *lines, *([f"  {others}: {language.kinds[REST]}"] if others else [])]


def describe_window(purchases: PurchaseHealth, language: Language) -> str:
    """Return the name of the window of purchases: its weeks, and its last day."""
    weeks = (purchases.last_day - purchases.first_day + 1) // DAYS_PER_WEEK
    return language.text("purchase_window", weeks=weeks, day=language.day(purchases.last_day))


def _count_purchases(purchases: PurchaseHealth, language: Language) -> str:
    window = describe_window(purchases, language)
    if purchases.state == UNKNOWN:
        return language.text(
            "purchases_unknown",
            observed=purchases.observed,
            window=window,
            n=purchases.history_weeks,
            minimum=purchases.history_weeks_minimum,
        )
    return language.text(
        "purchases_counted",
        n=purchases.observed,
        window=window,
        expected=language.short_number(purchases.expected, 1),
        rarity=language.rarity(purchases.probability),
    )


def describe_it_activity(activity: ItActivity, language: Language) -> list[str]:
    """Return for each role and team of IT the clients that it meets, and the message ratio."""
    roles = [
        (_capitalized(language.roles[group.name]), group, clients)
        for group, clients in activity.roles
    ]
    teams = [(group.name, group, clients) for group, clients in activity.teams]
    return [
        _describe_group(name, group, clients, language) for name, group, clients in (*roles, *teams)
    ]


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def _describe_group(name: str, group: Group, clients: int, language: Language) -> str:
    if group.message is None:
        return language.text("group", group=name, n=clients)
    message = language.whole_percent(group.message)
    return language.text("group_message", group=name, n=clients, message=message)


def describe_benchmark(score: str, benchmark: Benchmark, language: Language) -> list[str]:
    """Return the comparison of a score with its past, its peers and its target."""
    lines, week_score = [], benchmark.past[0] if benchmark.past else None
    if score == "maturity" and benchmark.value is not None:
        lines.append("  " + language.text("index", value=language.number(benchmark.value, 2)))
    if week_score is not None:
        value = language.on_scale(score, week_score, signed=score == "perception")
        lines.append("  " + language.text("past", n=len(benchmark.past), value=value))
    if benchmark.peers is not None:
        rank, count, middle = benchmark.peers
        half = language.on_scale(score, middle, signed=score == "perception")
        slots = {"rank": language.ordinal(rank), "clients": count, "median": half}
        if score in LOWER_IS_BETTER:
            lines.append("  " + language.text("peers_lowest_first", **slots))
        else:
            lines.append("  " + language.text("peers", **slots))
    if benchmark.target is not None and benchmark.value is not None:
        sentence = "below_target" if benchmark.gap else "on_target"
        target = language.text(
            sentence,
            points=language.points(benchmark.gap),
            target=language.short_number(benchmark.target * 100),
        )
        lines.append("  " + target)
    return lines


def describe_part(score: Score, part: Part, language: Language) -> str:
    """Return what a component gives to a score, or takes from it."""
    component, points, possible = part
    if score.name == "divergence":
        # Two signs have a strength each; only the pattern as a whole has points.
        sign = language.points(score.ratio(possible))
        return language.text("sign_is", sign=language.component(component), value=sign)
    gain = language.on_scale(score.name, score.ratio(points), signed=True)
    label = language.loss(component) if points < 0 else language.gain(component)
    if score.name == "perception" or score.shape is not None:
        return language.text("change_rest", points=gain, kind=label)
    most = language.on_scale(score.name, score.ratio(possible))
    return language.text("part_gives", points=gain, possible=most, component=label)


def describe_row(score: str, row: PointsChange, points: float, language: Language) -> str:
    """Return one cause of a change, with its points."""
    gain = language.on_scale(score, points, signed=True)
    if row.kind in (REST, SMALL_GROUP):
        return language.text("change_rest", points=gain, kind=language.kinds[row.kind])
    if is_stage(score, row.component):
        return language.text("change_rest", points=gain, kind=language.text("the_stage"))
    if row.day is not None and row.kind not in (BASE, OLDER):
        day = language.day(row.day)
        return language.text(
            "change", points=gain, kind=language.reason(row.component, row.kind), day=day
        )
    component, kind = language.component(row.component), language.kinds[row.kind]
    if component == kind:
        return language.text("change_rest", points=gain, kind=kind)
    return language.text("change_of", points=gain, component=component, kind=kind)


def is_stage(score: str, component: str) -> bool:
    """Return whether a component is the stage itself, which no start without evidence is."""
    return score == "maturity" and component == BASE


def criterion_label(criterion: Criterion, language: Language) -> str:
    """Return the label of a criterion, with the weeks that its value is counted in."""
    label = language.components[criterion.name]
    if criterion.weeks is None:
        return label
    return language.text("criterion_weeks", criterion=label, n=criterion.weeks)


def _criterion(criterion: Criterion, language: Language) -> str:
    known = criterion.value
    return language.text(
        "criterion_most" if criterion.at_most else "criterion_least",
        criterion=criterion_label(criterion, language),
        value=language.text("unknown")
        if known is None
        else criterion_value(criterion.name, known, language),
        bound=criterion_value(criterion.name, criterion.bound, language),
    )


def criterion_bound(criterion: Criterion, language: Language) -> str:
    """Return what a criterion asks: at least, or at most, its bound."""
    bound = criterion_value(criterion.name, criterion.bound, language)
    return language.text("at_most" if criterion.at_most else "at_least", bound=bound)


def criterion_value(name: str, value: float, language: Language) -> str:
    """Return the value of a criterion: a score in points, and a number as it is.

    >>> from rapport.language.language import find_language
    >>> english = find_language("en")
    >>> criterion_value("trust", 0.43, english), criterion_value("strategic_talks", 2.5, english)
    ('43', '2.5')
    """
    return language.short_number(value * 100 if name in IN_POINTS else value, 1)


def _perception(health: ClientHealth, language: Language) -> Iterator[str]:
    gap = health.perception
    if gap.probability is not None:
        sentence = "gap_over" if gap.score.numerator > 0 else "gap_under"
        yield "  " + language.text(
            sentence,
            side=language.sides[gap.against],
            certainty=language.certainty(gap.probability),
            probability=language.whole_percent(gap.probability),
        )


def describe_stale_facets(health: ClientHealth, language: Language) -> list[str]:
    """Return what IT knew of a client and must ask again."""
    if not health.knowledge.stale:
        return []
    facets = language.listed(language.components[name] for name in health.knowledge.stale)
    return [language.text("concern_knowledge_stale", facets=facets)]


def describe_absent_roles(health: ClientHealth, language: Language) -> list[str]:
    """Return which roles of IT do not meet a client."""
    absent = [group.name for group in health.participation.roles if not group.takes_part]
    if not absent or health.participation.score.shown is None:
        return []
    roles = language.listed(language.roles[name] for name in absent)
    return [language.text("absent", roles=roles)]


def _diverges(health: ClientHealth, language: Language) -> Iterator[str]:
    if health.divergence.pattern is not None and health.divergence.alert:
        yield "  " + language.text("diverges", pattern=language.patterns[health.divergence.pattern])
