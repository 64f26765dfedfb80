"""`rapport dead-letters`: list, show, replay and discard rejected events."""

import json
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from rapport.cli.options import Bootstrap, KafkaConfig, checked_kafka_to_write, kafka_to_read

if TYPE_CHECKING:
    from rapport.admin.dead_letter import DeadLetterFilter, DeadLetterRecord
    from rapport.admin.dead_letter_store import DeadLetterStore, HandledCounts
    from rapport.kafka.connection import Kafka

INTERRUPTED = 130
SOME_BLOCKED = 3
app = typer.Typer(
    help="List the events that were rejected; replay them, or discard them.",
    no_args_is_help=True,
    epilog="Examples:  rapport dead-letters list --reason unknown-client --since 2d"
    "  ·  rapport dead-letters show 0:17  ·  rapport dead-letters replay --reason unknown-client",
)


def _known_reason(reason: str | None) -> str | None:
    from rapport_schemas.wire.rejection import REASONS

    if reason is not None and reason not in REASONS:
        raise typer.BadParameter(f"{reason!r} is not one of {', '.join(REASONS)}.")
    return reason


Reason = Annotated[
    str | None,
    typer.Option(callback=_known_reason, help="Only dead letters with this reason."),
]
Source = Annotated[str | None, typer.Option(help="Only dead letters of this CloudEvents source.")]
Since = Annotated[
    str | None,
    typer.Option(help="Written at this time or later: 2026-03-02, or 90m, 12h, 3d, 2w ago."),
]
Until = Annotated[str | None, typer.Option(help="Written before this time; same forms as --since.")]
Positions = Annotated[
    list[str] | None,
    typer.Argument(help="PARTITION:OFFSET, as `list` shows it.", metavar="POSITION"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Everything = Annotated[bool, typer.Option("--all", help="Every dead letter that is open.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print what would be done, and do nothing.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]


@app.command("list")
def list_dead_letters(
    reason: Reason = None,
    source: Source = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[
        int, typer.Option(help="Show at most this many, the newest.", min=1, max=100_000)
    ] = 50,
    count: Annotated[
        bool, typer.Option("--count", help="Print only the number by reason.")
    ] = False,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
    as_json: AsJson = False,
) -> None:
    """List the dead letters that are neither replayed nor discarded, the newest last.

    Examples:  rapport dead-letters list --since 12h  ·  … list --count  ·  … list --json
    """
    from rich.console import Console

    from rapport.cli.terminal.dead_letter_table import count_table, dead_letter_table
    from rapport.kafka.topic_reader import run_on

    selected = _filter(reason, source, since, until)
    kafka = kafka_to_read(bootstrap, kafka_config)
    counts, newest = run_on(kafka, _unhandled(_opened(kafka), selected, limit))
    if as_json:
        shown = dict(counts.most_common()) if count else [one.as_json() for one in newest]
        typer.echo(json.dumps(shown, indent=2))
        return
    Console().print(count_table(counts) if count else dead_letter_table(newest))
    if not count and counts.total() > len(newest):
        typer.echo(
            f"{counts.total() - len(newest)} older ones are not shown; see --limit", err=True
        )


@app.command()
def show(
    position: Annotated[str, typer.Argument(help="PARTITION:OFFSET, as `list` shows it.")],
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
) -> None:
    """Show one dead letter in full: reason, origin, headers and value.

    Example:  rapport dead-letters show 0:17
    """
    from rapport.admin.dead_letter import RecordPosition
    from rapport.cli.terminal.dead_letter_table import dead_letter_text
    from rapport.kafka.topic_reader import run_on

    at = RecordPosition.parse(position)
    kafka = kafka_to_read(bootstrap, kafka_config)
    typer.echo(dead_letter_text(*run_on(kafka, _opened(kafka).find(at))))


@app.command()
def replay(
    positions: Positions = None,
    reason: Reason = None,
    source: Source = None,
    since: Since = None,
    until: Until = None,
    everything: Everything = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
) -> None:
    """Send dead letters back to their original topics, once the cause is fixed.

    It can be interrupted and repeated at any time: an event that arrives twice counts once. Exit
    codes: 0 all were replayed, 3 some cannot be (not stored in full), 130 interrupted.

    Examples:  rapport dead-letters replay --reason unknown-client  ·  … replay 0:17 0:18 --yes
    """
    selected = _chosen(positions, reason, source, since, until, everything)
    handle_dead_letters(
        checked_kafka_to_write(bootstrap, kafka_config), selected, "replayed", dry_run, yes
    )


@app.command()
def discard(
    positions: Positions = None,
    reason: Reason = None,
    source: Source = None,
    since: Since = None,
    until: Until = None,
    everything: Everything = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
) -> None:
    """Mark dead letters as done without replaying them; Kafka deletes them when they expire.

    Examples:  rapport dead-letters discard --reason foreign-type  ·  … discard 0:17
    """
    selected = _chosen(positions, reason, source, since, until, everything)
    handle_dead_letters(
        checked_kafka_to_write(bootstrap, kafka_config), selected, "discarded", dry_run, yes
    )


def _filter(
    reason: str | None, source: str | None, since: str | None, until: str | None, *positions: str
) -> "DeadLetterFilter":
    from rapport.admin.dead_letter import DeadLetterFilter, RecordPosition, parse_time

    now = datetime.now(UTC)
    first = None if since is None else parse_time(since, now)
    end = None if until is None else parse_time(until, now)
    return DeadLetterFilter(
        reason, source, first, end, frozenset(map(RecordPosition.parse, positions))
    )


def _chosen(
    positions: list[str] | None,
    reason: str | None,
    source: str | None,
    since: str | None,
    until: str | None,
    everything: bool,
) -> "DeadLetterFilter":
    has_condition = bool(positions or reason or source or since or until)
    if has_condition == everything:
        raise typer.BadParameter(
            "select dead letters by position, --reason, --source, --since or --until; or give --all"
        )
    return _filter(reason, source, since, until, *(positions or ()))


async def _unhandled(
    store: "DeadLetterStore", selected: "DeadLetterFilter", limit: int
) -> "tuple[Counter[str], deque[DeadLetterRecord]]":
    counts: Counter[str] = Counter()
    newest: deque[DeadLetterRecord] = deque(maxlen=limit)
    async for dead_letter in store.unhandled(selected):
        counts[dead_letter.why.reason] += 1
        newest.append(dead_letter)
    return counts, newest


def _opened(kafka: "Kafka") -> "DeadLetterStore":
    from rapport.admin.dead_letter_store import DeadLetterStore
    from rapport.kafka.topic_reader import run_on

    return run_on(kafka, DeadLetterStore.opened(kafka))


def handle_dead_letters(
    kafka: "Kafka", selected: "DeadLetterFilter", outcome: str, dry_run: bool, yes: bool
) -> None:
    """Replay or discard dead letters with a progress bar; exits with 3 when some are blocked."""
    from rapport.admin.dead_letter_store import HandledCounts
    from rapport.kafka.access import check_access
    from rapport.kafka.topic_reader import run_on

    check_access(kafka, "dead-letters")
    store = _opened(kafka)
    counts, _ = run_on(kafka, _unhandled(store, selected, 1))
    what = ", ".join(f"{count} {reason}" for reason, count in counts.most_common()) or "none"
    if dry_run:
        typer.echo(f"would be {outcome}: {what}")
        return
    if counts and not yes:
        typer.confirm(f"{what}: shall they be {outcome}?", abort=True, err=True)
    handled = HandledCounts()
    try:
        with _progress(outcome, counts.total()) as progress:
            run_on(kafka, store.handle(selected, outcome, handled, progress))
    except KeyboardInterrupt:
        typer.echo(f"interrupted: {handled.done} {outcome}; run it again to continue", err=True)
        raise typer.Exit(INTERRUPTED) from None
    _report(handled, outcome)


@contextmanager
def _progress(outcome: str, total: int) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(outcome, total=total)
        yield lambda count: bar.advance(task, count)


def _report(handled: "HandledCounts", outcome: str) -> None:
    typer.echo(f"{handled.done} {outcome}")
    for reason, count in handled.blocked.items():
        typer.echo(f"{count} not replayed: {reason}", err=True)
    if handled.blocked:
        raise typer.Exit(SOME_BLOCKED)
