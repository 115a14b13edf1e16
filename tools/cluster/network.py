"""The machine's network interfaces: one with the cluster's addresses, a bridge for each node, and their removal."""

import ipaddress
import json
from pathlib import Path
from typing import Any

from cluster.errors import ToolError
from cluster.layout import (
    CONTROL_PLANE,
    HOST_INTERFACE,
    INTERFACE_PREFIX,
    MACHINE_NETWORK,
    POD_NETWORK,
    SERVICE_NETWORK,
    NodePlace,
)
from cluster.node_files import network_name
from cluster.shell import run

_PLUGIN_RESULTS = Path("/var/lib/cni/results")
_MAXIMUM_PREFIX = 32


def refuse_overlaps() -> None:
    """Raise ToolError when the machine already has a route in one of the cluster's networks."""
    overlaps = overlapping(_routes())
    if overlaps:
        raise ToolError(
            f"this machine has routes of its own in the cluster's networks: {', '.join(overlaps)};"
            " choose other networks in tools/cluster/layout.py"
        )


def overlapping(routes: list[dict[str, Any]]) -> list[str]:
    """The routes, as listed by `ip -json route`, that overlap with one of the cluster's networks."""
    ours = [ipaddress.ip_network(network) for network in (MACHINE_NETWORK, POD_NETWORK, SERVICE_NETWORK)]
    found = []
    for route in routes:
        if route["dst"] == "default" or route.get("dev", "").startswith(INTERFACE_PREFIX):
            continue
        if any(ipaddress.ip_network(route["dst"]).overlaps(network) for network in ours):
            found.append(f"{route['dst']} over {route.get('dev', '?')}")
    return found


def add_host_interface() -> None:
    """Add the interface with the addresses of the control plane and the nodes."""
    if HOST_INTERFACE not in interfaces():
        run(["ip", "link", "add", HOST_INTERFACE, "type", "bridge"])
    run(["ip", "link", "set", HOST_INTERFACE, "up"])
    add_address(CONTROL_PLANE)


def add_address(address: str) -> None:
    """Give the machine one more address of the cluster."""
    run(["ip", "address", "replace", f"{address}/{_MAXIMUM_PREFIX}", "dev", HOST_INTERFACE])


def remove_node(place: NodePlace) -> None:
    """Remove a node's bridge, its pods' interfaces, its address, and the files of the network plugins about them."""
    for name in [*_members(place.bridge), place.bridge]:
        _delete(name)
    if HOST_INTERFACE in interfaces() and place.address in run(["ip", "address", "show", "dev", HOST_INTERFACE]):
        run(["ip", "address", "delete", f"{place.address}/{_MAXIMUM_PREFIX}", "dev", HOST_INTERFACE])
    for result in _PLUGIN_RESULTS.glob(f"{network_name(place)}-*"):
        result.unlink()
    for folder in (_PLUGIN_RESULTS, _PLUGIN_RESULTS.parent):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def remove_host_interface() -> None:
    """Remove the interface with the cluster's addresses."""
    _delete(HOST_INTERFACE)


def interfaces() -> list[str]:
    """The names of the machine's interfaces."""
    return sorted(path.name for path in Path("/sys/class/net").iterdir())


def _delete(name: str) -> None:
    """Delete an interface. A pod's interface may vanish meanwhile, with the pod's namespace."""
    try:
        run(["ip", "link", "delete", name])
    except ToolError:
        if name in interfaces():
            raise


def _members(bridge: str) -> list[str]:
    folder = Path("/sys/class/net") / bridge / "brif"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def _routes() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(run(["ip", "-json", "-4", "route", "show"]) or "[]")
    return listed
