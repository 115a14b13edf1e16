"""The API server to call, and the user to call it as: from the pod's service account, or a kubeconfig file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kubernetes import client as blocking_client
from kubernetes import config as blocking_config
from kubernetes.aio import client, config
from kubernetes.aio.config import ConfigException
from kubernetes.config import ConfigException as BlockingConfigException


class NoAccess(Exception):
    """There is no configuration for reaching an API server, or it is unusable."""


@dataclass(frozen=True)
class Access:
    """A kubeconfig file and its context. Without both: our pod's service account, else $KUBECONFIG or ~/.kube/config.

    The service account's token file is read again every minute, because the kubelet renews it.
    """

    kubeconfig: str = ""
    context: str = ""

    async def configuration(self) -> client.Configuration:
        """The configuration for the asynchronous client. Raises NoAccess."""
        # No limit on connections: the bucket limits the calls, by urgency.
        made = client.Configuration(connection_pool_maxsize=0)
        with self._explaining():
            if self._in_cluster:
                config.load_incluster_config(client_configuration=made)
            else:
                context = self.context or None
                await config.load_kube_config(self._file, context, client_configuration=made, persist_config=False)
        return made

    def blocking_configuration(self) -> blocking_client.Configuration:
        """The configuration for blocking clients, such as the Lease's thread. Raises NoAccess."""
        made = blocking_client.Configuration(retries=False)
        with self._explaining():
            if self._in_cluster:
                blocking_config.load_incluster_config(client_configuration=made)
            else:
                context = self.context or None
                blocking_config.load_kube_config(self._file, context, client_configuration=made, persist_config=False)
        return made

    @property
    def _in_cluster(self) -> bool:
        return not self.kubeconfig and not self.context and "KUBERNETES_SERVICE_HOST" in os.environ

    @property
    def _file(self) -> str:
        return self.kubeconfig or os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except (ConfigException, BlockingConfigException, OSError, ValueError) as error:
            source = "the pod's service account" if self._in_cluster else self._file
            raise NoAccess(f"cannot reach an API server with {source}: {error}") from error
