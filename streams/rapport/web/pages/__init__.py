"""The client pages: the fleet and one page per client, as HTML that needs no script."""

from rapport_schemas.faces import lazy

__all__ = [
    "Pages",
    "Site",
    "files_of",
]
__getattr__ = lazy(
    __name__,
    {
        "Pages": "render",
        "Site": "routes",
        "files_of": "export",
    },
)
