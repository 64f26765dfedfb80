"""Workbooks (XLSX and ODS) as tables: one sheet, its values, and what its formulas lack."""

from rapport_schemas.faces import lazy

__all__ = ["Workbook", "open_book"]
__getattr__ = lazy(__name__, {"Workbook": "workbook", "open_book": "books"})
