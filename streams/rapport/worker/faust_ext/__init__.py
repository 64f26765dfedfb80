"""faust_ext."""
