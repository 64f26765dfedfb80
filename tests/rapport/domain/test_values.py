"""Values of the domain are frozen, and every cache has a bound."""

import dataclasses
import importlib
import pkgutil

import pytest
from pydantic import BaseModel

from rapport import domain

MUTABLE = {"AgreedTexts", "Approvals", "Directory", "Places"}
"""Dataclasses that are changed by design."""
CACHES = {
    "concerns.verdict._weight_of": 65_536,
    "documents.fields.document_fields": None,
    "events.decoder._decoder": 256,
    "events.decoder._minute": 65_536,
    "ledger.activity._source_of": 65_536,
    "ledger.decay.growth": 64,
    "ledger.fact_codec.cached_fact": 65_536,
    "ledger.measures.measures_of": 65_536,
    "ledger.rollup._measures_of": 65_536,
    "procurement.baseline.weights": 64,
    "procurement.feeds.source_state": 65_536,
    "procurement.purchases._key": 262_144,
    "procurement.counted_purchases.is_it": 16_384,
    "procurement.rise_detector.alert_threshold": 65_536,
    "procurement.suppliers.supplier_name": 65_536,
    "signals.lexicon._stemmer": 2,
    "procurement.stats.beta_quantile": 8_192,
    "events.text_key.slug": 65_536,
}
"""Cached function -> entries; the keys of `document_fields`, which has no bound, are models."""
MODULES = [
    importlib.import_module(found.name)
    for found in pkgutil.walk_packages(domain.__path__, f"{domain.__name__}.")
]
CLASSES = {
    f"{module.__name__.rpartition('.')[2]}.{name}": value
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, type) and value.__module__ == module.__name__
}
DATACLASSES = {name: one for name, one in CLASSES.items() if dataclasses.is_dataclass(one)}
MODELS = {name: one for name, one in CLASSES.items() if issubclass(one, BaseModel)}


@pytest.mark.parametrize("value", DATACLASSES.values(), ids=DATACLASSES)
def test_a_value_is_frozen_and_has_its_declared_fields_only(value):
    assert "__slots__" in vars(value)
    assert value.__dataclass_params__.frozen or value.__name__ in MUTABLE


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_model_is_frozen_and_refuses_unknown_keys(model):
    assert model.model_config["frozen"] is True
    assert model.model_config["extra"] == "forbid"


def test_every_cache_has_its_size():
    assert {
        f"{module.__name__.removeprefix(f'{domain.__name__}.')}.{name}": value.cache_parameters()[
            "maxsize"
        ]
        for module in MODULES
        for name, value in vars(module).items()
        if hasattr(value, "cache_parameters") and value.__module__ == module.__name__
    } == CACHES
