"""Scores of the demo's clients by the formulas before decisions 219 to 221 and by today's, a table.

`python tests/system/histories/formula_changes.py [YYYY-MM-DD]`. Trust before: of each source the
decayed sums of all evidence, for and against, scaled down to the cap; known where uncertainty is at
most 0.5. Engagement before: without what a silence costs.
"""

import sys
from collections import Counter
from datetime import UTC, date, datetime

from rapport.devkit.data import demo_data
from rapport.domain.clients.registry import Client, Directory
from rapport.domain.events.decoder import decode_event
from rapport.domain.ledger.decay import UNIT, growth
from rapport.domain.ledger.fact_codec import cached_fact
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.ledger.page import RETRACTED, Page
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.engagement import SILENCE, engagement
from rapport.domain.scoring.trust import trust
from rapport.domain.signals.finder import SignalNames
from rapport.runtime.policy_file import load_policy
from rapport.runtime.vocabulary_file import load_vocabulary
from rapport_schemas.wire.envelope import write_binary

EPOCH = date(1970, 1, 1)
KNOWN_BEFORE = 0.5
HEADING = """\
| client | trust before | trust | u before | u | evidence | engagement before | engagement |
| --- | --- | --- | --- | --- | --- | --- | --- |"""


def demo_clients(today: date) -> dict[str, ClientMeasures]:
    registered, events = demo_data(today)
    directory = Directory()
    for one in registered:
        directory.register(Client(one.client, one.name, one.owner, tuple(one.aliases)))
    find, pages, clients = SignalNames(load_vocabulary(None)), {}, {}
    for event in events:
        _, _, value, headers = write_binary(
            event.data, event_id=event.id, source="urn:bench", time=event.at
        )
        name, page_day, posting, *_ = decode_event(value, headers, find)
        client = directory.resolve(name)
        if client is None:
            continue
        changes = []
        page = pages.setdefault((client, page_day), Page())
        page.join(posting[0], posting[1:], changes)
        for entries, times in changes:
            for _, day, fact in entries:
                if fact != RETRACTED:
                    clients.setdefault(client, ClientMeasures()).add(day, cached_fact(fact), times)
    return clients


def before(client: ClientMeasures, compiled: CompiledPolicy, day: int) -> tuple[float, float]:
    """Return trust and its uncertainty by the rule before."""
    sums, caps = Counter(), {}
    for measure, days in client.amounts.items():
        for weight in compiled.rule(measure).evidence:
            source = weight.source
            if source.name in {kept.name for kept in compiled.trust.sources["client"].values()}:
                weights = growth(source.half_life_days)
                aged = sum(n * weights[at] for at, n in days.items() if at <= day) // weights[day]
                sums[source.name, True] += weight.positive * aged / UNIT
                sums[source.name, False] += weight.negative * aged / UNIT
                caps[source.name] = source.cap / UNIT
    r = s = 0.0
    for name, cap in caps.items():
        total = sums[name, True] + sums[name, False]
        share = min(1, cap / total) if total else 0
        r, s = r + share * sums[name, True], s + share * sums[name, False]
    prior = compiled.trust.prior / UNIT
    base = compiled.trust.base / compiled.trust.base_denominator
    return (r + base * prior) / (r + s + prior), prior / (r + s + prior)


def main() -> None:
    today = date.fromisoformat(sys.argv[1]) if sys.argv[1:] else datetime.now(UTC).date()
    compiled, day = CompiledPolicy(load_policy(None)), (today - EPOCH).days
    print(HEADING)
    for name, client in sorted(demo_clients(today).items()):
        value, doubt = before(client, compiled, day)
        sums = client.sums_at(compiled, day)
        score, contact = trust(sums, compiled.trust), engagement(sums, compiled.engagement)
        lost = sum(part.points for part in contact.parts if part.component == SILENCE)
        cells = (
            name,
            points(value if doubt <= KNOWN_BEFORE else None),
            points(score.shown),
            f"{doubt:.2f}",
            f"{1 - score.confidence:.2f}",
            score.evidence.level.key + (", mostly old" if score.evidence.mostly_old else ""),
            points(contact.shown and contact.shown - contact.ratio(lost)),
            points(contact.shown),
        )
        print("| " + " | ".join(cells) + " |")


def points(ratio: float | None) -> str:
    return "not known" if ratio is None else f"{ratio * 100:.1f}"


if __name__ == "__main__":
    sys.exit(main())
