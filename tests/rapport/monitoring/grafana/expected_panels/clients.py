"""What several dashboards show of clients: states, scores against targets, concerns, alerts."""

from expected_panels.kinds import (
    BAD,
    GOOD,
    GREY,
    NO_COLOR,
    WATCH,
    Column,
    Stat,
    Table,
    gauge,
)
from expected_panels.series import Series
from expected_panels.texts import ago, percent
from rapport.language.language import find_language

NAMES = find_language("en").concerns
STATES = {
    3: ("act now", BAD),
    2: ("watch", WATCH),
    1: ("not known", GREY),
    0: ("normal", GOOD),
}
PURCHASES = {0: ("clear", GOOD), 1: ("watch", WATCH), 2: ("alert", BAD)}
NOT_KNOWN = ("not known", NO_COLOR)
FAR_BELOW = 0.15


def text_of(texts):
    return lambda value: texts[value][0]


def color_of(texts):
    return lambda value: texts[value][1]


def by_distance(less):
    """The colour of a score by how far it is from its target."""
    return GOOD if less >= 0 else WATCH if less > -FAR_BELOW else BAD


def target(asked, score):
    return asked("rapport_score_target_ratio", score=score).by()


def less_target(metric, score):
    return lambda asked: asked(metric).by("client") - target(asked, score)


def score_stat(series, score):
    """One score in the colour of its distance to the target, which only the target knows."""

    class Coloured(Stat):
        def expected(self, asked):
            goal = [value for _, found in target(asked, score) for value in found.values()]
            return [
                (text, by_distance(value - goal[0]))
                for text, value in Stat(percent, lambda value: value, series).expected(asked)
                if text != "not known"
            ] or super().expected(asked)

    return Coloured(percent, lambda _: GREY, series)


def passed(series):
    """How long ago the times are that a series has."""
    return lambda asked: series(asked).each(lambda value: -value) + asked.clock()


def info(asked):
    return asked("rapport_client_info").by("client", "name", "owner")


NAME = Column("Client", info, label="name")
OWNER = Column("Owner", info, label="owner")


def state_column(title, metric, texts):
    return Column(title, gauge(metric, "client"), text_of(texts), color_of(texts), empty=NOT_KNOWN)


def less_target_column(title, metric, score):
    return Column(title, less_target(metric, score), percent, by_distance, empty=NOT_KNOWN)


COLUMNS = ("client", "name", "concern", "supplier", "alertname", "severity", "owner")
ABOUT = "concern name"


def alerts(of_client):
    """The alerts that fire, with the time since when they are."""

    def firing(asked):
        labels = {"client": asked.client} if of_client else {}
        active = asked("ALERTS_FOR_STATE", "rapport|", **labels)
        fires = asked("ALERTS", "rapport|", alertstate="firing", **labels)
        now = {frozenset(pair for pair in one if pair[0] != "alertstate") for one in fires.values}
        shown = {
            one: found
            for one, found in active.values.items()
            if one in now and dict(one).get("kind") != "pipeline"
        }
        return Series(shown).by(*COLUMNS)

    return firing


def alerts_table(*keys):
    """The alerts of all clients, or of the one that the dashboard shows."""
    of_all = "client" in keys
    rows = alerts(not of_all)
    return Table(
        keys,
        rows,
        (
            *((Column("Client", label="name"),) if of_all else ()),
            Column("About", lambda asked: rows(asked).renamed("concern", NAMES), label=ABOUT),
            *((Column("Supplier", label="supplier"),) if of_all else ()),
            Column("Alert", label="alertname"),
            Column("Severity", label="severity"),
            Column("Owner", label="owner"),
            Column("Fires since", passed(rows), ago),
        ),
        lambda _labels, value: value,
    )
