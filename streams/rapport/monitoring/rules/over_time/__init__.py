"""Tests of the rules over time, for promtool: gaps, restarts, two workers, two installations.

What fires is asked of `ALERTS`. `ALERTS_FOR_STATE` is when an alert began: an alert that resolved
and fired again has another beginning.
"""

from rapport_schemas.faces import lazy

__all__ = ["OVER_TIME"]
__getattr__ = lazy(__name__, {"OVER_TIME": "catalogue"})
