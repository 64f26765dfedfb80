"""`rapport demo`: the whole system on this machine, with real Kafka and real purchases."""

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from rapport.devkit.demo import Demo


def demo(
    once: Annotated[bool, typer.Option("--once", help="Print the table and stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
    data: Annotated[
        Path | None, typer.Option(help="Publish the complete data sets in this directory.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="Keep the data of Kafka and the worker here.")
    ] = None,
    into: Annotated[
        str | None, typer.Option(help="Only publish the data, to the Kafka at this address.")
    ] = None,
    kafka_port: Annotated[
        int, typer.Option(help="Kafka's port; else the next free one. 0: any free one.")
    ] = 9092,
    http_port: Annotated[
        int, typer.Option(help="The port of the pages and /metrics; else the next free one.")
    ] = 9464,
    prometheus_port: Annotated[
        int, typer.Option(help="Prometheus' port; else the next free one.")
    ] = 9090,
) -> None:
    """Start Kafka and a worker, publish the bundled data, and show the fleet.

    Prometheus, if installed, runs too, with the rules and 90 days of history (not with --once).
    Ctrl-C stops everything that it started.

    Examples:  rapport demo  ·  rapport demo --once  ·  rapport demo --once --json
    """
    from rich.console import Console

    if into is not None:
        _publish(Console(stderr=True), into, data)
        return
    from rapport.devkit.demo import MADE_UP_SENTENCE, Demo, Ports

    # A shell starts background jobs with SIGINT ignored; it must stop the demo too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(stderr=True)
    ports = Ports(kafka_port, http_port, prometheus_port)
    running = Demo(console, data=data, state=state, ports=ports)
    try:
        with running:
            fleet = running.fleet()
            if as_json:
                typer.echo(json.dumps(fleet, indent=2))
            else:
                _show(fleet)
            console.print(MADE_UP_SENTENCE)
            if not once:
                _show_prometheus(console, running)
                _show_addresses(console, running)
                console.print("running; Ctrl-C stops everything")
                running.wait()
    except KeyboardInterrupt:
        console.print("stopped")


def _publish(console: "Console", bootstrap: str, data: Path | None) -> None:
    from rich.progress import Progress

    from rapport.devkit.publish import publish_demo

    with Progress(console=console) as progress:
        count = publish_demo(progress, bootstrap, data)
    typer.echo(f"{count} events published to {bootstrap}")


def _show_prometheus(console: "Console", running: "Demo") -> None:
    from rapport.devkit.prometheus import HOW_TO_GET, prometheus_installed

    if not prometheus_installed():
        console.print(HOW_TO_GET)
        return
    running.with_prometheus()
    console.print(f"Prometheus, with the rules and 90 days of history: {running.prometheus_url}")


def _show_addresses(console: "Console", running: "Demo") -> None:
    from rapport.devkit.demo import USER

    lines = (
        f"pages    {running.url}/   metrics {running.url}/metrics   JSON {running.url}/clients",
        f"record   on a client's page, as user {USER} with password {running.password}",
        f"Kafka    {running.kafka}",
        "commands in another terminal find this demo when they only read; to publish to it:",
        f"  export RAPPORT_KAFKA={running.kafka} RAPPORT_URL={running.url}",
    )
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _show(fleet: list[dict[str, Any]]) -> None:
    from rich.console import Console

    from rapport.cli.terminal.fleet_table import FleetTable
    from rapport.language.codes import DEFAULT
    from rapport.language.language import find_language

    Console().print(FleetTable(fleet, find_language(DEFAULT)))
