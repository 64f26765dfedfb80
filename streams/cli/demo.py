"""`rapport demo`: the whole thing on this machine, on real Kafka and real data."""

import json
import signal
from pathlib import Path
from typing import Annotated, Any

import typer


def demo(
    once: Annotated[bool, typer.Option("--once", help="Print the table and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The table as JSON.")] = False,
    data: Annotated[
        Path | None, typer.Option(help="A directory with the whole data sets, to publish them all.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="Keep Kafka's and the worker's data here.")
    ] = None,
    http_port: Annotated[int, typer.Option(help="Where /metrics listens; 0 for a free one.")] = 0,
) -> None:
    """Start Kafka and a worker, publish the bundled real data, and show the fleet.

    Runs until Ctrl-C, which stops everything that it started.

    Examples:  rapport demo  ·  rapport demo --once  ·  rapport demo --once --json
    """
    from rich.console import Console

    from rapport.streams.shell.demo import JOINED_SENTENCE, Demo

    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
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
                console.print("running; Ctrl-C stops Kafka and the worker")
                running.wait()
    except KeyboardInterrupt:
        console.print("stopped")


def _show(fleet: list[dict[str, Any]]) -> None:
    from rich.console import Console

    from rapport.streams.shell.fleet_table import FleetTable

    Console().print(FleetTable(fleet))
