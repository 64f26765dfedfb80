"""Purchases section of a client page: sentences, and a chart of weeks."""

from dataclasses import dataclass
from typing import Final

from rapport.domain.calendar import EPOCH_WEEKDAY_SHIFT_DAYS
from rapport.domain.procurement.health import PurchaseHealth
from rapport.domain.procurement.windows import PurchaseWeek, purchase_weeks
from rapport.language.language import Language
from rapport.language.narrative import describe_purchases
from rapport.web.fleet_snapshot import FleetSnapshot, ScoredClient
from rapport.web.pages.charts import Scale, VerticalBar, steps, vertical_bars

WEEKS: Final = 53
"""A year of closed weeks and the current one."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Observed and expected purchases and the alert threshold, week by week."""

    bars: list[VerticalBar]
    expected: str
    alert_threshold: str
    top: str
    """The value at the top of the chart."""
    first: str
    last: str
    summary: str
    rows: list[tuple[str, str, str, str, bool]]


@dataclass(frozen=True, slots=True)
class PurchasesSection:
    """The purchases section of a client page."""

    state: str
    sentences: list[str]
    sanctions: list[tuple[str, str, str]]
    chart: Chart | None


def purchases_section(
    scored: ScoredClient, snapshot: FleetSnapshot, language: Language
) -> PurchasesSection:
    """Return the purchases section of a client."""
    health = scored.health.purchases
    return PurchasesSection(
        state=health.state,
        sentences=_sentences(health, language),
        sanctions=_sanctions(health, language),
        chart=_chart(scored, snapshot, language),
    )


def _sentences(health: PurchaseHealth, language: Language) -> list[str]:
    sentences = [describe_purchases(health, (), language)[0]]
    sentences.append(
        language.text(
            "confidence_of", percent=language.whole_percent(health.confidence)
        ).capitalize()
        + "."
    )
    if health.missing:
        unknown = ", ".join(language.input(name) for name in health.missing)
        sentences.append(language.text("missing_inputs", missing=unknown))
    if health.top_suppliers:
        sentences.append(language.text("suppliers", suppliers=", ".join(health.top_suppliers)))
    for new in health.new_suppliers.named:
        amount = language.amount(new.minor, new.currency)
        sentences.append(language.text("new_supplier", supplier=new.supplier, amount=amount))
    if health.peers is not None and health.peers.outlier:
        peers = health.peers
        expected = language.number(peers.expected)
        sentences.append(
            language.text("of_peers", n=peers.observed, clients=peers.clients, expected=expected)
        )
    return sentences


def _sanctions(health: PurchaseHealth, language: Language) -> list[tuple[str, str, str]]:
    return [
        (
            language.text(sanction),
            str(count),
            ", ".join(
                language.amount(spent.minor, spent.currency)
                for spent in health.spent
                if spent.sanction == sanction
            )
            or "0",
        )
        for sanction, count in health.by_sanction
    ]


def _chart(scored: ScoredClient, snapshot: FleetSnapshot, language: Language) -> Chart | None:
    own, context = snapshot.inputs.get(scored.client.id), snapshot.context
    if own is None or context is None or own.purchases.first_day is None:
        return None
    policy = snapshot.policy.purchases
    weeks = purchase_weeks(own.purchases.weekly, policy, context.baseline, WEEKS)
    highest = max(max(week.observed, week.expected, week.alert_threshold) for week in weeks)
    scale = Scale(0, highest)
    over = sum(_is_over(week) for week in weeks)
    return Chart(
        bars=vertical_bars(
            [week.observed for week in weeks],
            ["over" if _is_over(week) else "under" for week in weeks],
            scale,
        ),
        expected=steps([week.expected for week in weeks], scale),
        alert_threshold=steps([week.alert_threshold for week in weeks], scale),
        top=language.number(highest, 0),
        first=_monday(weeks[0].week, language),
        last=_monday(weeks[-1].week, language),
        summary=language.text("over_threshold", count=over, weeks=len(weeks)),
        rows=[_week(week, language) for week in reversed(weeks)],
    )


def _is_over(week: PurchaseWeek) -> bool:
    return week.observed >= week.alert_threshold


def _monday(week: int, language: Language) -> str:
    return language.day(week * 7 - EPOCH_WEEKDAY_SHIFT_DAYS)


def _week(week: PurchaseWeek, language: Language) -> tuple[str, str, str, str, bool]:
    expected = language.number(week.expected)
    monday = _monday(week.week, language)
    return monday, str(week.observed), expected, str(week.alert_threshold), _is_over(week)
