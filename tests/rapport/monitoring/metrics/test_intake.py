"""The buckets of the intake's histogram: a changed bound breaks what is compared over time."""

from rapport.monitoring.metrics.intake import SECONDS_BUCKETS


def test_the_buckets_go_from_5_ms_to_30_s():
    assert [bound * 1000 for bound in SECONDS_BUCKETS] == [
        *(5, 10, 25, 50, 100, 250, 500),
        *(1_000, 2_500, 5_000, 10_000, 30_000),
    ]
