"""The command `python -m images` for `make images`: builds missing images and lists all archives."""

import os
import sys

from cluster.errors import ToolError
from images.build import build


def main() -> int:
    """Build the images. Returns 0, or 1 after it printed an error."""
    if os.geteuid() != 0:
        print("error: building images mounts file systems; run it as root", file=sys.stderr)
        return 1
    try:
        found = build()
    except ToolError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for file in found:
        print(f"{file.stat().st_size / 1e6:8.0f} MB  {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
