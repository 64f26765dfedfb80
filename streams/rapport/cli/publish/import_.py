"""`rapport import`: publishes the rows of an export, or proposes a mapping for it."""

import json
import signal
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from rapport.cli.options import Bootstrap, KafkaConfig, kafka_to_write
from rapport.cli.publish.mappings import guess_mapping, list_presets, show_preset
from rapport_schemas.wire.errors import RapportError

if TYPE_CHECKING:
    from rich.console import Console

    from rapport.importers.run import Job
    from rapport.importers.summary import Summary

SOME_REJECTED, IN_USE, INTERRUPTED = 3, 4, 130


class Kind(StrEnum):
    """What a file holds."""

    TICKETS = "tickets"
    PURCHASES = "purchases"
    SURVEYS = "surveys"
    TOUCHPOINTS = "touchpoints"
    SIGNALS = "signals"
    PROFILES = "profiles"
    PROMISES = "promises"
    PROPOSALS = "proposals"
    CLIENTS = "clients"


class LineBreaks(StrEnum):
    """Where the line breaks inside quotes of a CSV file belong."""

    CELLS = "cells"
    ROWS = "rows"


class DateOrder(StrEnum):
    """Which of day and month comes first."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


class DueMidnight(StrEnum):
    """What a due time of 00:00 is."""

    DAY = "day"
    TIME = "time"


class Decimal(StrEnum):
    """The decimal mark of amounts."""

    COMMA = "comma"
    POINT = "point"


MARKS: Final[dict[Decimal, Literal[".", ","]]] = {Decimal.COMMA: ",", Decimal.POINT: "."}


def _known_zone(name: str | None) -> str | None:
    from rapport.importers.mapping.dates.options import unknown_zone

    reason = None if name is None else unknown_zone(name)
    if reason is not None:
        raise typer.BadParameter(reason)
    return name


def _known_day(text: str | None) -> str | None:
    from rapport.importers.run import LAST

    try:
        if text not in (None, LAST):
            date.fromisoformat(str(text))
    except ValueError:
        raise typer.BadParameter(f"{text} is neither a date such as 2026-03-02 nor last") from None
    return text


def import_(  # a command's options are its parameters
    *,
    kind: Annotated[Kind | None, typer.Argument(help="What the file holds.")] = None,
    file: Annotated[
        Path | None, typer.Argument(exists=True, help="CSV, XLSX, ODS or JSON; packed too.")
    ] = None,
    mapping: Annotated[
        str | None, typer.Option("--mapping", "-m", help="A preset's name, or a TOML file.")
    ] = None,
    guess: Annotated[
        Path | None,
        typer.Option(exists=True, help="Propose a mapping for this file; publish nothing."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="With --guess or --show: write the mapping to a new file.")
    ] = None,
    show: Annotated[
        str | None, typer.Option(help="Print a preset's mapping, to change it.")
    ] = None,
    show_list: Annotated[
        bool, typer.Option("--list", help="List the presets and the columns that each needs.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be published; publish nothing.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            help="Skip rows before this date; `last`: before the end of the last import.",
            callback=_known_day,
        ),
    ] = None,
    cancel_missing: Annotated[
        bool, typer.Option("--cancel-missing", help="Retract rows that the file no longer has.")
    ] = False,
    fewer_columns: Annotated[
        bool,
        typer.Option(
            "--fewer-columns", help="The file is right without columns that it had before."
        ),
    ] = False,
    source: Annotated[
        str | None, typer.Option(help="The CloudEvents source; default: that of the mapping.")
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(
            help="The time zone of times without one, such as Europe/Amsterdam.",
            callback=_known_zone,
        ),
    ] = None,
    date_order: Annotated[
        DateOrder | None,
        typer.Option("--date-order", help="Which of day and month comes first in dates."),
    ] = None,
    due_midnight: Annotated[
        DueMidnight | None,
        typer.Option("--due-midnight", help="Whether a due time of 00:00 is a day, or the time."),
    ] = None,
    decimal: Annotated[
        Decimal | None,
        typer.Option(help="The decimal mark of amounts; default: the one that the file shows."),
    ] = None,
    currency: Annotated[
        str | None, typer.Option(help="The currency of amounts, such as EUR.")
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option(help="The sheet of a workbook, or the key of a list in a JSON document."),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="The encoding of a text file, such as mac_roman or cp1251.")
    ] = None,
    line_breaks: Annotated[
        LineBreaks | None,
        typer.Option(
            "--line-breaks", help="Whether a line break inside quotes is in a cell or ends a row."
        ),
    ] = None,
    part: Annotated[
        str | None,
        typer.Option(help="A fixed name for the file, when its name changes with each export."),
    ] = None,
    rejected: Annotated[
        Path | None, typer.Option(help="The file for rejected rows; default: FILE.rejected.csv.")
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(help="The directory of the journals; default: the user's state directory."),
    ] = None,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Publish the rows of an export of tickets, purchases or survey answers.

    Importing a file twice changes nothing; a corrected file changes only the corrected rows.

    Examples:  rapport import tickets incidents.csv -m servicenow
    ·  rapport import purchases spend.xlsx -m uk-council-spend --dry-run
    ·  rapport import --guess export.csv --output my.toml  ·  rapport import --list
    ·  rapport import --show servicenow --output my.toml

    Exit codes:  0 everything was published  ·  1 an error, with what was published before it
    ·  2 wrong arguments  ·  3 some rows were rejected or not read, a value has two readings, or
    a withdrawal was refused  ·  4 another import of this source runs
    ·  130 interrupted; run it again, it completes
    """
    from rapport.importers.run import Job, default_state, with_options
    from rapport.kafka.config_file import read_kafka_config

    if show_list:
        list_presets(as_json)
    elif show is not None:
        show_preset(show, output)
    elif guess is not None:
        if cancel_missing or since is not None:
            option = "--cancel-missing" if cancel_missing else "--since"
            raise typer.BadParameter(f"{option} has no use with --guess, which publishes nothing")
        guess_mapping(guess, None if kind is None else kind.value, output, zone, as_json)
    else:
        path, checked = _checked(kind, file, mapping)
        job = Job(
            file=path,
            mapping=with_options(
                checked,
                source=source,
                zone=zone,
                date_order=None if date_order is None else date_order.value,
                due_midnight=None if due_midnight is None else due_midnight.value,
                sheet=sheet,
                encoding=encoding,
                line_breaks=None if line_breaks is None else line_breaks.value,
                decimal=None if decimal is None else MARKS[decimal],
                currency=currency,
            ),
            kafka=(read_kafka_config if dry_run else kafka_to_write)(bootstrap, kafka_config),
            state=state or default_state(),
            part=part or path.name,
            rejected=rejected,
            since=since,
            cancel_missing=cancel_missing,
            dry_run=dry_run,
            fewer_columns=fewer_columns,
        )
        _run(job, as_json)


def _checked(kind: Kind | None, file: Path | None, name: str | None) -> tuple[Path, Any]:
    from rapport.importers.errors import UnknownMapping
    from rapport.importers.mapping.presets import find_mapping, preset, preset_names

    if kind is None or file is None:
        raise typer.BadParameter(
            "give a kind and a file: `rapport import tickets FILE --mapping servicenow`; "
            "--list shows the presets, --guess FILE proposes a mapping"
        )
    if name is None:
        presets = [one for one in preset_names() if preset(one).kind == kind]
        raise typer.BadParameter(
            f"--mapping is missing; presets for {kind}: {', '.join(presets)}; "
            f"or `rapport import --guess {file}` proposes one"
        )
    try:
        mapping = find_mapping(name)
    except UnknownMapping as error:
        raise typer.BadParameter(str(error)) from error
    if mapping.kind != kind:
        raise typer.BadParameter(f"the mapping {name} reads {mapping.kind}, not {kind}")
    return file, mapping


def _run(job: "Job", as_json: bool) -> None:
    from rich.console import Console

    from rapport.cli.terminal.preview_table import preview_table
    from rapport.importers.errors import RefusedFile, SourceInUse
    from rapport.importers.inference.preview import preview
    from rapport.importers.inspection.inspect import inspect, settled
    from rapport.importers.summary import Summary

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(stderr=True)
    summary = Summary(str(job.file), job.mapping.source)
    if job.dry_run and not as_json:
        summary.inspection = inspection = inspect(job.file, job.mapping)
        if not inspection.doubts:
            mapping = settled(job.mapping, inspection)
            console.print(preview_table(preview(job.file, mapping)))
    try:
        _run_with_progress(job, summary, console)
    except (SourceInUse, RefusedFile) as error:
        if as_json and isinstance(error, RefusedFile):
            _report(summary, job.dry_run, as_json)
        console.print(f"rapport: {error}", style="red", markup=False, highlight=False)
        raise typer.Exit(IN_USE if isinstance(error, SourceInUse) else SOME_REJECTED) from None
    except RapportError:
        if summary.read:
            _report(summary, job.dry_run, as_json)
        raise
    except KeyboardInterrupt:
        _report(summary, job.dry_run, as_json)
        console.print("interrupted; run the same import again, it completes")
        raise typer.Exit(INTERRUPTED) from None
    _report(summary, job.dry_run, as_json)
    complete = summary.is_complete and not summary.not_withdrawn
    raise typer.Exit(0 if complete else SOME_REJECTED)


def _run_with_progress(job: "Job", summary: "Summary", console: "Console") -> None:
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from rapport.importers.run import run_job

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
    shown = Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    )
    with shown as progress:
        task = progress.add_task(job.file.name, total=None)
        run_job(
            job,
            summary,
            lambda done, total, _: progress.update(task, completed=done, total=total),
            is_main_thread=True,
        )


def _report(summary: "Summary", dry_run: bool, as_json: bool) -> None:
    from rapport.importers.summary import report_lines

    if as_json:
        typer.echo(json.dumps({**summary.as_json(), "dry_run": dry_run}, indent=2))
    else:
        typer.echo("\n".join(report_lines(summary, dry_run=dry_run)))
