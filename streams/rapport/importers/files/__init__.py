"""Files as tables of text cells: CSV, JSON Lines and XLSX."""

from rapport_schemas.faces import lazy

__all__ = ["Table", "open_table"]
__getattr__ = lazy(__name__, {"Table": "table", "open_table": "open"})
