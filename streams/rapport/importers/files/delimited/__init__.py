"""Files of delimited values (CSV, TSV) as tables, also with damaged quotes."""

from rapport_schemas.faces import lazy

__all__ = ["CsvTable", "RecordReader"]
__getattr__ = lazy(__name__, {"CsvTable": "csv_table", "RecordReader": "records"})
