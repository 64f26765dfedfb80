"""The dashboard of IT's own activity, and what each of its panels must show."""

from expected_panels.clients import NAME, less_target_column
from expected_panels.kinds import (
    BAD,
    BLUE,
    GOOD,
    GREEN,
    NO_COLOR,
    ORANGE,
    PURPLE,
    WATCH,
    Bars,
    Column,
    Table,
    gauge,
    lines,
)
from expected_panels.suppliers import per_client
from expected_panels.texts import percent, short


def meets(asked):
    breadth = asked("rapport_client_role_breadth_ratio").by("client", "role")
    return breadth.keep(lambda value: value > 0)


def touchpoints(asked):
    return asked("rapport_client_role_touchpoints").by("client", "role")


def with_message(asked):
    share = asked("rapport_client_role_message_share_ratio").by("client", "role")
    return share * touchpoints(asked)


def message_of_role(asked):
    return with_message(asked).by("role", of=sum) / touchpoints(asked).by("role", of=sum)


def consistency(asked):
    shares = message_of_role(asked)
    return shares.by(of=min) / shares.by(of=max)


def carried(asked):
    return with_message(asked).by(of=sum) / touchpoints(asked).by(of=sum)


def unknown_facets(asked):
    stale = asked("rapport_client_knowledge_facet_stale").by("client", "facet")
    worth = asked("rapport_client_knowledge_facet_ratio").by("client", "facet")
    either = stale.both(worth, lambda old, value: float(bool(old) or value == 0))
    return either.by("facet", of=sum)


def heard(asked):
    return asked("rapport_client_signals_heard").by("client", "signal", "by").by("signal", of=sum)


def roles_color(value):
    return GOOD if value >= 4 else WATCH if value >= 2 else BAD


IT_ACTIVITY = {
    "Clients that a role meets": Bars(
        short, "{role}", BLUE, lambda asked: meets(asked).by("role", of=len)
    ),
    "Touchpoints by role": lines(
        short,
        *(
            (text, color, per_client("rapport_client_role_touchpoints", role=role))
            for role, text, color in (
                ("cio", "CIO", PURPLE),
                ("it_management", "IT management", ORANGE),
                ("it_team", "IT team", BLUE),
                ("project_managers", "project managers", GREEN),
            )
        ),
    ),
    "The message, by role": Bars(percent, "{role}", BLUE, message_of_role),
    "One message over time": lines(
        percent, ("consistency", BLUE, consistency), ("message carried", ORANGE, carried)
    ),
    "Clients, the lowest participation first": Table(
        ("client",),
        lambda asked: (
            asked("rapport_client_participation_ratio")
            .by("client")
            .also(asked("rapport_client_info").by("client") * 2)
        ),
        (
            NAME,
            Column("Participation", gauge("rapport_client_participation_ratio", "client"), percent),
            less_target_column(
                "less target", "rapport_client_participation_ratio", "participation"
            ),
            Column(
                "Message carried", gauge("rapport_client_message_share_ratio", "client"), percent
            ),
            Column(
                "Roles that take part",
                lambda asked: meets(asked).by("client", of=len),
                short,
                roles_color,
                empty=("not known", NO_COLOR),
            ),
        ),
        lambda _labels, value: value,
    ),
    "What IT does not know, by facet": Bars(short, "{facet}", ORANGE, unknown_facets),
    "Signals over all clients, 28 days": Bars(short, "{signal}", BLUE, heard),
}
