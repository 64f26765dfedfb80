"""Ingest: from fetched chunks to pages, dead letters and acknowledgements."""

from rapport_schemas.faces import lazy

__all__ = [
    "ClientRegistryFollower",
    "DecoderPool",
    "IngestCounters",
    "IngestPipeline",
    "LagMeter",
    "RoutedChunk",
    "Router",
    "Writer",
    "default_decoders",
]
__getattr__ = lazy(
    __name__,
    {
        "ClientRegistryFollower": "compacted_topic",
        "DecoderPool": "decoder_pool",
        "IngestCounters": "counters",
        "IngestPipeline": "pipeline",
        "LagMeter": "lag",
        "RoutedChunk": "writer",
        "Router": "router",
        "Writer": "writer",
        "default_decoders": "decoder_pool",
    },
)
