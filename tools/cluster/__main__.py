"""The command: python -m cluster up | down | status | node add | node kill NAME | node remove NAME | build [NAME ...]."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cluster.build import built
from cluster.cluster import Cluster
from cluster.errors import ToolError
from cluster.toolchain import PROJECTS


def main(arguments: Sequence[str]) -> int:
    """Run a command. Returns 0 on success, 1 when traces of the cluster are left, 2 on an error."""
    chosen = _parser().parse_args(arguments)
    cluster = Cluster()
    try:
        if chosen.command == "up":
            cluster.up([*chosen.images, *(_built_images() if chosen.built_images else [])])
        elif chosen.command == "down":
            return _report(cluster.down())
        elif chosen.command == "status":
            print("\n".join(cluster.status()))
        elif chosen.command == "build":
            _build(cluster, chosen.programs)
        else:
            _node(cluster, chosen.action, chosen.name)
    except ToolError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cluster", description="A real Kubernetes cluster on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="install, build and start what is missing")
    up.add_argument("images", nargs="*", type=Path, help="OCI archives to import")
    up.add_argument("--built-images", action="store_true", help="import also the images that `make images` built")
    commands.add_parser("down", help="stop everything, and remove every trace but packages and caches")
    commands.add_parser("status", help="list the parts of the cluster and their pids")
    build = commands.add_parser("build", help="build programs, and print their paths")
    build.add_argument("programs", nargs="*", metavar="NAME", help="a program; default: all")
    node = commands.add_parser("node", help="add, kill or remove a further node")
    node.add_argument("action", choices=["add", "kill", "remove"])
    node.add_argument("name", nargs="?", default="", help="the node to kill or remove")
    return parser


def _built_images() -> list[Path]:
    from images.archives import MissingArchivesError, archives

    try:
        return archives()
    except MissingArchivesError as error:
        raise ToolError(str(error)) from error


def _report(left: list[str]) -> int:
    for line in left:
        print(f"not as it was before: {line}", file=sys.stderr)
    return 1 if left else 0


def _build(cluster: Cluster, programs: Sequence[str]) -> None:
    for project in PROJECTS:
        for name, _ in project.programs:
            if not programs or name in programs:
                print(built(project, cluster.layout.cache, lambda text: print(text, file=sys.stderr)) / name)


def _node(cluster: Cluster, action: str, name: str) -> None:
    if action == "add":
        print(f"{cluster.add_node().name} is ready")
        return
    nodes = {node.name: node for node in cluster.nodes()}
    if name not in nodes:
        raise ToolError(f"there is no node {name!r}; there are {', '.join(nodes) or 'none'}")
    if action == "kill":
        nodes[name].kill()
    else:
        cluster.remove_node(nodes[name])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
