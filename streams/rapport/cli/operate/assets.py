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
_VALUE: Final = re.compile(r'[^"\\{}\s]+')
_JOBS: Final = re.compile(r"[\w/-]+(\|[\w/-]+)*")
"""Names of jobs, one of which it is."""
_NAMESPACE: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_KUBERNETES: Final = re.compile(r"([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?")
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
            metavar="<name>", help="The workers' job in Prometheus; of several installations a|b."
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
    installation = Installation(
        keep=tuple(_checked(name, _NAME, "the name of a label") for name in keep or ()),
        select=_pairs(select or (), _NAME, _VALUE),
        worker_job=_checked(worker_job, _JOBS, "the name of a job"),
        intake_job=_checked(intake_job, _JOBS, "the name of a job"),
        runbook_url=checked_address(runbook_url) or RUNBOOK_URL,
        grafana_url=checked_address(grafana_url),
        pages_url=checked_address(pages_url) or PAGES_URL,
    )
    cluster = _cluster(namespace, object_label or ()) if kubernetes else None
    files = {output / path: text for path, text in render_assets(installation, cluster).items()}
    _write(files, force=force)
    typer.echo(json.dumps([*map(str, files)], indent=2) if as_json else "\n".join(map(str, files)))


def _cluster(namespace: str | None, labels: Iterable[str]) -> "Cluster":
    from rapport.monitoring.operator import Cluster

    if namespace:
        _checked(namespace, _NAMESPACE, "the name of a namespace")
    return Cluster(namespace or "", _pairs(labels, _KUBERNETES, _KUBERNETES))


def _pairs(texts: Iterable[str], name: re.Pattern[str], value: re.Pattern[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        before, equals, after = text.partition("=")
        if not equals or not name.fullmatch(before) or not value.fullmatch(after):
            raise typer.BadParameter(f"{text!r} is no label with its value, such as cluster=north")
        pairs[before] = after
    return pairs


def _checked(text: str, allowed: re.Pattern[str], what: str) -> str:
    if not allowed.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is not {what}")
    return text


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
