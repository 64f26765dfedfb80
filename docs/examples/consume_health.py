"""Print every change of a client as Rapport announces it, with what the change comes from.

Needs no more than `pip install rapport-monitor`. Run it as

    python consume_health.py --bootstrap 127.0.0.1:9092 --group my-service
"""

import argparse

from kafka import KafkaConsumer

from rapport_schemas.health import FigureChanged, ScoreChanged, StateChanged

TOPIC = "relationship-health"
MODELS = {
    b"rapport.health.score-changed.v1": ScoreChanged,
    b"rapport.health.figure-changed.v1": FigureChanged,
    b"rapport.health.state-changed.v1": StateChanged,
}


def main() -> None:
    """Read from where this group stopped, and print; Ctrl-C ends it."""
    arguments = parsed_arguments()
    consumer = KafkaConsumer(
        TOPIC,
        bootstrap_servers=arguments.bootstrap,
        group_id=arguments.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        consumer_timeout_ms=arguments.stop_after_seconds * 1000 or float("inf"),
    )
    latest_ids: dict[tuple[str, str], str] = {}
    try:
        for record in consumer:
            headers = dict(record.headers)
            model = MODELS.get(headers.get("ce_type"))  # others may come: they are not for us
            if model is not None:
                change = model.model_validate_json(record.value)
                show_once(change, headers["ce_id"].decode(), latest_ids)
            consumer.commit()
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()


def show_once(
    change: ScoreChanged | FigureChanged | StateChanged,
    event_id: str,
    latest_ids: dict[tuple[str, str], str],
) -> None:
    """Print a change, unless it is announced again; say so when one before it was missed."""
    state = isinstance(change, StateChanged)
    name = f"state of {change.state}" if state else change.score
    about = (change.client, name)
    latest_id = latest_ids.get(about)
    if event_id == latest_id:
        return
    latest_ids[about] = event_id
    if latest_id is not None and change.follows != latest_id:
        print(f"{change.client} {name}: an earlier change was missed")
    if state:
        print(f"{change.client} {name} {change.old} -> {change.new}: {change.reason.en}")
        return
    print(f"{change.client} {name} {change.change.value:+.3f}: {change.reason.en}")
    for part in change.attribution:
        day = f" of {part.day}" if part.day else ""
        print(
            f"  {part.points.value:+.3f} {part.component}: {part.kind}{day}, {part.events} events"
        )


def parsed_arguments() -> argparse.Namespace:
    """Return what was said on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--bootstrap", default="127.0.0.1:9092", help="Kafka's address")
    parser.add_argument("--group", default="health-example", help="the consumer group")
    parser.add_argument(
        "--stop-after-seconds",
        type=int,
        default=0,
        metavar="SECONDS",
        help="end when nothing came for so long; 0: never",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
