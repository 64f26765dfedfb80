"""`rapport assets`: writes rules, dashboards, templates and examples from the installed package."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from rapport.cli.options import checked_address
from rapport_schemas.wire.errors import RapportError

if TYPE_CHECKING:
    from rapport.monitoring.operator import Cluster

_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
TEXT_CHARACTERS_MAX: Final = 200
"""How long the name of a job or the value of a label may be."""
LABELS_MAX: Final = 10
_NAMESPACE: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_OBJECT_VALUE: Final = re.compile(r"[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?", re.ASCII)
_OBJECT_LABEL: Final = re.compile(
    rf"([a-z0-9]([a-z0-9.-]{{0,251}}[a-z0-9])?/)?{_OBJECT_VALUE.pattern}", re.ASCII
)
Names = list[str] | None


def assets(
    output: Annotated[Path, typer.Option(help="The directory; it is made if need be.")],
    select: Annotated[
        Names,
        typer.Option(
            metavar="<label=value>",
            help="Only series with this label belong to the installation; may be given again.",
        ),
    ] = None,
    keep: Annotated[
        Names,
        typer.Option(
            metavar="<label>",
            help="A label that tells installations in one Prometheus apart, beside job; may be "
            "given again.",
        ),
    ] = None,
    worker_job: Annotated[
        str,
        typer.Option(
            metavar="<name>",
            help="The workers' job in Prometheus, as it is; of several installations 'a|b'.",
        ),
    ] = "rapport",
    intake_job: Annotated[
        str, typer.Option(metavar="<name>", help="The intakes' job in Prometheus.")
    ] = "rapport-intake",
    runbook_url: Annotated[
        str | None, typer.Option(metavar="<url>", help="Where the runbook is, for links.")
    ] = None,
    grafana_url: Annotated[
        str | None, typer.Option(metavar="<url>", help="Grafana's address, for links in alerts.")
    ] = None,
    pages_url: Annotated[
        str | None,
        typer.Option(
            metavar="<url>",
            help="The address of the worker's pages, for links in alerts and dashboards.",
        ),
    ] = None,
    kubernetes: Annotated[
        bool,
        typer.Option(
            "--kubernetes",
            help="Also objects for the Prometheus Operator and Grafana's sidecar.",
        ),
    ] = False,
    namespace: Annotated[
        str | None, typer.Option(metavar="<name>", help="With --kubernetes: their namespace.")
    ] = None,
    object_label: Annotated[
        Names,
        typer.Option(
            metavar="<name=value>",
            help="With --kubernetes: a label by which the Operator selects rules and monitors.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that were changed since.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the paths as JSON.")] = False,
) -> None:
    """Write what runs beside the worker: rules, their tests, dashboards, Alertmanager's files.

    A file that is there with other content is not replaced without --force, and then nothing is
    written.

    Examples:  rapport assets --output monitoring  ·  rapport assets --output monitoring --force
      ·  rapport assets --output monitoring --keep cluster --grafana-url https://grafana.example.org
      ·  rapport assets --output monitoring --kubernetes --object-label release=prometheus
    """
    from rapport.monitoring.assets import Installation, render_assets
    from rapport.monitoring.rules.options import PAGES_URL, RUNBOOK_URL

    if not kubernetes and (namespace or object_label):
        raise typer.BadParameter("--namespace and --object-label go with --kubernetes")
    workers, intakes = _jobs(worker_job, "--worker-job"), _jobs(intake_job, "--intake-job")
    if both := sorted(workers & intakes):
        raise typer.BadParameter(
            f"--worker-job and --intake-job both say {both[0]!r}; Prometheus has to scrape the "
            "intakes under another job than the workers"
        )
    installation = Installation(
        keep=tuple(_label(name, "--keep") for name in keep or ()),
        select=_selected(select or ()),
        worker_job=worker_job,
        intake_job=intake_job,
        runbook_url=checked_address(runbook_url) or RUNBOOK_URL,
        grafana_url=checked_address(grafana_url),
        pages_url=checked_address(pages_url) or PAGES_URL,
    )
    if len(installation.rules.kept) > LABELS_MAX:
        raise typer.BadParameter(f"at most {LABELS_MAX - 1} labels beside job can be kept")
    cluster = _cluster(namespace, object_label or ()) if kubernetes else None
    files = {output / path: text for path, text in render_assets(installation, cluster).items()}
    _write(files, force=force)
    typer.echo(json.dumps([*map(str, files)], indent=2) if as_json else "\n".join(map(str, files)))


def _label(name: str, option: str) -> str:
    """Return the name of a label; refuses what is none, or what Rapport uses itself."""
    from rapport.monitoring.reserved import refusal

    if not _NAME.fullmatch(name):
        raise typer.BadParameter(f"{option}: {name!r} is not the name of a label, such as cluster")
    if reason := refusal(name):
        raise typer.BadParameter(f"{option} {name}: {reason}")
    return name


def _selected(texts: Iterable[str]) -> dict[str, str]:
    """Return label -> value; refuses a label that is there twice."""
    selected: dict[str, str] = {}
    for text in texts:
        name, _, value = text.partition("=")
        if not _is_text(value):
            raise typer.BadParameter(
                f"--select: {text!r} is no label with its value, such as cluster=north"
            )
        if _label(name, "--select") in selected:
            raise typer.BadParameter(f"--select: {name} is there twice; a series has one value")
        selected[name] = value
    return selected


def _jobs(text: str, option: str) -> set[str]:
    """Return the names of a job; refuses one that is empty, or has what cannot be printed."""
    names = text.split("|")
    for name in names:
        if not _is_text(name):
            raise typer.BadParameter(
                f"{option}: {name!r} in {text!r} is not the name of a job; of several jobs, write "
                "the names with | between them"
            )
    return set(names)


def _is_text(text: str) -> bool:
    return 0 < len(text) <= TEXT_CHARACTERS_MAX and text.isprintable() and text == text.strip()


def _cluster(namespace: str | None, labels: Iterable[str]) -> "Cluster":
    from rapport.monitoring.operator import Cluster

    if namespace and not _NAMESPACE.fullmatch(namespace):
        raise typer.BadParameter(f"{namespace!r} is not the name of a namespace")
    pairs = {}
    for text in labels:
        name, _, value = text.partition("=")
        if not _OBJECT_LABEL.fullmatch(name) or not _OBJECT_VALUE.fullmatch(value):
            raise typer.BadParameter(
                f"--object-label: {text!r} is no label with its value, such as release=prometheus"
            )
        pairs[name] = value
    return Cluster(namespace or "", pairs)


def _write(files: dict[Path, str], *, force: bool) -> None:
    """Write the files, or nothing when one was changed; raises `RapportError` then."""
    differing = [path for path, text in files.items() if path.exists() and _text(path) != text]
    if differing and not force:
        raise RapportError(
            f"{', '.join(map(str, differing))} were changed; nothing is written. --force replaces "
            "them, another --output keeps them"
        )
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
