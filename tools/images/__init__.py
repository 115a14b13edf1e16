"""Builds the project's images without a container registry, once per content, for the test cluster and for trying them.

`python -m images`, with `tools` on the path, builds what is missing; `archives()` says where it lies.
"""

from images.archives import MissingArchivesError, archives

__all__ = ["MissingArchivesError", "archives"]
