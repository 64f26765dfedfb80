"""Values of the domain are frozen, and every cache has a bound."""

import dataclasses
import importlib
import pkgutil

import pytest
from pydantic import BaseModel

from rapport import domain as core

MUTABLE = {"Directory"}
"""Dataclasses that are changed by design."""
CACHES = {
    "ledger.fact_codec.cached_fact": 65_536,
    "stats.beta_quantile": 8_192,
    "ledger.decay.growth": 64,
    "ledger.measures.measures_of": 65_536,
    "procurement.baseline.weights": 64,
    "procurement.purchases._key": 262_144,
    "procurement.purchases.is_it": 16_384,
    "ledger.rollup._measures_of": 65_536,
    "procurement.rise_detector.alert_threshold": 65_536,
    "procurement.feeds.rhythm": 65_536,
    "procurement.suppliers.supplier_name": 65_536,
}
MODULES = [
    importlib.import_module(found.name)
    for found in pkgutil.walk_packages(core.__path__, f"{core.__name__}.")
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


@pytest.mark.parametrize(("name", "size"), CACHES.items(), ids=CACHES)
def test_a_cache_has_its_size(name, size):
    module, function = name.rsplit(".", 1)
    cached = getattr(importlib.import_module(f"{core.__name__}.{module}"), function)
    assert cached.cache_parameters()["maxsize"] == size
