"""`rapport demo`: the whole system on this machine, with real Kafka and real data."""

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
    http_port: Annotated[int, typer.Option(help="The port of /metrics; 0 finds a free one.")] = 0,
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
    from rapport.devkit.demo import JOINED_SENTENCE, Demo

    # A shell starts background jobs with SIGINT ignored; it must stop the demo too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(stderr=True)
    running = Demo(console, data=data, state=state, http_port=http_port)
    try:
        with running:
            fleet = running.fleet()
            if as_json:
                typer.echo(json.dumps(fleet, indent=2))
            else:
                _show(fleet)
            console.print(JOINED_SENTENCE)
            console.print(f"pages: {running.url}/   metrics: {running.url}/metrics")
            console.print(f"as JSON: {running.url}/clients")
            if not once:
                _show_prometheus(console, running)
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


def _show(fleet: list[dict[str, Any]]) -> None:
    from rich.console import Console

    from rapport.cli.terminal.fleet_table import FleetTable

    Console().print(FleetTable(fleet))
