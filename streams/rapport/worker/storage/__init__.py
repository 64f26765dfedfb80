"""Storage: pages in RocksDB and their changelog, with writer epochs."""

from rapport_schemas.faces import lazy

__all__ = [
    "Changelog",
    "LedgerTable",
    "PageStore",
    "RollupCache",
    "Storage",
    "is_live_page",
]
__getattr__ = lazy(
    __name__,
    {
        "Changelog": "changelog",
        "LedgerTable": "table",
        "PageStore": "pages",
        "RollupCache": "rollup_cache",
        "Storage": "tables",
        "is_live_page": "pages",
    },
)
