"""The cluster as a whole: starts and stops it, and serves tests in between."""

import json
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cluster import addons, firewall, kernel, machine, network, tokens
from cluster.build import built, locked
from cluster.component import Component
from cluster.control_plane import ControlPlane
from cluster.errors import ToolError
from cluster.files import write_file
from cluster.image_list import ImageList
from cluster.layout import CGROUP, ClusterFolders, NodePlace, default_layout
from cluster.node import Node
from cluster.own_images import own_images
from cluster.packages import PACKAGES, install
from cluster.pki import ADMINISTRATOR, node_identity
from cluster.reader import Reader, connection_as
from cluster.shell import run
from cluster.toolchain import CLUSTER_PROJECTS, KUBERNETES, project_of
from cluster.waiting import wait_until

_FIRST = 1


class Cluster:
    """The one test cluster of this machine. As a context it is up inside, and down afterwards, unless it was up before.

    Every method raises ToolError, which says what to do.
    """

    def __init__(self, layout: ClusterFolders | None = None, *, say: Callable[[str], None] = print) -> None:
        self.layout = layout or default_layout()
        self._say = say
        self._was_up = False
        self._reader = Reader(lambda: connection_as(ADMINISTRATOR, self._plane().authority))

    def __enter__(self) -> Self:
        self._was_up = self.is_up()
        try:
            self.up()
        except BaseException:
            if not self._was_up:
                self.down()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._reader.close()
        if not self._was_up and (left := self.down()) and error is None:
            raise ToolError("\n".join(["the cluster has left traces on this machine:", *left]))

    # Up and down

    def up(self, images: Sequence[Path] = ()) -> None:
        """Start all parts that do not run yet, import the images, and return when the cluster is ready."""
        kernel.require_root()
        with self._alone():
            install(PACKAGES, self._say)
            programs = self._programs()
            self._prepare_machine()
            plane = ControlPlane(self.layout, programs)
            plane.write_files()
            plane.write_kubeconfig(ADMINISTRATOR, self.layout.kubeconfig)
            self._start(plane)
            self._import(images)
            # Built now rather than inside a test.
            self.program("helm")
        self._say(f"Ready: export KUBECONFIG={self.layout.kubeconfig}")

    def down(self) -> list[str]:
        """Stop everything in reverse order and remove its traces. Returns a line for each trace that is left."""
        kernel.require_root()
        with self._alone():
            if not self.layout.state.exists():
                self._say("The cluster is down")
                return []
            plane = self._plane()
            for component in reversed(plane.addons()):
                self._stop(component)
            for node in self.nodes():
                self._say(f"Removing {node.name}")
                node.remove()
            for component in reversed(plane.core()):
                self._stop(component)
            return self._clean()

    def is_up(self) -> bool:
        """True when all of the control plane runs."""
        return self.layout.kubeconfig.exists() and all(component.running for component in self._components())

    def status(self) -> list[str]:
        """A line for each part of the cluster."""
        if not self.layout.state.exists():
            return ["The cluster is down; make cluster-up starts it"]
        parts = [*self._components(), *(part for node in self.nodes() for part in (node.containerd, node.kubelet))]
        lines = [f"{part.daemon.folder.name:15} {part.name:25} {part.pid or 'stopped'}" for part in parts]
        return [*lines, f"KUBECONFIG={self.layout.kubeconfig}"]

    # For tests

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.layout.kubeconfig

    def kubectl(self, *arguments: str, text: str | None = None, timeout: float = 120) -> str:
        """Run kubectl as the administrator, and return its output; `text` is its standard input."""
        return run([self.program("kubectl"), *arguments], text=text, extra=self._environment(), timeout=timeout)

    def get(self, kinds: str, name: str = "", *, namespace: str = "", selector: str = "", fields: str = "") -> Any:
        """The object with this name, or `items`: all objects of the kinds (`pods,jobs`), by default in all namespaces."""
        return self._reader.get(kinds, name, namespace=namespace, selector=selector, fields=fields)

    def helm(self, *arguments: str, text: str | None = None, timeout: float = 300) -> str:
        """Run helm as the administrator, and return its output; its own files are in the cluster's state."""
        return run([self.program("helm"), *arguments], text=text, extra=self._environment(), timeout=timeout)

    def program(self, name: str) -> Path:
        """The path of one of the cluster's programs, for example kubectl; it is built if missing."""
        return built(project_of(name), self.layout.cache, self._say) / name

    def component(self, name: str) -> Component:
        """A part of the control plane, which a test may stop and start. Raises ToolError for an unknown name."""
        components = {component.name: component for component in self._components()}
        if name not in components:
            raise ToolError(f"the cluster has no {name}; it has {', '.join(components)}")
        return components[name]

    def nodes(self) -> list[Node]:
        """The nodes of this machine by number, including killed ones."""
        folders = self.layout.nodes.glob("node-*") if self.layout.nodes.is_dir() else []
        return [self._node(number) for number in sorted(int(folder.name.removeprefix("node-")) for folder in folders)]

    def add_node(self, *, reserved_for: str = "") -> Node:
        """Add a node with all images of the others, and return it when it is ready.

        `reserved_for` is the key of a taint that the node has from the start, so that other pods stay away.
        """
        with self._alone():
            node = self._node(max((node.place.number for node in self.nodes()), default=0) + 1)
            self._start_node(node, self._plane(), reserved_for=reserved_for)
        return node

    def remove_node(self, node: Node) -> None:
        """Remove the node, killed or alive, from the machine and from the API server."""
        with self._alone():
            node.remove()
            self.kubectl("delete", "node", node.name, "--ignore-not-found")

    def import_images(self, archives: Sequence[Path]) -> None:
        """Import OCI archives into every node, including nodes added later.

        Images that a node already has are skipped. An archive replaces an earlier one with an image of the same name.
        """
        with self._alone():
            self._import(archives)

    def mint_token(
        self, *, namespace: str, service_account: str, pod: str, pod_uid: str, audience: str, expires: float
    ) -> str:
        """A service account token with these claims, signed with the cluster's key; `expires` in Unix seconds."""
        claims = tokens.claims(
            namespace=namespace,
            service_account=service_account,
            pod=pod,
            pod_uid=pod_uid,
            audience=audience,
            issued=min(time.time(), expires) - 60,
            expires=expires,
        )
        return tokens.signed(claims, self._plane().authority.service_account_key)

    def patch_capacity(self, node: str, resource: str, count: int) -> None:
        """Give a node an extended resource, and return when the node offers it; a count of 0 removes it."""
        path = f"/status/capacity/{resource.replace('~', '~0').replace('/', '~1')}"
        patch = [{"op": "add", "path": path, "value": str(count)}]
        self.kubectl("patch", "node", node, "--subresource=status", "--type=json", f"--patch={json.dumps(patch)}")
        wait_until(
            f"{node} offers {count} {resource}",
            lambda: bool(self.get("node", node)["status"]["allocatable"].get(resource) == str(count)),
        )

    # Implementation

    def _alone(self) -> AbstractContextManager[None]:
        return locked(self.layout.cache / "cluster.lock")

    def _programs(self) -> dict[str, Path]:
        return {project.folder: built(project, self.layout.cache, self._say) for project in CLUSTER_PROJECTS}

    def _plane(self) -> ControlPlane:
        return ControlPlane(self.layout, self._programs())

    def _components(self) -> list[Component]:
        plane = self._plane()
        return [*plane.core(), *plane.addons()]

    def _environment(self) -> dict[str, str]:
        helm = self.layout.state / "helm"
        folders = {f"HELM_{use}_HOME": str(helm / use.lower()) for use in ("CACHE", "CONFIG", "DATA")}
        return {"KUBECONFIG": str(self.layout.kubeconfig), **folders}

    def _prepare_machine(self) -> None:
        before = self.layout.state / "before.json"
        if not before.exists():
            network.refuse_overlaps()
            if chains := firewall.another_cluster():
                raise ToolError(
                    f"iptables has the chains of another Kubernetes cluster ({', '.join(chains[:3])} ...); stop that"
                    " cluster first, or use another machine: two cannot share one machine's rules"
                )
            observed = machine.observe(self.layout).to_json()
            self.layout.state.mkdir(mode=0o700, parents=True)
            write_file(before, observed)
            firewall.accept_pods()
        kernel.apply_settings()
        network.add_host_interface()

    def _start(self, plane: ControlPlane) -> None:
        for component in plane.core():
            self._begin(component)
        self._images().add(own_images(self.layout.state))
        self.kubectl("apply", "--server-side", "--force-conflicts", "--filename=-", text=addons.manifests())
        for node in self.nodes() or [self._node(_FIRST)]:
            if not node.killed:
                self._start_node(node, plane)
        for component in plane.addons():
            self._begin(component)
        wait_until(
            "the default service account", lambda: "default" in self.kubectl("get", "serviceaccounts", "--output=name")
        )

    def _begin(self, component: Component) -> None:
        if not component.running:
            self._say(f"Starting {component.name}")
        component.start()

    def _stop(self, component: Component) -> None:
        if component.running:
            self._say(f"Stopping {component.name}")
        component.stop()

    def _node(self, number: int) -> Node:
        place = NodePlace(number, self.layout.nodes)
        kubeconfig = self.layout.pki / f"{place.name}.kubeconfig"
        programs = built(KUBERNETES, self.layout.cache, self._say)
        return Node(place, programs, kubeconfig, self._node_is_ready)

    def _start_node(self, node: Node, plane: ControlPlane, *, reserved_for: str = "") -> None:
        if not node.kubelet.running:
            self._say(f"Starting {node.name}")
        identity = node_identity(node.place)
        plane.write_kubeconfig(identity, node.kubeconfig)
        node.write_files(plane.authority, plane.authority.issue(identity), reserved_for=reserved_for)
        node.start_containerd()
        self._bring_images(node)
        node.kubelet.start()

    def _node_is_ready(self, name: str) -> bool:
        listed = self.get("nodes", selector=f"kubernetes.io/hostname={name}")["items"]
        conditions = [condition for node in listed for condition in node["status"].get("conditions", [])]
        return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)

    def _images(self) -> ImageList:
        return ImageList(self.layout.state / "images")

    def _import(self, archives: Sequence[Path]) -> None:
        for archive in archives:
            self._images().add(archive)
        for node in self.nodes():
            if node.containerd.running:
                self._bring_images(node)

    def _bring_images(self, node: Node) -> None:
        images = self._images()
        for name in node.import_images(images.archives, images.digests):
            self._say(f"Imported {name} into {node.name}")

    def _clean(self) -> list[str]:
        before = machine.from_json((self.layout.state / "before.json").read_text(encoding="utf-8"))
        firewall.remove()
        network.remove_host_interface()
        kernel.remove_cgroup(CGROUP)
        kernel.restore_settings(before.settings)
        kernel.unmount_below(self.layout.state)
        machine.remove_new_folders(before)
        left = machine.lasting_differences(before, lambda: machine.observe(self.layout))
        shutil.rmtree(self.layout.state)
        self._reader.close()
        self._say("The cluster is down; nothing is left of it" if not left else "The cluster is down")
        return left
