"""Each concern in words: a sentence with the client's own figures, and a next step."""

from dataclasses import replace
from gettext import NullTranslations
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.concerns.kinds import KINDS, NEWS, STATES
from rapport.domain.concerns.verdict import Concern
from rapport.domain.scoring.changeable import CHANGEABLE
from rapport.language.concerns import (
    NAME_CHARACTERS_MAX,
    SENTENCE_CHARACTERS_MAX,
    describe_concern,
    describe_shared_concern,
)
from rapport.language.language import find_language

EN, NL = find_language("en"), find_language("nl")
DAY = 20_760
KIND_NAMES = {kind.name for kind in (*KINDS, *NEWS)}
NAMES = {"permits": "Permits"}
TALKS = {"told": 1, "in_text": 2}
FALL = {"now": 0.435, "past": 0.62}
TRUST = {"trust": 0.435, "probability": 0.996}


def concern(kind, subject="", **figures):
    return Concern(
        kind=kind,
        since=DAY,
        sureness=1.0,
        figures=figures,
        subject=subject,
    )


WINDOW = {"since_day": DAY - 27, "until_day": DAY}


def rising(observed=7, expected=0.99, probability=0.00208, suppliers=("acme", "zebra", "yoyo")):
    return concern(
        "outside_purchases_rising",
        observed=observed,
        expected=expected,
        probability=probability,
        suppliers=suppliers,
        **WINDOW,
    )


WORDED = [
    (
        rising(),
        (
            "7 purchases outside IT in the 4 weeks to 3 Nov; about 1 is normal. Very unusual"
            " (1 in 480)."
        ),
        (
            "Ask what IT did not offer; start with the 3 suppliers with the highest spend (acme,"
            " zebra and yoyo). Agree who handles the next purchase."
        ),
        (
            "7 aankopen buiten IT om in de 4 weken t/m 3 nov; ongeveer 1 is normaal. Zeer"
            " ongebruikelijk (1 op 480)."
        ),
        (
            "Vraag wat IT niet bood; begin bij de 3 leveranciers met de hoogste uitgaven (acme,"
            " zebra en yoyo). Spreek af wie de volgende aankoop regelt."
        ),
    ),
    (
        concern("trust_falling", **FALL, loss="promise"),
        "Trust fell to 43.5; it was usually 62.0. Main cause: promises broken.",
        "Talk about this first: promises broken. Promise one thing, with a date.",
        None,
        None,
    ),
    (
        # IT cannot change what it overheard, so the cause is told and is no step.
        concern("trust_falling", **FALL, loss="signal", loss_points=-0.12),
        "Trust fell to 43.5; it was usually 62.0. Main cause: critical signals.",
        "Ask what has changed; promise one thing, with a date.",
        None,
        None,
    ),
    (
        # Answers that are good, and less good than they were, are not low.
        concern("trust_falling", **FALL, loss="survey", loss_points=0.12),
        "Trust fell to 43.5; it was usually 62.0. Main cause: survey answers.",
        "Talk about this first: survey answers. Promise one thing, with a date.",
        None,
        None,
    ),
    (
        concern("trust_low", **TRUST, mark=0.45, loss="promise"),
        "Trust is low: 43.5 of 100 (under 45). Main cause: promises broken.",
        (
            "Have the owner talk to the client's manager this week, without figures: what should be"
            " different in a month?"
        ),
        None,
        (
            "Laat de eigenaar deze week met de manager van de klant praten, zonder cijfers: wat"
            " moet er over een maand anders zijn?"
        ),
    ),
    (
        concern("trust_under_target", **TRUST, target=0.7, gain=None),
        "Trust is 43.5, 26.5 below target (70); over 99% certain.",
        "Ask the client what IT should improve first.",
        "Vertrouwen is 43,5, 26,5 onder de streefwaarde (70); meer dan 99% zeker.",
        "Vraag de klant wat IT als eerste moet verbeteren.",
    ),
    (
        concern("signs_contradict", strength=0.6, pattern="green_while_buying"),
        "Tickets look fine, but purchases outside IT are rising.",
        "Ask the client's manager why they buy elsewhere; the service desk cannot see it.",
        "De tickets zien er goed uit, maar aankopen buiten IT om nemen toe.",
        ("Vraag de manager van de klant waarom zij elders kopen; de servicedesk ziet dat niet."),
    ),
    (
        concern("signs_contradict", strength=0.6, pattern="trusted_while_silent"),
        "Trust is high, but survey invitations stay unanswered.",
        "Ask the manager in person, not by survey, why they no longer answer.",
        "Het vertrouwen is hoog, maar enquêtes blijven onbeantwoord.",
        None,
    ),
    (
        concern("stage_lost", stage=1, before=2, criterion="trust"),
        "Dropped back from partner to IT supplier. No longer met: trust.",
        "Name the criterion that was lost (trust), and who will win it back.",
        "Teruggevallen van partner naar IT-leverancier. Niet meer gehaald: vertrouwen.",
        "Benoem het criterium dat verloren ging (vertrouwen), en wie het terugwint.",
    ),
    (
        concern("heard_external_supplier", **TALKS),
        "An outside supplier was brought in (heard in 1 talk, found in 2 texts).",
        "Ask what IT should have done; offer that next time.",
        "Er is een externe leverancier ingeschakeld (in 1 gesprek gehoord, in 2 teksten gevonden).",
        "Vraag wat IT had moeten doen; bied dat de volgende keer aan.",
    ),
    (
        concern("heard_options_open", **TALKS),
        "The client keeps its options open (heard in 1 talk, found in 2 texts).",
        "Show what IT can do now, with the money and time there is; ask what will decide it.",
        None,
        None,
    ),
    (
        concern("heard_unclear_role", **TALKS),
        "It is unclear to the client what IT does (heard in 1 talk, found in 2 texts).",
        "Give them one page: what IT does, what it does not do, and whom to call.",
        None,
        "Geef hun één pagina: wat IT doet, wat niet, en wie zij kunnen bellen.",
    ),
    (
        concern("silent", "tickets", silence_days=58, usual_days=19),
        "No tickets for 58 days (usual gap: up to 19).",
        "Check the connection first; if other clients' tickets arrive, ask whom they call instead.",
        "Al 58 dagen geen tickets (normaal hooguit 19).",
        None,
    ),
    (
        concern("engagement_fading", **FALL, roles=("cio", "it_team"), silence_days=1),
        "Engagement fell to 43.5; it was usually 62.0. Last meeting 1 day ago.",
        "Arrange a meeting, and bring those who have not been there lately: CIO and IT team.",
        "Betrokkenheid gedaald naar 43,5; gebruikelijk was 62,0. Laatste gesprek 1 dag geleden.",
        "Plan een gesprek, en betrek wie er lang niet bij was: CIO en IT-team.",
    ),
    (
        concern("new_supplier", suppliers=("acme",), currency="GBP", spent_minor=1_250_000),
        "First purchases from acme: £12,500.00.",
        "Ask what acme is for; then approve it, replace it, or leave it as it is.",
        "Eerste aankopen bij acme: £\xa012.500,00.",
        "Vraag waar acme voor is; keur die leverancier goed, vervang hem, of laat het zo.",
    ),
    (
        concern("far_from_peers", observed=31, expected=7.2, probability=0.0, similar="permits"),
        "31 purchases outside IT in a year; comparable clients: about 7.2.",
        "Compare with Permits: what does IT do there that it does not do here?",
        "31 aankopen buiten IT om in een jaar; vergelijkbare klanten: ongeveer 7,2.",
        "Vergelijk met Permits: wat doet IT daar wel en hier niet?",
    ),
    (
        concern(
            "outside_spend_rising",
            currency="EUR",
            spent_minor=123_400,
            highest_minor=90_000,
            supplier="acme",
            **WINDOW,
        ),
        "€1,234.00 spent outside IT in the 4 weeks to 3 Nov; the most before was €900.00.",
        (
            "Look at the supplier with the highest spend (acme): is it a one-off, or does it come"
            " back every year?"
        ),
        None,
        "Bekijk de leverancier met de hoogste uitgaven (acme): eenmalig, of elk jaar?",
    ),
    (
        concern("overrated", gap=0.369, probability=0.97, against="independent"),
        "IT rates itself 36.9 points higher than the independent party does (97% certain).",
        "Let IT's teams read what the independent party says; discuss cases, not the figure.",
        "IT beoordeelt zichzelf 36,9 punten hoger dan de onafhankelijke partij doet (97% zeker).",
        (
            "Laat de IT-teams lezen wat de onafhankelijke partij zegt; bespreek voorbeelden, niet"
            " het cijfer."
        ),
    ),
    (
        concern("promise_overdue", overdue=1),
        "A promise is overdue.",
        "Tell the client today when it will be done, or that it will not.",
        None,
        "Zeg de klant vandaag wanneer het klaar is, of dat het niet doorgaat.",
    ),
    (
        concern("action_overdue", overdue=2),
        "2 actions are overdue.",
        "Finish it this week, agree on another day, or drop it.",
        "2 acties zijn over tijd.",
        "Rond de actie deze week af, spreek een andere dag af, of laat haar vervallen.",
    ),
    (
        concern("knowledge_stale", facets=("goals", "mission"), knowledge=0.2),
        "What IT knows is out of date: goals and mission.",
        "Ask about goals and mission at the next meeting.",
        "Wat IT weet is verouderd: doelen en missie.",
        "Vraag bij het volgende gesprek naar doelen en missie.",
    ),
    (
        concern("stage_won", stage=2, before=1),
        "Moved up from IT supplier to partner.",
        "Thank them, and say what made the difference.",
        "Van IT-leverancier naar partner.",
        "Bedank de klant, en benoem wat het verschil maakte.",
    ),
    (
        concern("trust_risen", now=0.62, past=0.435, gain="promise"),
        "Trust rose to 62.0; it was usually 43.5. Main cause: promises kept.",
        "Thank them, and say what made the difference (promises kept).",
        None,
        None,
    ),
    (
        concern("heard_raise_the_level", **TALKS),
        "The client wants a higher level of service (heard in 1 talk, found in 2 texts).",
        "An opening: arrange a talk about where they want to be in two years.",
        None,
        "Een kans: plan een gesprek over waar zij over twee jaar willen staan.",
    ),
]


@pytest.mark.parametrize(
    ("found", "english", "step", "dutch", "dutch_step"),
    WORDED,
    ids=[f"{found.kind} {found.figures.get('pattern', '')}" for found, *_ in WORDED],
)
def test_each_kind_has_a_sentence_with_its_figures_and_a_next_step(
    found, english, step, dutch, dutch_step
):
    assert describe_concern(found, NAMES, EN) == (english, step)
    sentence, next_step = describe_concern(found, NAMES, NL)
    assert sentence == dutch or dutch is None
    assert next_step == dutch_step or dutch_step is None


def test_no_kind_is_left_out_above():
    assert {found.kind for found, *_ in WORDED} == KIND_NAMES


@pytest.mark.parametrize("language", [EN, NL], ids=["en", "nl"])
def test_each_kind_and_state_has_a_short_name(language):
    for kind in KIND_NAMES:
        assert 0 < len(language.concerns[kind]) <= 50
    assert len({language.states[state] for state in STATES}) == 4


PLAIN = {
    "trust_falling": concern("trust_falling", **FALL, loss=None),
    "stage_lost": concern("stage_lost", stage=1, before=2, criterion=None),
    "engagement_fading": concern("engagement_fading", **FALL, roles=(), silence_days=None),
    "overrated": concern("overrated", gap=0.369, probability=0.97, against="client"),
    "far_from_peers": concern(
        "far_from_peers", observed=1, expected=7.2, probability=0.0, similar=None
    ),
    "outside_spend_rising": concern(
        "outside_spend_rising",
        currency="EUR",
        spent_minor=1,
        highest_minor=0,
        supplier=None,
        **WINDOW,
    ),
    "trust_risen": concern("trust_risen", **FALL, gain=None),
    "outside_purchases_rising": rising(suppliers=()),
}
"""Kinds with their other next step; most are without the figure that the first one names."""


def test_what_is_not_known_is_left_out_of_the_step():
    found = {kind: describe_concern(one, {}, EN) for kind, one in PLAIN.items()}
    assert found["trust_falling"] == (
        "Trust fell to 43.5; it was usually 62.0.",
        "Ask what has changed; promise one thing, with a date.",
    )
    assert found["engagement_fading"] == (
        "Engagement fell to 43.5; it was usually 62.0.",
        "Arrange a meeting.",
    )
    assert found["far_from_peers"][0].startswith("1 purchase outside IT in a year;")
    assert found["outside_purchases_rising"][1] == (
        "Ask what IT did not offer; agree who handles the next purchase."
    )


@pytest.mark.parametrize(
    ("probability", "rarity"),
    [
        (0.01, "Very unusual (1 in 100)."),
        (0.0101, "Unusual (1 in 99)."),
        (0.1, "Unusual (1 in 10)."),
        (0.101, "Not unusual."),
        (0.00009, "Very unusual (less than 1 in 10,000)."),
    ],
)
def test_how_unusual_it_is_follows_from_the_probability(probability, rarity):
    assert describe_concern(rising(probability=probability), {}, EN)[0].endswith(rarity)


SILENT = [
    concern("silent", one, silence_days=9, usual_days=3)
    for one in ("tickets", "surveys", "procurement", "relationship")
]


@pytest.mark.parametrize(
    ("gain", "english", "dutch"),
    [
        (
            "closed",
            "Start with this: resolve tickets within SLA.",
            "Begin hiermee: los tickets binnen de afgesproken tijd op.",
        ),
        (
            "survey",
            "Start with this: ask what is behind the survey answers.",
            "Begin hiermee: vraag wat er achter de enquêteantwoorden zit.",
        ),
    ],
)
def test_what_to_start_with_is_something_to_do(gain, english, dutch):
    found = concern("trust_under_target", **TRUST, target=0.7, gain=gain)
    assert describe_concern(found, {}, EN)[1] == english
    assert describe_concern(found, {}, NL)[1] == dutch


def test_each_component_that_it_can_change_has_an_action_and_no_other_has():
    changeable = {name for components in CHANGEABLE.values() for name in components}
    labelled = {key[7:] for key in EN.translations._catalog if str(key).startswith("action\x04")}
    assert labelled == changeable | {"survey"}


def test_each_source_that_may_be_silent_has_its_own_step():
    for language in (EN, NL):
        found = [describe_concern(one, {}, language) for one in SILENT]
        assert len({step for _, step in found}) == len({text for text, _ in found}) == 4


LABELS = [
    *("closed", "promise", "rating", "reassigned", "reopened", "survey", "signal", "combined"),
    "independent",
]


def test_trust_between_the_mark_and_its_margin_is_not_said_to_be_under_the_mark():
    held = concern("trust_low", trust=0.45, mark=0.45, loss=None)
    assert (
        describe_concern(held, {}, EN)[0]
        == "Trust was low and is 45.0 of 100 now (low is under 45)."
    )
    below = concern("trust_low", trust=0.449, mark=0.45, loss=None)
    assert describe_concern(below, {}, EN)[0] == "Trust is low: 44.9 of 100 (under 45)."


@pytest.mark.parametrize(
    ("language", "loss"),
    list(product([EN, NL], LABELS)),
    ids=lambda value: getattr(value, "name", value),
)
def test_no_sentence_about_trust_is_cut_whatever_is_lost(language, loss):
    for kind, figures in (
        ("trust_falling", FALL | {"loss": loss}),
        ("trust_low", TRUST | {"mark": 0.45, "loss": loss}),
        ("trust_risen", FALL | {"gain": loss}),
    ):
        assert not describe_concern(concern(kind, **figures), {}, language)[0].endswith("…")


@given(
    names=st.lists(st.text(min_size=1, max_size=200), min_size=1, max_size=5),
    observed=st.integers(0, 10**9),
    expected=st.floats(0, 1e6),
    probability=st.floats(0, 1),
)
def test_a_sentence_is_at_most_120_characters_whatever_the_names(
    names, observed, expected, probability
):
    new = concern("new_supplier", suppliers=tuple(names), currency="IDR", spent_minor=10**15)
    for found in (rising(observed, expected, probability, tuple(names)), new):
        for language in (EN, NL):
            sentence, step = describe_concern(found, {}, language)
            assert len(sentence) <= SENTENCE_CHARACTERS_MAX
            assert len(step) <= SENTENCE_CHARACTERS_MAX + 5 * (NAME_CHARACTERS_MAX + 4)


def test_what_most_clients_share_is_said_once_with_their_number():
    assert describe_shared_concern("overrated", "", 14, 14, EN) == (
        "IT rates itself higher than all 14 clients do."
    )
    assert describe_shared_concern("silent", "tickets", 9, 14, NL) == (
        "Geen tickets van 9 van de 14 klanten: controleer de koppeling."
    )
    assert describe_shared_concern("knowledge_stale", "", 8, 14, EN) == (
        "Knowledge of 8 of 14 clients is out of date."
    )


class Recorded(NullTranslations):
    """Texts that remember which keys were looked up."""

    def __init__(self, texts):
        super().__init__()
        self.texts, self.keys = texts, set()

    def gettext(self, message):
        self.keys.add(message)
        return self.texts.gettext(message)

    def ngettext(self, msgid1, msgid2, n):
        self.keys.add(msgid1)
        return self.texts.ngettext(msgid1, msgid2, n)

    def pgettext(self, context, message):
        return self.texts.pgettext(context, message)


def test_every_text_of_concerns_is_used():
    texts = Recorded(EN.translations)
    language = replace(EN, translations=texts)
    for found in (*(one for one, *_ in WORDED), *PLAIN.values(), *SILENT):
        describe_concern(found, NAMES, language)
    describe_concern(
        concern("trust_under_target", **TRUST, target=0.7, gain="promise"), {}, language
    )
    describe_concern(concern("trust_low", trust=0.46, mark=0.45, loss=None), {}, language)
    for kind in (kind for kind in KINDS if kind.is_shared):
        for clients in (9, 14):
            subject = "tickets" if kind.name == "silent" else ""
            describe_shared_concern(kind.name, subject, clients, 14, language)
    prefixes = ("concern_", "next_", "shared_", "largest_", "criterion_lost", "last_contact")
    packaged = [key for key in EN.translations._catalog if isinstance(key, str)]
    plurals = [key[0] for key in EN.translations._catalog if isinstance(key, tuple)]
    assert {key for key in (*packaged, *plurals) if key.startswith(prefixes)} == {
        key for key in texts.keys if key.startswith(prefixes)
    }


def test_the_longest_sentence_on_purchases_is_not_cut():
    for language in (EN, NL):
        sentence = describe_concern(rising(123, 12.5, 0.00001), NAMES, language)[0]
        assert sentence.endswith(").")
