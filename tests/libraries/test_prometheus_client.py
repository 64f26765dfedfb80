"""The undocumented functions of prometheus_client that Rapport uses."""

import pytest
from prometheus_client.exposition import choose_encoder, gzip_accepted
from prometheus_client.utils import floatToGoString

LIBRARY = "prometheus-client"


@pytest.mark.parametrize(
    ("number", "text"), [(1, "1.0"), (1e7, "1e+07"), (0.25, "0.25"), (float("inf"), "+Inf")]
)
def test_a_number_is_written_as_go_writes_it(number, text):
    assert floatToGoString(number) == text


def test_the_accept_header_chooses_the_format():
    _, content_type = choose_encoder("application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")


def test_gzip_is_used_where_it_is_accepted():
    assert (gzip_accepted("gzip"), gzip_accepted("")) == (True, False)
