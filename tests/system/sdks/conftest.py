"""A real intake, for what the SDKs and the probes of the field send over HTTP."""

import time

import pytest

from rapport.runtime.child_process import Child, rapport_command
from rapport.web.client import fetch
from rapport_schemas.wire.errors import RapportError


@pytest.fixture
def intake(empty_kafka, tmp_path):
    """The address of a real intake without tokens."""
    address = tmp_path / "address"
    options = "--bootstrap", empty_kafka, "--port", "0", "--address-file", str(address)
    child = Child(rapport_command("intake", *options), tmp_path / "intake.log")
    try:
        until_ready(address)
        yield address.read_text().strip()
    finally:
        child.stop()


def until_ready(address):
    for _ in range(600):
        try:
            fetch(f"{address.read_text().strip()}/ready")
        except (RapportError, OSError, ValueError):
            time.sleep(0.1)
        else:
            return
    pytest.fail("the intake did not become ready")
