"""`rapport ledger rebuild`: builds the ledger again from the inputs, with the days of a zone."""

from typing import TYPE_CHECKING, Annotated

import typer

from rapport.cli.options import Bootstrap, KafkaConfig, checked_kafka_to_write

if TYPE_CHECKING:
    from rapport.admin.ledger_rebuild import InputReach, LedgerReach

app = typer.Typer(
    help="Build the ledger again from the events that Kafka still has.",
    no_args_is_help=True,
    epilog="Example:  rapport ledger rebuild --zone Europe/Amsterdam",
)


@app.callback()
def ledger() -> None:
    """Keep `rebuild` a command of its own: a single command would be the group."""


@app.command()
def rebuild(
    zone: Annotated[
        str | None,
        typer.Option(help="The organisation's time zone; without it, the one that the ledger has."),
    ] = None,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Empty the ledger; the workers, which must be stopped, then read the inputs from their start.

    Prints first how far the inputs reach, and asks: what Kafka has deleted of them is lost.

    Examples:  rapport ledger rebuild --zone Europe/Amsterdam  ·  rapport ledger rebuild --yes
    """
    from rapport.admin.ledger_rebuild import ledger_reach, rebuild_ledger
    from rapport.domain.calendar import Calendar
    from rapport.kafka.access import check_access
    from rapport.kafka.topic_reader import run_on

    kafka = checked_kafka_to_write(bootstrap, kafka_config)
    if zone is not None:
        Calendar(zone)  # refuses a name that is no zone
    check_access(kafka, "worker")
    reach = run_on(kafka, ledger_reach(kafka))
    name = zone or reach.zone.name
    for line in reach_lines(reach, name):
        typer.echo(line)
    if not yes:
        typer.confirm(f"rebuild the ledger with the days of {name}?", abort=True, err=True)
    run_on(kafka, rebuild_ledger(kafka, name))
    records = sum(one.records for one in reach.inputs)
    typer.echo(
        f"the ledger is empty and has the days of {name}; start the workers: they read "
        f"{records:,} records, and the scores are complete when rapport_lag_records is 0"
    )


def reach_lines(reach: "LedgerReach", zone: str) -> list[str]:
    """Return what the ledger has, how far the inputs reach, and what is lost."""
    from rapport.domain.calendar import dated

    lines = [f"the ledger has no pages; its days are those of {reach.zone.name}"]
    if reach.first_day is not None and reach.last_day is not None:
        first, last = dated(reach.first_day), dated(reach.last_day)
        counts = f"{reach.pages:,} pages of {reach.clients:,} clients"
        lines = [f"the ledger has {counts}, {first} to {last}, in the days of {reach.zone.name}"]
    lines += [f"  {_input_line(one)}" for one in reach.inputs]
    deleted = [one.topic for one in reach.inputs if one.deleted]
    if deleted:
        lines.append(
            f"the ledger loses what only the deleted records of {', '.join(deleted)} said, unless "
            "they are published again"
        )
    if zone != reach.zone.name:
        lines.append(f"the days of {reach.zone.name} become those of {zone}")
    return lines


def _input_line(one: "InputReach") -> str:
    since = "" if one.first_written is None else f" since {one.first_written:%Y-%m-%d %H:%M} UTC"
    deleted = f"{one.deleted:,} earlier ones are deleted" if one.deleted else "none is deleted"
    return f"{one.topic}: {one.records:,} records{since}; {deleted}"
