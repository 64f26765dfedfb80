"""The values of the core: none can be changed after it is made, and every cache has its bound."""

import dataclasses
import importlib
import pkgutil

import pytest
from pydantic import BaseModel

from rapport import domain as core

MUTABLE = {"Directory"}
"""Dataclasses that are changed by design."""
CACHES = {
    "coding.fact_of": 65_536,
    "confidence.beta_quantile": 8_192,
    "decay.growth": 64,
    "measures.contributions": 65_536,
    "population.fading": 64,
    "purchases._key": 262_144,
    "purchases.is_it": 16_384,
    "recounting._adds": 65_536,
    "rise.alert_count": 65_536,
    "sources.rhythm": 65_536,
    "suppliers.supplier_name": 65_536,
}
MODULES = [
    importlib.import_module(f"{core.__name__}.{found.name}")
    for found in pkgutil.iter_modules(core.__path__)
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
def test_a_cache_remembers_so_much(name, size):
    module, function = name.split(".")
    cached = getattr(importlib.import_module(f"{core.__name__}.{module}"), function)
    assert cached.cache_parameters()["maxsize"] == size
