"""Pure data about what is shown: metrics, alerts, panels, and their renderers."""
