"""`rapport broker`: the embedded Kafka for laptops, demos and tests."""

import json
import signal
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    help="Start or stop the embedded Kafka broker, or show its status.",
    no_args_is_help=True,
    epilog="Examples:  rapport broker start --port 9092  ·  rapport broker status --json",
)
DataDir = Annotated[Path, typer.Option(help="The data directory; one broker per directory.")]
DEFAULT_DIR = Path(".rapport/kafka")


@app.command()
def start(
    data_dir: DataDir = DEFAULT_DIR,
    port: Annotated[
        int, typer.Option(help="The port; 0 finds a free one.", min=0, max=65535)
    ] = 9092,
    detach: Annotated[bool, typer.Option("--detach", help="Return, and leave it running.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the address as JSON.")] = False,
) -> None:
    """Start a real Kafka broker on loopback, and stop it with Ctrl-C.

    Example:  rapport broker start --port 0 --detach --json
    """
    from rich.console import Console
    from rich.progress import Progress

    from rapport.devkit.kafka.broker import Broker
    from rapport.devkit.kafka.jars import locked_jars

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("jars", total=len(locked_jars()))
        broker = Broker(data_dir, port, detached=detach, on_jar=lambda: progress.advance(task))
        broker.start()
    _report({"bootstrap": broker.bootstrap, "pid": broker.pid, "log": str(broker.log)}, as_json)
    if detach:
        return
    try:
        signal.pause()
    except KeyboardInterrupt:
        typer.echo("stopping", err=True)
    finally:
        broker.stop()


@app.command()
def stop(data_dir: DataDir = DEFAULT_DIR) -> None:
    """Stop the broker of a data directory.

    Example:  rapport broker stop --data-dir .rapport/kafka
    """
    from rapport.devkit.kafka.broker import stop as stop_broker

    typer.echo("stopped" if stop_broker(data_dir) else f"no broker runs on {data_dir}")


@app.command()
def status(
    data_dir: DataDir = DEFAULT_DIR,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print whether a broker runs on a data directory, and its address; exit code 1 if none.

    Example:  rapport broker status --json
    """
    from rapport.devkit.kafka.broker import status as broker_status

    state = broker_status(data_dir)
    _report(state or {"bootstrap": None, "pid": None}, as_json)
    if state is None:
        raise typer.Exit(1)


@app.command(hidden=True)
def lock(kafka: str = "4.4.0", slf4j: str = "2.0.17") -> None:
    """Resolve the broker's jars and write the lock file (for maintainers; needs the network)."""
    from rapport.devkit.kafka.jars import LOCK_FILE, default_cache, resolve_lock

    resolve_lock(default_cache(), kafka, slf4j).save(LOCK_FILE)
    typer.echo(f"written: {LOCK_FILE}")


def _report(state: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(state))
    elif state["bootstrap"] is None:
        typer.echo("not running")
    else:
        typer.echo("\n".join(f"{name}: {value}" for name, value in state.items()))
