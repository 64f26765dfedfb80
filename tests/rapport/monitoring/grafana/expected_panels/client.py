"""The dashboard of one client, and what each of its panels must show."""

from expected_panels.clients import (
    NAMES,
    PURCHASES,
    STATES,
    alerts_table,
    color_of,
    info,
    passed,
    score_stat,
    target,
    text_of,
)
from expected_panels.kinds import (
    BAD,
    BLUE,
    GOOD,
    GREEN,
    GREY,
    LEAST_POINTS,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    WATCH,
    Bars,
    Column,
    Stat,
    Table,
    Timeline,
    Waterfall,
    lines,
)
from expected_panels.texts import ago, percent, seconds, short

STAGES = {
    1.0: ("IT supplier", ORANGE),
    2.0: ("partner", SKY),
    3.0: ("innovative anticipator", GREEN),
}


def own(metric, *by, **labels):
    """The series of the client that the dashboard shows."""
    return lambda asked: asked(metric, client=asked.client, **labels).by(*by)


def of_score(score, *kinds):
    return own(f"rapport_client_score_{kinds[0]}_ratio", score=score)


def trust_parts(asked):
    parts = own("rapport_client_trust_contribution_ratio", "component")(asked)
    whole = own("rapport_client_trust_ratio")(asked)
    return parts.also((whole - parts.by(of=sum)).labelled(component="base"))


def missing(score):
    def points(asked):
        found = own("rapport_client_points_missing_ratio", "component", score=score)(asked)
        return found.keep(lambda value: value > LEAST_POINTS)

    return Bars(percent, "{component}", ORANGE, points)


def heard(signal):
    return lambda asked: (
        asked("rapport_client_signals_heard", client=asked.client, signal=signal)
        .by("by")
        .by(of=sum)
    )


def facet_age(asked):
    learned = own("rapport_client_knowledge_facet_observed_timestamp_seconds", "facet")
    return passed(learned)(asked)


def since(asked):
    on = own("rapport_client_concern_points", "concern")(asked).each(lambda _: 1.0)
    return own("rapport_client_concern_since_timestamp_seconds", "concern")(asked) * on


def worth_color(value):
    return GOOD if value >= 0.6 else WATCH if value >= 0.3 else BAD


def stale_color(value):
    return BAD if value >= 1 else GOOD


NOW = {
    "State": Stat(text_of(STATES), color_of(STATES), own("rapport_client_state")),
    "Urgency": Stat(short, lambda _: BLUE, own("rapport_client_urgency_points")),
    "Who": Table(
        ("client",),
        lambda asked: info(asked).where(client=asked.client),
        (Column("Client", label="name"), Column("Owner", label="owner")),
    ),
    "What is wrong": Table(
        ("concern",),
        own("rapport_client_concern_points", "concern"),
        (
            Column(
                "Concern",
                lambda asked: own("rapport_client_concern_points", "concern")(asked).renamed(
                    "concern", NAMES
                ),
                label="concern name",
            ),
            Column("Points"),
            Column("Since", passed(since), ago),
        ),
    ),
    "Alerts that fire": alerts_table("concern", "alertname"),
    **{
        score.capitalize(): score_stat(own(f"rapport_client_{score}_ratio"), score)
        for score in ("trust", "engagement", "knowledge", "participation")
    },
    "Purchases outside IT": Stat(
        text_of(PURCHASES), color_of(PURCHASES), own("rapport_client_outside_purchases_alert")
    ),
    "Impact": Stat(short, lambda _: BLUE, own("rapport_client_impact")),
}
SCORES = {
    "Trust and its likely range": lines(
        percent,
        ("trust", BLUE, own("rapport_client_trust_ratio")),
        ("high", SKY, of_score("trust", "high")),
        ("low", SKY, of_score("trust", "low")),
        ("usual", ORANGE, of_score("trust", "past")),
        ("target", GREY, lambda asked: target(asked, "trust")),
    ),
    "Engagement, knowledge and participation": lines(
        percent,
        ("engagement", BLUE, own("rapport_client_engagement_ratio")),
        ("knowledge", ORANGE, own("rapport_client_knowledge_ratio")),
        ("participation", SKY, own("rapport_client_participation_ratio")),
    ),
    "Trust, from base rate to score": Waterfall(trust_parts),
    "Points that trust misses": missing("trust"),
    "Engagement, part by part": Waterfall(
        own("rapport_client_engagement_contribution_ratio", "component")
    ),
    "Points that engagement misses": missing("engagement"),
    "Confidence of each score": Bars(
        percent, "{score}", BLUE, own("rapport_client_score_confidence_ratio", "score")
    ),
}
PURCHASES_OUTSIDE = {
    "Purchases outside IT against expectation": lines(
        short,
        ("observed", BLUE, own("rapport_client_outside_purchases_observed")),
        ("expected", GREY, own("rapport_client_outside_purchases_expected")),
        ("alert from", VERMILLION, own("rapport_client_outside_purchases_threshold")),
    ),
    "Chance of that many": lines(
        percent, ("chance", ORANGE, own("rapport_client_outside_purchases_probability_ratio"))
    ),
    "Spend on IT by sanction, last closed weeks": lines(
        short,
        *(
            (
                f"{name} {{currency}}",
                color,
                own("rapport_client_purchase_spend", "currency", sanction=name),
            )
            for name, color in (
                ("outside", VERMILLION),
                ("sanctioned", BLUE),
                ("joint", GREEN),
                ("unclassified", GREY),
            )
        ),
    ),
    "Largest outside suppliers, last closed weeks": Bars(
        short,
        "{supplier} ({currency})",
        BLUE,
        own("rapport_client_supplier_spend", "supplier", "currency"),
    ),
}
VIEWS = {
    "Perception gap": lines(
        percent,
        ("gap", BLUE, own("rapport_client_perception_gap_ratio")),
        (
            "probability that it is above 0",
            ORANGE,
            own("rapport_client_perception_gap_probability_ratio"),
        ),
    ),
    "Trust, seen from three sides": lines(
        percent,
        ("the client", BLUE, own("rapport_client_trust_ratio")),
        ("IT itself", ORANGE, own("rapport_client_trust_view_ratio", viewpoint="own")),
        (
            "an independent party",
            GREEN,
            own("rapport_client_trust_view_ratio", viewpoint="independent"),
        ),
    ),
    "Signals, 28 days": lines(
        short,
        ("a supplier from outside", VERMILLION, heard("external_supplier")),
        ("options kept open", ORANGE, heard("options_open")),
        ("an unclear role", PURPLE, heard("unclear_role")),
        ("raise the level", BLUE, heard("raise_the_level")),
    ),
    "Touchpoints by role": Bars(
        short, "{role}", BLUE, own("rapport_client_role_touchpoints", "role")
    ),
    "One message, by role": Bars(
        percent, "{role}", BLUE, own("rapport_client_role_message_share_ratio", "role")
    ),
    "What IT knows of the client": Table(
        ("facet",),
        own("rapport_client_knowledge_facet_ratio", "facet"),
        (
            Column("Facet", label="facet"),
            Column("Worth", None, percent, worth_color),
            Column("Age", facet_age, seconds),
            Column(
                "Stale", own("rapport_client_knowledge_facet_stale", "facet"), short, stale_color
            ),
        ),
        lambda _labels, _value: 0,
    ),
    "Silent sources": Timeline(
        "{source}",
        {0.0: ("flowing", GOOD), 1.0: ("silent", WATCH)},
        own("rapport_client_source_silent", "source"),
    ),
    "Maturity over time": Timeline("stage", STAGES, own("rapport_client_maturity_stage")),
    "Conflicting signs": lines(
        percent, ("divergence", BLUE, own("rapport_client_divergence_ratio"))
    ),
}
CLIENT_BOARD = NOW | SCORES | PURCHASES_OUTSIDE | VIEWS
