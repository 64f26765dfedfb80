"""The mapping file: its schema, its presets, and the cells that it reads."""

from rapport_schemas.faces import lazy

__all__ = ["Mapping", "find_mapping", "parse_mapping", "preset_names"]
__getattr__ = lazy(
    __name__,
    {
        "Mapping": "schema",
        "find_mapping": "presets",
        "parse_mapping": "schema",
        "preset_names": "presets",
    },
)
