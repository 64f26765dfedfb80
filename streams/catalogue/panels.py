"""The dashboards' panels: title, unit, query, description (and legend)."""

from typing import Final

from rapport.streams.catalogue import metrics as m
from rapport.streams.catalogue import relation_metrics as r

NAMED: Final = f"* on (client) group_left (name) {m.CLIENT_INFO.series}"
PANELS: Final = (
    (
        "Outside purchases, observed",
        "short",
        f"{m.PURCHASES_OBSERVED.series} {NAMED}",
        "IT bought outside IT in the last 4 weeks and this one.",
    ),
    (
        "Outside purchases, expected",
        "short",
        f"{m.PURCHASES_EXPECTED.series} {NAMED}",
        "What the client's own past and the season lead one to expect.",
    ),
    (
        "Trust",
        "percentunit",
        f"{m.TRUST.series} {NAMED}",
        "Trust as the client shows it; absent while evidence is insufficient.",
    ),
    (
        "Engagement",
        "percentunit",
        f"{m.ENGAGEMENT.series} {NAMED}",
        "Recency, frequency, breadth, response and strategy of contact.",
    ),
    (
        "Confidence of trust",
        "percentunit",
        f"{m.TRUST_CONFIDENCE.series} {NAMED}",
        "How much evidence the trust score rests on.",
    ),
    (
        "Outside spend, 28 days",
        "short",
        f'{m.STANDING_SPEND.series}{{standing="outside"}} {NAMED}',
        "In whole units of the currency; do not alert on sums.",
    ),
)
RELATION: Final = (
    (
        "Maturity",
        "short",
        f"{r.MATURITY_INDEX.series} {NAMED}",
        "1 IT supplier, 2 partner, 3 innovative anticipator, and the share of what is next.",
    ),
    (
        "Perception gap",
        "percentunit",
        f"{r.PERCEPTION.series} {NAMED}",
        "Above 0 IT thinks better of itself than the other side does.",
    ),
    (
        "Knowledge of the client",
        "percentunit",
        f"{r.KNOWLEDGE.series} {NAMED}",
        "Plan, goals, mission, business strategy and pain points: known and fresh.",
    ),
    (
        "Taking everyone along",
        "percentunit",
        f"{r.ALONG.series} {NAMED}",
        "Which roles of IT take part, and with one message.",
    ),
    (
        "Divergence",
        "percentunit",
        f"{r.DIVERGENCE.series} {NAMED}",
        "Green tickets while outside purchases rise; trust while nobody answers.",
    ),
    (
        "Impact",
        "short",
        f"sum by (client) ({r.IMPACT.series}) {NAMED}",
        "Contacts times the gaps to the targets: what to do first.",
    ),
)
PIPELINE: Final = (
    (
        "Events per second",
        "ops",
        f"sum by (outcome) (rate({m.EVENTS.series}[5m]))",
        "What became of the events.",
        "{{outcome}}",
    ),
    (
        "Age of the newest event",
        "s",
        f"time() - {m.LAST_EVENT.series}",
        "How fresh each source is.",
        "{{source}}",
    ),
    (
        "Dead letters",
        "short",
        f"sum by (reason) (increase({m.DEAD_LETTERS.series}[1h]))",
        "Events that were not taken, in an hour.",
        "{{reason}}",
    ),
    (
        "Records that wait",
        "short",
        f"sum by (source) ({m.LAG.series})",
        "How far the worker is behind.",
        "{{source}}",
    ),
)
