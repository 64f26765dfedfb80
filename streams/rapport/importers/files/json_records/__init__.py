"""JSON as tables: one object per line, or the records of one document."""

from rapport_schemas.faces import lazy

__all__ = ["JsonLines", "json_cells"]
__getattr__ = lazy(__name__, {"JsonLines": "json_lines", "json_cells": "cells"})
