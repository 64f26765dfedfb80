"""`rapport demo`: the whole thing on this machine, on real Kafka and real data."""

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from rapport.devkit.demo import Demo


def demo(
    once: Annotated[bool, typer.Option("--once", help="Print the table and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The table as JSON.")] = False,
    data: Annotated[
        Path | None, typer.Option(help="A directory with the whole data sets, to publish them all.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="Keep Kafka's and the worker's data here.")
    ] = None,
    into: Annotated[
        str | None,
        typer.Option(help="Only publish the data, to a Kafka that runs at this address."),
    ] = None,
    http_port: Annotated[int, typer.Option(help="Where /metrics listens; 0 for a free one.")] = 0,
) -> None:
    """Start Kafka and a worker, publish the bundled data, and show the fleet.

    Where Prometheus is installed it runs too, with the rules and 90 days of history (not with
    --once). Runs until Ctrl-C, which stops everything that it started.

    Examples:  rapport demo  ·  rapport demo --once  ·  rapport demo --once --json
    """
    from rich.console import Console

    if into is not None:
        _publish(Console(stderr=True), into, data)
        return
    from rapport.devkit.demo import JOINED_SENTENCE, Demo

    # What a shell runs in the background begins with SIGINT ignored; it must end this too.
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
    from rapport.devkit.prometheus import HOW_TO_GET, prometheus_is_here

    if not prometheus_is_here():
        console.print(HOW_TO_GET)
        return
    running.with_prometheus()
    console.print(f"Prometheus, with the rules and 90 days of history: {running.prometheus_url}")


def _show(fleet: list[dict[str, Any]]) -> None:
    from rich.console import Console

    from rapport.cli.terminal.fleet_table import FleetTable

    Console().print(FleetTable(fleet))
