"""Samples of series for promtool: phases with a value, and phases in which a series is absent."""

from collections.abc import Iterable
from typing import Any, Final

DAY: Final = 24 * 6
"""The samples of a day, at a sample each ten minutes."""
Series = tuple[str, str]
"""A series and its values, in promtool's notation."""
Phase = tuple[int, float | None]
"""For how many samples a series has a value, or is absent."""


def shown(*phases: Phase) -> str:
    """Return promtool's values of the phases, one after the other.

    >>> shown((3, 30), (2, None), (4, 20))
    '30x2 stale _x1 20x3'
    """
    parts: list[str] = []
    for samples, value in phases:
        if value is not None:
            parts.append(f"{value}x{samples - 1}")
        elif not parts:
            parts.append(f"_x{samples}")
        else:
            parts += ["stale", f"_x{samples - 1}"] if samples > 1 else ["stale"]
    return " ".join(parts)


def series(metric: str, *phases: Phase, job: str = "rapport", **labels: str) -> Series:
    """Return a series with its values."""
    return written(metric, shown(*phases), job=job, **labels)


def written(metric: str, values: str, *, job: str = "rapport", **labels: str) -> Series:
    """Return a series with its values as promtool writes them.

    >>> written("rapport_x_total", "0+1x5", reason="invalid")
    ('rapport_x_total{job="rapport",reason="invalid"}', '0+1x5')
    """
    every = ",".join(f'{name}="{value}"' for name, value in {"job": job, **labels}.items())
    return f"{metric}{{{every}}}", values


def info(
    *phases: Phase, client: str = "finance", owner: str = "team-finance", **labels: str
) -> Series:
    """Return whether a worker shows a client."""
    return series("rapport_client_info", *phases, client=client, name=client, owner=owner, **labels)


def points(*phases: Phase, client: str = "finance", **labels: str) -> Series:
    """Return the points of a client's concern about low trust."""
    concern = "trust_low"
    return series(
        "rapport_client_concern_points", *phases, client=client, concern=concern, **labels
    )


def clients(*phases: Phase, **labels: str) -> Series:
    """Return the number of registered clients."""
    return series("rapport_clients", *phases, **labels)


def case(
    name: str,
    given: Iterable[Series],
    *,
    fires: Iterable[int],
    quiet: Iterable[int] = (),
    alert: str = "RapportTrustLow",
    since: int | None = None,
    labels: str = "",
    step: int = 1,
) -> dict[str, Any]:
    """Return a test: the samples at which the alert fires and those at which it is quiet.

    `since` is the sample at which it began, whenever it fires; `step` the minutes between samples.
    """
    firing = f'count(ALERTS{{alertname="{alert}",alertstate="firing"{labels}}}) or vector(0)'
    began = f'max(ALERTS_FOR_STATE{{alertname="{alert}"{labels}}}) / {60 * step}'
    asked = [(at, firing, 1) for at in fires] + [(at, firing, 0) for at in quiet]
    asked += [] if since is None else [(at, began, since) for at in fires]
    return {
        "name": f"{alert}: {name}",
        "interval": f"{step}m",
        "input_series": [{"series": one, "values": values} for one, values in given],
        "promql_expr_test": [_asked(expr, at * step, value) for at, expr, value in sorted(asked)],
    }


def recorded(
    name: str,
    query: str,
    given: Iterable[Series],
    values: Iterable[tuple[int, float]],
    *,
    step: int = 5,
) -> dict[str, Any]:
    """Return a test of what recording rules record: the answers to a query at some samples."""
    return {
        "name": f"RapportTrustLow: {name}",
        "interval": f"{step}m",
        "input_series": [{"series": one, "values": written} for one, written in given],
        "promql_expr_test": [_asked(query, at * step, value) for at, value in values],
    }


def _asked(expr: str, minute: int, value: float) -> dict[str, Any]:
    samples = [{"value": value, "labels": "{}"}]
    return {"expr": expr, "eval_time": f"{minute}m", "exp_samples": samples}


def shown_by(
    *phases: Phase,
    total: int = 1,
    instance: str = "a",
    job: str = "rapport",
    client: str = "finance",
    owner: str = "team-finance",
) -> tuple[Series, ...]:
    """Return the series of one worker, which shows the client with a concern, or is away."""
    where = {"instance": instance, "job": job}
    there = [(samples, None if value is None else 1) for samples, value in phases]
    registered = [(samples, None if value is None else total) for samples, value in phases]
    return (
        info(*there, client=client, owner=owner, **where),
        points(*phases, client=client, **where),
        clients(*registered, **where),
    )


def restarted_daily(days: int) -> list[Phase]:
    """Return the phases of a worker that is away for ten minutes once a day."""
    return [phase for _ in range(days) for phase in ((DAY - 1, 30.0), (1, None))]
