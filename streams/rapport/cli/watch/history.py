"""`rapport history`: writes the scores of past days for Prometheus."""

import json
from pathlib import Path
from typing import Annotated

import typer

from rapport.cli.options import Bootstrap, KafkaConfig, kafka_to_read


def history(
    output: Annotated[
        Path | None, typer.Option(help="Write OpenMetrics with timestamps to this file.")
    ] = None,
    to_prometheus: Annotated[
        Path | None, typer.Option(help="Make blocks in Prometheus' data directory, with promtool.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=4000, help="The number of past days.")] = 90,
    every: Annotated[int, typer.Option(min=1, max=7, help="One point every so many days.")] = 1,
    instance: Annotated[
        str,
        typer.Option(
            help="The worker's instance label in Prometheus, so that its series continue."
        ),
    ] = "127.0.0.1:9464",
    job: Annotated[str, typer.Option(help="The worker's job label in Prometheus.")] = "rapport",
    policy: Annotated[
        Path | None, typer.Option(help="A policy file instead of the built-in one.")
    ] = None,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Evaluate past days from the ledger in Kafka, and write them as time series.

    Each day is computed from the facts that the ledger has now. A day is one point: start
    Prometheus with --query.lookback-delta=25h, and with a retention that covers the days.

    Examples:  rapport history --output past.om  ·  rapport history --to-prometheus DIR --days 365
    """
    from rich.console import Console
    from rich.progress import Progress

    from rapport.admin.backfill import collect_history, last_days, read_calendar
    from rapport.admin.openmetrics_file import write_history
    from rapport.runtime.policy_file import load_policy

    if output is None and to_prometheus is None:
        raise typer.BadParameter(
            "nothing to write to; give --output FILE, --to-prometheus DIR, or both"
        )
    kafka = kafka_to_read(bootstrap, kafka_config)
    calendar = read_calendar(kafka)
    past_days = last_days(days, every, calendar)
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("days", total=len(past_days))
        file = collect_history(
            kafka,
            load_policy(policy),
            past_days,
            calendar,
            {"job": job, "instance": instance},
            lambda: progress.advance(task),
        )
    count = write_history(file, output, to_prometheus)
    if as_json:
        written = {
            "samples": count,
            "days": len(past_days),
            "output": output and str(output),
            "to_prometheus": to_prometheus and str(to_prometheus),
        }
        typer.echo(json.dumps(written, indent=2))
        return
    typer.echo(f"{count} samples of {len(past_days)} days: {output or to_prometheus}")
