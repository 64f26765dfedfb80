"""Runs the whole system on a laptop, for the demo, the tests and the benchmarks."""

from rapport_schemas.faces import lazy

__all__ = [
    "Demo",
    "WorkerProcess",
    "empty_broker",
    "load_history",
    "publish_demo",
    "reset_broker",
    "start_prometheus",
]
__getattr__ = lazy(
    __name__,
    {
        "Demo": "demo",
        "WorkerProcess": "testing",
        "empty_broker": "testing",
        "load_history": "prometheus",
        "publish_demo": "publish",
        "reset_broker": "testing",
        "start_prometheus": "prometheus",
    },
)
