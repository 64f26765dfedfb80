"""Real servers for the tests: each is started by the tests themselves, and stopped."""

import os
import shutil

import pytest
from hypothesis import settings

# No test asserts a time: a busy machine must fail no example.
settings.register_profile("rapport", deadline=None)
settings.load_profile("rapport")

HOW_TO_GET = {
    "promtool": "apt-get install prometheus",
    "prometheus": "apt-get install prometheus",
    "prometheus-alertmanager": "apt-get install prometheus-alertmanager",
    "amtool": "apt-get install prometheus-alertmanager",
    "chromium": "apt-get install chromium",
    "chromedriver": "apt-get install chromium-driver",
    "npm": "apt-get install npm",
    "curl": "apt-get install curl",
    "openssl": "apt-get install openssl",
}


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory):
    """One embedded broker for the whole run; a test that kills one starts its own."""
    from rapport.devkit.kafka.broker import Broker

    with Broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture(scope="session")
def kafka(kafka_broker):
    """The address of the broker of the whole run."""
    return kafka_broker.bootstrap


@pytest.fixture
def empty_kafka(kafka):
    """The address of that broker, with Rapport's topics and nothing in them."""
    from rapport.devkit.testing import reset_broker

    reset_broker(kafka)
    return kafka


@pytest.fixture(scope="session")
def tool():
    """Find a program of Debian's; in CI its absence is a failure, elsewhere a skip that helps."""

    def find(name):
        found = shutil.which(name)
        if found is None and os.environ.get("CI"):
            pytest.fail(f"{name} is missing, and CI must have it: {HOW_TO_GET[name]}")
        if found is None:
            pytest.skip(f"{name} is missing; get it with: {HOW_TO_GET[name]}")
        return found

    return find
