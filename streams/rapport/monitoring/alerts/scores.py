"""Alerts on what the scores show: a fall against the client's own past, a gap, a contradiction."""

from typing import Final

from rapport.monitoring.alerts.alert import Alert, Case, Runbook, Slot, Text, confident, per_client
from rapport.monitoring.alerts.cases import (
    CLIENT_LABELS,
    client_series,
    fires,
    plain_series,
    with_near_misses,
)
from rapport.monitoring.metrics import feeds, relation, scores
from rapport.monitoring.metrics.model import Metric


def _fall(name: str, score: str, metric: Metric, now: float, median: float) -> Case:
    return fires(
        name,
        (relation.SCORE_FALLING, f'score="{score}"', 1),
        (metric, "", now),
        (relation.SCORE_PAST, f'score="{score}"', median),
        (relation.SCORE_CONFIDENCE, f'score="{score}"', 0.5),
        now=f"{100 * now:.0f}",
        past=f"{100 * median:.0f}",
        confidence="50",
    )


def _falling(score: str) -> str:
    return per_client(
        f'{relation.SCORE_FALLING}{{score="{score}"}} == 1 and {confident(score, 0.5)}'
    )


def _fall_slots(score: str, metric: Metric) -> dict[str, Slot]:
    return {
        "now": Slot(metric, "%.0f", "100 *"),
        "past": Slot(relation.SCORE_PAST, "%.0f", "100 *", f'score="{score}"'),
        "confidence": Slot(relation.SCORE_CONFIDENCE, "%.0f", "100 *", f'score="{score}"'),
    }


_TRUST_FALLS: Final = _fall(
    "trust that fell and is certain fires", "trust", scores.TRUST, 0.544, 0.71
)
TRUST_FALLING: Final = Alert(
    name="RapportTrustFalling",
    expr=_falling("trust"),
    keep_firing_for="1d",
    severity="warning",
    depends_on=("tickets", "surveys", "relationship"),
    summary=Text(
        en="{name} trusts IT less than it did", nl="{name} vertrouwt IT minder dan voorheen"
    ),
    description=Text(
        en=(
            "Trust of {name} is {now} of 100; over its last 13 weeks it was {past}. Confidence: {confidence} %. It was that low at "
            "the close of a week and still is."
        ),
        nl=(
            "Het vertrouwen van {name} is {now} van 100; over de laatste 13 weken was het {past}. Zekerheid: {confidence} %. Het was "
            "zo laag aan het eind van een week en is dat nog."
        ),
    ),
    slots=_fall_slots("trust", scores.TRUST),
    runbook=Runbook(
        meaning=(
            "Trust is at least 10 points (the policy's `compare.fall`) below the median of the client's own last 13 weeks, at two "
            "observations in a row. It ends after two observations above half of that distance. With too little evidence it never fires."
        ),
        check="`rapport explain CLIENT --since 90d` names the tickets, answers and promises behind every lost point.",
        act="Remove the cause that lost most points, tell the client so, and record the promise and whether it was kept.",
    ),
    cases=with_near_misses(
        _TRUST_FALLS,
        ("trust that does not fall stays silent", relation.SCORE_FALLING, 0),
        ("a fall of minutes stays silent", relation.SCORE_FALLING, "1x3 0x200"),
        ("a fall on too little evidence stays silent", relation.SCORE_CONFIDENCE, 0.49),
    ),
)
_FADES: Final = _fall("engagement that fades fires", "engagement", scores.ENGAGEMENT, 0.31, 0.52)
ENGAGEMENT_FADING: Final = Alert(
    name="RapportEngagementFading",
    expr=_falling("engagement"),
    keep_firing_for="1d",
    depends_on=("tickets", "surveys", "relationship"),
    summary=Text(
        en="{name} and IT meet less than they did",
        nl="{name} en IT spreken elkaar minder dan voorheen",
    ),
    description=Text(
        en=(
            "Engagement of {name} is {now} of 100; over its last 13 weeks it was {past}. {confidence} % of what it is made of is "
            "known."
        ),
        nl=(
            "De betrokkenheid van {name} is {now} van 100; over de laatste 13 weken was zij {past}. {confidence} % van wat erin "
            "meetelt, is bekend."
        ),
    ),
    slots=_fall_slots("engagement", scores.ENGAGEMENT),
    runbook=Runbook(
        meaning=(
            "Recency, frequency, breadth, response or strategic talk fell: engagement is at least 10 points (`compare.fall`) below "
            "the median of the client's own last 13 weeks, at two observations in a row."
        ),
        check="The client's dashboard shows which component fell, and which roles of IT no longer meet the client.",
        act="Let the role that is missing most make an appointment, about the client's plans and not about tickets.",
    ),
    cases=with_near_misses(
        _FADES,
        ("engagement that holds stays silent", relation.SCORE_FALLING, 0),
        ("engagement of which half is not known stays silent", relation.SCORE_CONFIDENCE, 0.49),
    ),
)
_DIVERGES: Final = fires(
    "green tickets while spend outside rises fires",
    (relation.DIVERGENCE_ALERT, "", 1),
    (relation.DIVERGENCE, "", 0.62),
    (relation.SCORE_CONFIDENCE, 'score="divergence"', 0.5),
    strength="62",
)
DIVERGENCE: Final = Alert(
    name="RapportSignsContradict",
    expr=per_client(f"{relation.DIVERGENCE_ALERT} == 1 and {confident('divergence', 0.5)}"),
    keep_firing_for="1d",
    severity="warning",
    depends_on=("tickets", "surveys", "procurement"),
    summary=Text(
        en="{name} looks content, and turns away", nl="{name} lijkt tevreden en keert zich af"
    ),
    description=Text(
        en=(
            "The signs of {name} contradict each other, by {strength} of 100: tickets are green while purchases outside IT rise, or "
            "trust is high while nobody answers."
        ),
        nl=(
            "De tekenen van {name} spreken elkaar tegen, voor {strength} van 100: de tickets staan op groen terwijl aankopen buiten "
            "IT om toenemen, of het vertrouwen is hoog terwijl niemand antwoordt."
        ),
    ),
    slots={"strength": Slot(relation.DIVERGENCE, "%.0f", "100 *")},
    runbook=Runbook(
        meaning=(
            "The strongest warning there is: who complains still expects something. A client whose tickets are well served while it "
            "buys elsewhere has stopped asking."
        ),
        check="`rapport explain CLIENT` says which two signs contradict each other, and from what they are made.",
        act="Do not show the green figures. Ask what the client needs that it no longer asks IT for.",
    ),
    cases=with_near_misses(
        _DIVERGES,
        ("a contradiction that is too weak stays silent", relation.DIVERGENCE_ALERT, 0),
        ("one of too few tickets stays silent", relation.SCORE_CONFIDENCE, 0.49),
    ),
)
_OVERRATES: Final = fires(
    "IT that overrates itself fires",
    (relation.OVERRATES, "", 1),
    (relation.PERCEPTION, "", 0.35),
    (relation.PERCEPTION_PROBABILITY, "", 0.967),
    (relation.SCORE_CONFIDENCE, 'score="perception"', 0.5),
    at="30h",
    gap="35",
    chance="97",
)
PERCEPTION_GAP: Final = Alert(
    name="RapportITOverratesItself",
    expr=per_client(f"{relation.OVERRATES} == 1 and {confident('perception', 0.5)}"),
    for_="1d",
    keep_firing_for="1d",
    depends_on=("surveys",),
    summary=Text(
        en="IT thinks better of itself than {name} does",
        nl="IT denkt beter over zichzelf dan {name} over IT",
    ),
    description=Text(
        en=(
            "IT's own view of the relation with {name} is {gap} points of 100 above the other side's; the chance that it truly is "
            "above is {chance} %."
        ),
        nl=(
            "De eigen blik van IT op de relatie met {name} ligt {gap} van 100 punten boven die van de andere kant; de kans dat hij "
            "er werkelijk boven ligt, is {chance} %."
        ),
    ),
    slots={
        "gap": Slot(relation.PERCEPTION, "%.0f", "100 *"),
        "chance": Slot(relation.PERCEPTION_PROBABILITY, "%.0f", "100 *"),
    },
    runbook=Runbook(
        meaning=(
            "IT's answers about the relation are 15 points or more above those of an independent party (else the client), and that "
            "is no chance (95 %). Both sides gave enough answers."
        ),
        check="The client's dashboard has the gap; `rapport explain CLIENT` which questions it comes from.",
        act="Show IT's team the client's own answers, and ask the client for the one thing that it would change.",
    ),
    cases=with_near_misses(
        _OVERRATES,
        ("a gap that may be chance stays silent", relation.OVERRATES, 0),
        ("a gap on answers that are too few stays silent", relation.SCORE_CONFIDENCE, 0.49),
    ),
)
_STALE: Final = Case(
    name="a facet past its validity fires",
    series=(
        *client_series(
            (relation.FACET_STALE, 'facet="goals"', 1),
            (relation.FACET_STALE, 'facet="mission"', 0),
            (relation.KNOWLEDGE, "", 0.44),
        ),
        *plain_series((feeds.SOURCE_STATE, 'source="relationship",state="broken"', 0)),
    ),
    at="30h",
    labels=CLIENT_LABELS,
    slot_texts={"facets": "1", "knowledge": "44"},
)
KNOWLEDGE_STALE: Final = Alert(
    name="RapportKnowledgeStale",
    expr=per_client(
        f"sum by (client) ({relation.FACET_STALE}) > 0 "
        f'unless on () {feeds.SOURCE_STATE}{{source="relationship",state="broken"}} == 1'
    ),
    for_="1d",
    depends_on=("relationship",),
    summary=Text(
        en="What IT knows of {name} is out of date", nl="Wat IT van {name} weet, is verouderd"
    ),
    description=Text(
        en=(
            "{facets} of the 5 facets that IT knows of {name} (plan, goals, mission, business strategy, pain points) are past their "
            "validity; knowledge is {knowledge} of 100."
        ),
        nl=(
            "{facets} van de 5 facetten die IT van {name} kent (plan, doelen, missie, bedrijfsstrategie, pijnpunten) zijn over hun "
            "geldigheid heen; de kennis is {knowledge} van 100."
        ),
    ),
    slots={"facets": Slot(), "knowledge": Slot(relation.KNOWLEDGE, "%.0f", "100 *")},
    runbook=Runbook(
        meaning="A facet of the client's profile was known once and was not confirmed within its validity, by the policy.",
        check="`/clients/CLIENT` lists the facets, when each was learned and for how long it holds.",
        act="Ask the client itself, in the next talk, and record what it said as `profile-updated`, also when nothing changed.",
    ),
    cases=with_near_misses(
        _STALE,
        (
            "a facet that is confirmed within a day stays silent",
            relation.FACET_STALE,
            "1x20 0x200",
            "goals",
        ),
        ("a feed that is broken silences it", feeds.SOURCE_STATE, 1),
    ),
)
