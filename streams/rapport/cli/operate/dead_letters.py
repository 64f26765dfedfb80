"""`rapport dead-letters`: what could not be taken; look at it, send it again, or let it go."""

import json
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from rapport.cli.options import Bootstrap, KafkaConfig, kafka_entered

if TYPE_CHECKING:
    from rapport.admin.dead_letter import DeadLetterFilter, DeadLetterRecord
    from rapport.admin.dead_letter_store import DeadLetterStore, Handled
    from rapport.kafka.connection import Kafka

INTERRUPTED = 130
SOME_KEPT = 3
app = typer.Typer(
    help="Look at the events that could not be taken; send them again, or let them go.",
    no_args_is_help=True,
    epilog="Examples:  rapport dead-letters list --reason unknown-client --since 2d"
    "  ·  rapport dead-letters show 0:17  ·  rapport dead-letters replay --reason unknown-client",
)
Reason = Annotated[str | None, typer.Option(help="Only those with this reason.")]
Source = Annotated[str | None, typer.Option(help="Only those of this CloudEvents source.")]
Since = Annotated[
    str | None, typer.Option(help="Set aside then or later: 2026-03-02, or 90m, 12h, 3d, 2w ago.")
]
Until = Annotated[str | None, typer.Option(help="Set aside before then; written as --since.")]
Places = Annotated[list[str] | None, typer.Argument(help="PARTITION:OFFSET, as list shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Everything = Annotated[bool, typer.Option("--all", help="Every letter that is open.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command("list")
def list_letters(
    reason: Reason = None,
    source: Source = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(help="The newest so many.", min=1, max=100_000)] = 50,
    count: Annotated[bool, typer.Option("--count", help="Only how many, by reason.")] = False,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
    as_json: AsJson = False,
) -> None:
    """List the letters that are neither replayed nor discarded, the newest last.

    Examples:  rapport dead-letters list --since 12h  ·  … list --count  ·  … list --json
    """
    from rich.console import Console

    from rapport.cli.terminal.dead_letter_table import count_table, dead_letter_table
    from rapport.kafka.topic_reader import run_on

    kafka, wanted = kafka_entered(bootstrap, kafka_config), _wanted(reason, source, since, until)
    counts, newest = run_on(kafka, _found(_opened(kafka), wanted, limit))
    if as_json:
        shown = dict(counts.most_common()) if count else [letter.as_json() for letter in newest]
        typer.echo(json.dumps(shown, indent=2))
        return
    Console().print(count_table(counts) if count else dead_letter_table(newest))
    if not count and counts.total() > len(newest):
        typer.echo(
            f"{counts.total() - len(newest)} older ones are not shown; see --limit", err=True
        )


@app.command()
def show(
    place: Annotated[str, typer.Argument(help="PARTITION:OFFSET, as list shows it.")],
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
) -> None:
    """Show one letter whole: why, where it came from, its headers and its value.

    Example:  rapport dead-letters show 0:17
    """
    from rapport.admin.dead_letter import RecordPosition
    from rapport.cli.terminal.dead_letter_table import dead_letter_text
    from rapport.kafka.topic_reader import run_on

    kafka, at = kafka_entered(bootstrap, kafka_config), RecordPosition.parse(place)
    typer.echo(dead_letter_text(*run_on(kafka, _opened(kafka).find(at))))


@app.command()
def replay(
    places: Places = None,
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
    """Send letters back to the topics they came from, and mark them; do it after the fix.

    It may be interrupted and run again at any time: what arrives twice counts once. Exit codes: 0
    all were replayed, 3 some cannot be (they were not kept whole), 130 interrupted.

    Examples:  rapport dead-letters replay --reason unknown-client  ·  … replay 0:17 0:18 --yes
    """
    wanted = _chosen(places, reason, source, since, until, everything)
    handle(kafka_entered(bootstrap, kafka_config), wanted, "replayed", dry_run, yes)


@app.command()
def discard(
    places: Places = None,
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
    """Mark letters as done without replaying them; Kafka keeps them until it expires them.

    Examples:  rapport dead-letters discard --reason foreign-type  ·  … discard 0:17
    """
    wanted = _chosen(places, reason, source, since, until, everything)
    handle(kafka_entered(bootstrap, kafka_config), wanted, "discarded", dry_run, yes)


def _wanted(
    reason: str | None, source: str | None, since: str | None, until: str | None, *places: str
) -> "DeadLetterFilter":
    from rapport.admin.dead_letter import DeadLetterFilter, RecordPosition, moment

    now = datetime.now(UTC)
    first = None if since is None else moment(since, now)
    following = None if until is None else moment(until, now)
    return DeadLetterFilter(
        reason, source, first, following, frozenset(map(RecordPosition.parse, places))
    )


def _chosen(
    places: list[str] | None,
    reason: str | None,
    source: str | None,
    since: str | None,
    until: str | None,
    everything: bool,
) -> "DeadLetterFilter":
    given = bool(places or reason or source or since or until)
    if given == everything:
        raise typer.BadParameter("say which letters: places, --reason, --source, a time, or --all")
    return _wanted(reason, source, since, until, *(places or ()))


async def _found(
    box: "DeadLetterStore", wanted: "DeadLetterFilter", limit: int
) -> "tuple[Counter[str], deque[DeadLetterRecord]]":
    counts: Counter[str] = Counter()
    newest: deque[DeadLetterRecord] = deque(maxlen=limit)
    async for letter in box.letters(wanted):
        counts[letter.why.reason] += 1
        newest.append(letter)
    return counts, newest


def _opened(kafka: "Kafka") -> "DeadLetterStore":
    from rapport.admin.dead_letter_store import DeadLetterStore
    from rapport.kafka.topic_reader import run_on

    return run_on(kafka, DeadLetterStore.opened(kafka))


def handle(
    kafka: "Kafka", wanted: "DeadLetterFilter", outcome: str, dry_run: bool, yes: bool
) -> None:
    """Replay or discard letters, with progress; ends with an exit code when some are left."""
    from rapport.admin.dead_letter_store import Handled
    from rapport.kafka.access import check_access
    from rapport.kafka.topic_reader import run_on

    check_access(kafka, "letters")
    box = _opened(kafka)
    counts, _ = run_on(kafka, _found(box, wanted, 1))
    what = ", ".join(f"{count} {reason}" for reason, count in counts.most_common()) or "none"
    if dry_run:
        typer.echo(f"would be {outcome}: {what}")
        return
    if counts and not yes:
        typer.confirm(f"{what}: shall they be {outcome}?", abort=True, err=True)
    handled = Handled()
    try:
        with _progress(outcome, counts.total()) as progress:
            run_on(kafka, box.handle(wanted, outcome, handled, progress))
    except KeyboardInterrupt:
        typer.echo(f"interrupted: {handled.done} {outcome}; run it again to go on", err=True)
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


def _report(handled: "Handled", outcome: str) -> None:
    typer.echo(f"{handled.done} {outcome}")
    for obstacle, count in handled.kept.items():
        typer.echo(f"{count} left: {obstacle}", err=True)
    if handled.kept:
        raise typer.Exit(SOME_KEPT)
