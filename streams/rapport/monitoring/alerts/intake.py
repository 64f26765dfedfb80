"""Alerts on the HTTP intake: a process that does not answer, and one without Kafka."""

from typing import Final

from rapport.monitoring.alerts.alert import Case, PipelineAlert
from rapport.monitoring.alerts.cases import plain_series, with_near_misses
from rapport.monitoring.alerts.worker import UP
from rapport.monitoring.metrics import intake as i

_DOWN: Final = Case(
    name="an intake that does not answer fires, and its worker is no intake",
    series=plain_series(
        (UP, 'job="rapport-intake",instance="a"', 0),
        (UP, 'job="rapport-intake",instance="b"', 1),
        (UP, 'job="rapport",instance="c"', 0),
    ),
    at="10m",
    labels=(("job", "rapport-intake"), ("instance", "a")),
)
INTAKE_DOWN: Final = PipelineAlert(
    name="RapportIntakeDown",
    # A process that is down has no series of its own. Without a job of this name nothing fires.
    expr=f'max by (instance) ({UP}{{job="rapport-intake"}}) == 0',
    severity="critical",
    by=("instance",),
    of_intake=True,
    cases=with_near_misses(
        _DOWN,
        ("an intake that restarts stays silent", UP, "0x3 1x60", 'instance="a"'),
    ),
)
_NOT_READY: Final = Case(
    name="an intake without Kafka fires",
    series=plain_series(
        (i.READY, 'job="rapport-intake",instance="a"', 0),
        (i.READY, 'job="rapport-intake",instance="b"', 1),
    ),
    at="10m",
    labels=(("job", "rapport-intake"), ("instance", "a")),
)
INTAKE_NOT_READY: Final = PipelineAlert(
    name="RapportIntakeNotReady",
    expr=f"max by (instance) ({i.READY}) == 0",
    severity="critical",
    by=("instance",),
    of_intake=True,
    cases=with_near_misses(
        _NOT_READY,
        ("an intake that is away for minutes stays silent", i.READY, "0x3 1x60", 'instance="a"'),
    ),
)
