"""The dashboard of all clients, and what each of its panels must show."""

from statistics import median

from expected_panels.clients import (
    NAME,
    NAMES,
    OWNER,
    PURCHASES,
    STATES,
    alerts_table,
    info,
    less_target_column,
    passed,
    score_stat,
    state_column,
)
from expected_panels.kinds import (
    BLUE,
    Bars,
    Column,
    Stat,
    Table,
    Timeline,
    bad_from,
    gauge,
    watch_from,
)
from expected_panels.pipeline import broken_feeds
from expected_panels.series import Series
from expected_panels.texts import ago, percent, short


def clients_in(state):
    def count(asked):
        states = asked("rapport_client_state").by("client")
        return states.each(lambda value: float(value == state)).by(of=sum)

    return count


def rank(asked):
    states = asked("rapport_client_state").by("client")
    impact = asked("rapport_client_impact").by("client")
    done = asked("rapport_client_acknowledged").by("client")
    place = states - done * (states - done * 1.5)
    noted = asked("rapport_client_concern_acknowledged").by("client", "concern")
    less = (points(asked) * noted).by("client", of=sum).also(states * 0)
    urgency = asked("rapport_client_urgency_points").by("client") - less
    return place * 1e6 + urgency + (impact / 1e6).also(states * 0)


def points(asked):
    return asked("rapport_client_concern_points").by("client", "concern")


def first_concerns(asked):
    """The concerns with the most points; of equal ones either is the first."""
    most = {labels["client"]: found for labels, found in points(asked).by("client")}
    return Series(
        {
            key: found
            for key, found in points(asked).values.items()
            if found == most[dict(key)["client"]]
        }
    )


def since_of_first(asked):
    since = asked("rapport_client_concern_since_timestamp_seconds").by("client", "concern")
    return since * first_concerns(asked).each(lambda _: 1.0)


def gaps(asked):
    names = {labels["client"]: labels["name"] for labels, _ in info(asked)}
    impact = asked("rapport_client_impact").by("client", "score")
    return Series(
        {
            frozenset({**dict(key), "name": names[dict(key)["client"]]}.items()): found
            for key, found in impact.values.items()
        }
    )


def purchases_over_time(asked):
    """The states of clients that were not clear all the time, under their names now."""
    states = asked("rapport_client_outside_purchases_alert").by("client")
    names = {labels["client"]: labels["name"] for labels, _ in info(asked.at_end())}
    rose = {labels["client"] for labels, found in states if any(found.values())}
    return Series(
        {
            frozenset({"name": names[client]}.items()): found
            for labels, found in states
            if (client := labels["client"]) in rose and client in names
        }
    )


FLEET = {
    "Act now": Stat(short, bad_from(1), clients_in(3)),
    "Watch": Stat(short, watch_from(1), clients_in(2)),
    "Not known": Stat(short, watch_from(1), clients_in(1)),
    "Clients": Stat(short, lambda _: BLUE, gauge("rapport_clients")),
    "Broken feeds": Stat(short, bad_from(1), broken_feeds),
    "Median trust": score_stat(
        lambda asked: asked("rapport_client_trust_ratio").by("client").by(of=median), "trust"
    ),
    "Clients, the most urgent first": Table(
        ("client",),
        rank,
        (
            NAME,
            OWNER,
            state_column("State", "rapport_client_state", STATES),
            Column("Urgency", gauge("rapport_client_urgency_points", "client")),
            Column(
                "First of all",
                lambda asked: first_concerns(asked).renamed("concern", NAMES),
                label="concern name",
            ),
            Column("Since", passed(since_of_first), ago),
            Column("Concerns", lambda asked: points(asked).by("client", of=len)),
            Column("Trust", gauge("rapport_client_trust_ratio", "client"), percent),
            less_target_column("Trust less target", "rapport_client_trust_ratio", "trust"),
            Column("Engagement", gauge("rapport_client_engagement_ratio", "client"), percent),
            less_target_column(
                "Engagement less target", "rapport_client_engagement_ratio", "engagement"
            ),
            state_column("Purchases", "rapport_client_outside_purchases_alert", PURCHASES),
        ),
    ),
    "Alerts that fire": alerts_table("client", "concern", "supplier", "alertname"),
    "Concerns, by kind": Bars(
        short,
        "{concern}",
        BLUE,
        lambda asked: points(asked).by("concern", of=len),
        NAMES,
    ),
    "Purchases outside IT over time": Timeline("{name}", PURCHASES, purchases_over_time),
    "Greatest gaps, times the contact": Bars(short, "{name}: {score}", BLUE, gaps, most=10),
}
