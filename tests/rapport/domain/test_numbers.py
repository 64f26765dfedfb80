"""Constants of the domain that no policy sets, each written out once."""

import pytest

from rapport.domain import calendar
from rapport.domain.documents import toml, validation
from rapport.domain.ledger import decay, measures, page, rollup
from rapport.domain.policy import base
from rapport.domain.procurement import (
    baseline,
    feeds,
    peers,
    purchases,
    rise_detector,
    suppliers,
)
from rapport.domain.scoring import maturity, score, trust
from rapport.domain.signals import evaluation as signal_quality
from rapport.domain.signals import finder, tokens
from rapport.domain.signals.compiler import JOIN_CHOICES_MAX

NUMBERS = {
    "decay: one whole in fixed point": (decay.UNIT, 2**40),
    "page: version": (page.PAGE_VERSION, 1),
    "page: entries before a page is split": (page.SPLIT_ENTRIES, 2048),
    "page: bytes of one index in a column": (page.FACT_INDEX_BYTES, 4),
    "maturity: the stages": (maturity.STAGES, (1, 2, 3)),
    "maturity: supplier, partner, anticipator": (
        (maturity.SUPPLIER, maturity.PARTNER, maturity.ANTICIPATOR),
        (1, 2, 3),
    ),
    "maturity: weeks in which a step is news": (maturity.STEP_WEEKS, 4),
    "measures: reassignments of a ticket": (measures.MAX_REASSIGNMENTS, 9),
    "calendar: days from a Monday to 1970-01-01": (calendar.EPOCH_WEEKDAY_SHIFT_DAYS, 3),
    "peers: size of peers that differ by chance only": (peers.SIZE_MAX, 1000.0),
    "policy: bytes of a document": (toml.DOCUMENT_BYTES_MAX, 1_048_576),
    "policy: places of a decimal": (base.DECIMAL_PLACES_MAX, 9),
    "policy: reasons in one refusal": (validation.REASONS_MAX, 20),
    "policy: characters of a value in a refusal": (validation.SHOWN_CHARACTERS_MAX, 60),
    "population: closed weeks that are judged": (baseline.WINDOWS_MAX, 60),
    "population: closed weeks that can be asked": (baseline.WINDOWS_KEPT, 77),
    "population: clients whose exposure is hardly shrunk": (baseline.LEAST_EXPOSURE_CLIENTS, 100),
    "population: clients that shrinkage weighs": (baseline.SHRINKAGE_CLIENTS, 10),
    "population: weeks of a year": (baseline.YEAR_WEEKS, 52),
    "population: weeks of history that the guard needs": (baseline.GUARD_HISTORY_WEEKS, 60),
    "population: purchases that the guard adds": (baseline.GUARD_PRIOR, 5),
    "rise: count above which no alert threshold is sought": (
        rise_detector.THRESHOLD_MAX,
        1_000_000,
    ),
    "rise: false alerts of a client in a year": (rise_detector.FALSE_ALERTS_PER_CLIENT_YEAR, 0.12),
    "rise: alert probability of that": (rise_detector.FALSE_ALERTS_MEASURED_AT, 0.0036),
    "purchases: days of a year of whole weeks": (purchases.YEAR_DAYS, 364),
    "purchases: windows of a year": (purchases.WINDOWS_BEFORE, 12),
    "purchases: suppliers that are named": (purchases.TOP_SUPPLIERS, 3),
    "rollup: facts whose measures are cached": (rollup.FACTS_MAX, 65_536),
    "rise: quiet windows that end an alert": (rise_detector.CLEAR_WINDOWS, 2),
    "score: probability in each tail of a 90 % interval": (score.TAIL_PROBABILITY, 0.05),
    "signal_quality: least precision": (signal_quality.PRECISION_MIN, 0.90),
    "signal_quality: least recall": (signal_quality.RECALL_MIN, 0.60),
    "signal_quality: most false alarms": (signal_quality.FALSE_ALARMS_MAX, 0.05),
    "signals: share of the likeliest language's words": (finder.COMMON_WORDS_RATIO_MIN, 0.5),
    "sources: days of silence that can be usual": (feeds.EXPECTED_SILENCE_DAYS_MAX, 366),
    "suppliers: suppliers that are named": (suppliers.NAMED_MAX, 5),
    "suppliers: days of typical amounts": (suppliers.TYPICAL_DAYS, 364),
    "suppliers: days of a year of whole weeks": (suppliers.YEAR_DAYS, 364),
    "suppliers: clients expected of a new supplier": (suppliers.SPREAD_PRIOR, 0.5),
    "text: characters that are read": (tokens.TEXT_LENGTH_MAX, 8_192),
    "text: tokens that are read": (tokens.TOKENS_MAX, 1_200),
    "trust: reassignments that are forgiven": (trust.REASSIGNMENTS_FORGIVEN, 2),
    "vocabulary: variants of one joined word": (JOIN_CHOICES_MAX, 4_096),
    "calendar: last day of the week of 1970-01-01": (calendar.last_day_of(0), 3),
}


@pytest.mark.parametrize(("number", "written"), NUMBERS.values(), ids=NUMBERS)
def test_a_number_is_what_is_written_here(number, written):
    assert number == written
