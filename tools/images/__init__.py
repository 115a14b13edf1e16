"""Builds the project's images without a container registry, for the test cluster and for trying them out.

`python -m images`, with `tools` on the path, builds missing images; `archives()` returns their files.
"""

from images.archives import MissingArchivesError, archives

__all__ = ["MissingArchivesError", "archives"]
