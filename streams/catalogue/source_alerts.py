"""Alerts on what the scores rest on: a feed that is broken, a policy that is refused."""

from typing import Final

from rapport.streams.catalogue import metrics as m
from rapport.streams.catalogue.alert import Alert, Case, Runbook
from rapport.streams.catalogue.metric import Metric


def _feed(state: str, silence: int, usual: int) -> tuple[tuple[str, str], ...]:
    return (
        (
            f'{m.SOURCE_STATE.series}{{source="tickets",state="broken"}}',
            f"{int(state == 'broken')}x180",
        ),
        (f'{m.SOURCE_SILENCE.series}{{source="tickets"}}', f"{silence * 86400}x180"),
        (f'{m.SOURCE_USUAL_SILENCE.series}{{source="tickets"}}', f"{usual * 86400}x180"),
    )


def _asked(metric: Metric) -> str:
    query = f'printf "{metric.series}{{source=\\"%s\\"}}" $labels.source'
    return (
        f"{{{{ with {query} | query }}}}{{{{ . | first | value | humanizeDuration }}}}{{{{ end }}}}"
    )


SOURCE_BROKEN: Final = Alert(
    name="RapportSourceBroken",
    expr=f'max by (source) ({m.SOURCE_STATE.series}{{state="broken"}}) == 1',
    hold="1h",
    keep="15m",
    severity="warning",
    kind="pipeline",
    summary="Nothing comes from {{ $labels.source }}",
    description=(
        "{{ $labels.source }} is silent for "
        + _asked(m.SOURCE_SILENCE)
        + "; its own rhythm explains "
        + _asked(m.SOURCE_USUAL_SILENCE)
        + ". The scores that read it say so, and their confidence is lower."
    ),
    runbook=Runbook(
        meaning=(
            "No client has an event from this source, for longer than its own weekends, holidays "
            "and gaps of the past explain. It is the feed that fails, and not the clients that rest."
        ),
        check=(
            "Does the publisher run, and what does its log say? Do its events go to the dead "
            "letters? Did the source itself stop for a while, by a holiday that it never had before?"
        ),
        act=(
            "Mend the feed, and publish what was missed with its own times: late events count as if "
            "they had come in time."
        ),
        who="Operations, with the team of the source.",
    ),
    cases=(
        Case(
            name="a source that is silent beyond its rhythm fires, with both numbers",
            series=_feed("broken", 6, 3),
            at="2h",
            fires=True,
            labels=(("source", "tickets"),),
            summary="Nothing comes from tickets",
            description=(
                "tickets is silent for 6d 0h 0m 0s; its own rhythm explains 3d 0h 0m 0s. The scores that read "
                "it say so, and their confidence is lower."
            ),
        ),
        Case(
            name="a weekend stays silent",
            series=_feed("flowing", 3, 3),
            at="2h",
            fires=False,
        ),
    ),
)
POLICY_REFUSED: Final = Alert(
    name="RapportPolicyRefused",
    expr=f"{m.POLICY_REFUSED.series} > 0",
    hold="5m",
    keep="0m",
    severity="warning",
    kind="pipeline",
    summary="The policy on disk is not the one in force",
    description="A worker refuses its policy file and goes on with the one before it.",
    runbook=Runbook(
        meaning="The policy file was changed into one that is not allowed, or cannot be read.",
        check="`rapport policy check FILE` gives the place and what is allowed; so does `/status`.",
        act="Mend the file; it is read again within seconds, and nothing needs a restart.",
        who="Whoever changed the policy.",
    ),
    cases=(
        Case(
            name="a refused policy fires",
            series=((f'{m.POLICY_REFUSED.series}{{instance="a"}}', "1700000000x60"),),
            at="10m",
            fires=True,
            labels=(("instance", "a"),),
            summary="The policy on disk is not the one in force",
            description="A worker refuses its policy file and goes on with the one before it.",
        ),
        Case(
            name="a policy in force stays silent",
            series=((f'{m.POLICY_REFUSED.series}{{instance="a"}}', "0x60"),),
            at="10m",
            fires=False,
        ),
        Case(
            name="a file that is mended at once stays silent",
            series=((f'{m.POLICY_REFUSED.series}{{instance="a"}}', "1700000000x3 0x60"),),
            at="10m",
            fires=False,
        ),
    ),
)
