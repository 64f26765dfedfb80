"""The metrics of a process of Rapport: its version, and the client library's own.

A worker and an intake both have them; `rapport.web.process_samples` samples those of a worker.
"""

from typing import Final

from rapport.monitoring.metrics.model import Metric, MetricGroup

BUILD: Final = MetricGroup()
BUILD_INFO: Final = BUILD.gauge(
    "build_info", "Always 1: the version of Rapport, and that of Python.", "version", "python"
)
PROCESS_START: Final = Metric(
    "process_start_time_seconds", "gauge", "When the process started, in Unix time."
)
CPU: Final = Metric(
    "process_cpu_seconds",
    "counter",
    "Processor time of the process, user and system; without the decoders of a worker.",
)
MEMORY: Final = Metric(
    "process_resident_memory_bytes",
    "gauge",
    "Memory that the process holds; without the decoders of a worker.",
)
OPEN_FILES: Final = Metric("process_open_fds", "gauge", "Open file descriptors.")
OPEN_FILES_MAX: Final = Metric("process_max_fds", "gauge", "The limit of open file descriptors.")
GC_RUNS: Final = Metric(
    "python_gc_collections",
    "counter",
    "Garbage collections of a generation of objects.",
    ("generation",),
)
PROCESS: Final = (
    *BUILD,
    PROCESS_START,
    CPU,
    MEMORY,
    Metric("process_virtual_memory_bytes", "gauge", "Address space of the process."),
    OPEN_FILES,
    OPEN_FILES_MAX,
    GC_RUNS,
    Metric(
        "python_gc_objects_collected",
        "counter",
        "Objects that garbage collections removed.",
        ("generation",),
    ),
    Metric(
        "python_gc_objects_uncollectable",
        "counter",
        "Objects that garbage collections found and could not remove.",
        ("generation",),
    ),
)
