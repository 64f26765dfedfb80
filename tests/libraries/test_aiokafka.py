"""The private API of aiokafka that Rapport uses, name by name."""

from importlib.metadata import version

from rapport.runtime.private_api import has_name

LIBRARY = "aiokafka"


def test_a_private_name_exists(owner, private_name):
    assert has_name(owner(), private_name)


def test_the_installed_version_is_the_verified_one(verified):
    assert version(LIBRARY) == verified
