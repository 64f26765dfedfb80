"""The dashboard of suppliers, and what each of its panels must show."""

from expected_panels.clients import NAME
from expected_panels.kinds import (
    BAD,
    BLUE,
    GOOD,
    GREEN,
    GREY,
    NO_COLOR,
    ORANGE,
    VERMILLION,
    Bars,
    Column,
    Stat,
    Stats,
    Table,
    bad_from,
    gauge,
    lines,
    watch_from,
)
from expected_panels.texts import percent, short

NONE = ("not known", NO_COLOR)


def spend(asked):
    return asked("rapport_client_supplier_spend").by("client", "supplier", "currency")


def per_client(metric, **labels):
    """The sum over all clients, each counted once."""
    return lambda asked: asked(metric, **labels).by("client").by(of=sum)


def with_new_supplier(asked):
    found = asked("rapport_client_new_suppliers").by("client")
    return found.each(lambda value: float(value > 0)).by(of=sum)


def clients_of(asked):
    return spend(asked).by("supplier", of=len)


def spreads(asked):
    named = asked("rapport_spreading_supplier_clients").by("supplier")
    return named.also(clients_of(asked) * 0)


def rise(asked):
    return asked("rapport_population_common_rise_ratio").by()


def limit(asked):
    return asked("rapport_population_common_rise_limit_ratio").by()


SUPPLIERS = {
    "Common rise": Stats(
        (
            (
                "rise",
                Stat(
                    short,
                    lambda _: GOOD,
                    lambda asked: rise(asked).both(
                        limit(asked), lambda one, most: one if one <= most else None
                    ),
                ),
            ),
            (
                "rise",
                Stat(
                    short,
                    lambda _: BAD,
                    lambda asked: rise(asked).both(
                        limit(asked), lambda one, most: one if one > most else None
                    ),
                ),
            ),
            ("the policy's limit", Stat(short, lambda _: GREY, limit)),
        )
    ),
    "Suppliers that spread": Stat(short, watch_from(1), gauge("rapport_spreading_suppliers")),
    "Clients with a new supplier": Stat(short, watch_from(1), with_new_supplier),
    "Clients far from their peers": Stat(
        short, bad_from(1), per_client("rapport_client_peer_outlier")
    ),
    "Who is paid most outside, last closed weeks": Bars(
        short,
        "{supplier} ({currency})",
        BLUE,
        lambda asked: spend(asked).by("supplier", "currency", of=sum),
        most=15,
    ),
    "Suppliers of several clients": Table(
        ("supplier",),
        clients_of,
        (
            Column("Supplier", label="supplier"),
            Column("Clients"),
            Column("Spend", lambda asked: spend(asked).by("supplier", of=sum)),
            Column("Spreads to", spreads),
        ),
    ),
    "Clients": Table(
        ("client",),
        lambda asked: (
            asked("rapport_client_peer_probability_ratio")
            .by("client")
            .also(asked("rapport_client_info").by("client") * 2)
        ),
        (
            NAME,
            Column("Observed", gauge("rapport_client_outside_purchases_observed", "client")),
            Column("Expected", gauge("rapport_client_outside_purchases_expected", "client")),
            Column("Alert from", gauge("rapport_client_outside_purchases_threshold", "client")),
            Column(
                "New suppliers",
                gauge("rapport_client_new_suppliers", "client"),
                short,
                watch_from(1),
                empty=NONE,
            ),
            Column(
                "Chance beside its peers",
                gauge("rapport_client_peer_probability_ratio", "client"),
                percent,
            ),
            Column(
                "Far from its peers",
                gauge("rapport_client_peer_outlier", "client"),
                short,
                bad_from(1),
                empty=NONE,
            ),
        ),
        lambda _labels, value: value,
    ),
    "Purchases outside IT of all clients": lines(
        short,
        ("observed", BLUE, per_client("rapport_client_outside_purchases_observed")),
        ("expected", ORANGE, per_client("rapport_client_outside_purchases_expected")),
    ),
    "Purchases of IT by sanction, last closed weeks": lines(
        short,
        *(
            (name, color, per_client("rapport_client_purchases", sanction=name))
            for name, color in (
                ("outside", VERMILLION),
                ("sanctioned", BLUE),
                ("joint", GREEN),
                ("unclassified", GREY),
            )
        ),
    ),
}
