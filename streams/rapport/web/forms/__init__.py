"""Forms with which people record what only they know, on pages that need no script."""

from rapport_schemas.faces import lazy

__all__ = ["FORMS", "FormRoutes", "Recording"]
__getattr__ = lazy(
    __name__,
    {
        "FORMS": "forms",
        "FormRoutes": "routes",
        "Recording": "recording",
    },
)
