"""The subcommands for a cluster and their options.

The code of each is in `automl.commands`, and is imported when it runs.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])
POD_IMAGE_HELP = "The image of the short-lived pod; any with a shell.  [default: the runners' image, or busybox]"
REGISTRY_HELP = "The Secret, in the experiment's namespace, for pulling the pod's image."


def _on_a_cluster(function: Function) -> Function:
    """Add kubectl's options for the context and the namespace."""
    for option in (
        click.option("--context", help="The kubeconfig's context.  [default: the current one]"),
        click.option("-n", "--namespace", help="The namespace.  [default: the context's]"),
    ):
        function = option(function)
    return function


@click.command()
@click.option("-f", "--file", "manifest", required=True, type=click.Path(path_type=Path), help="An experiment's YAML.")
@click.option("--data", type=click.Path(path_type=Path), help="A file of this machine to upload; becomes data.uri.")
@click.option(
    "--test", type=click.Path(path_type=Path), help="Rows to test on, to upload; becomes evaluation.test.uri."
)
@click.option("--claim-size", default="10Gi", show_default=True, help="The claim's size, where no store is named.")
@click.option("--pod-image", "--upload-image", "image", help=POD_IMAGE_HELP)
@click.option("--pull-secret", help=REGISTRY_HELP)
@_on_a_cluster
def apply(
    manifest: Path,
    data: Path | None,
    test: Path | None,
    claim_size: str,
    image: str | None,
    pull_secret: str | None,
    context: str | None,
    namespace: str | None,
) -> None:
    """Create or change an experiment on a cluster.

    With --data or --test the file is uploaded first, to the experiment's store. Without a store the volume claim NAME-store is
    created for it, and the experiment adopts the claim.
    """
    from automl.cluster.data_upload import UploadOptions
    from automl.commands.apply import Application, apply_command

    options = UploadOptions(claim_size, image, pull_secret)
    apply_command(Application(manifest, data, options, test), context, namespace)


@click.command()
@click.argument("name")
@click.option("--timeout", help="Stop waiting after this time: 90s, 2m, 1h30m.  [default: never]")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object on stdout; all else goes to stderr.")
@_on_a_cluster
def wait(name: str, timeout: str | None, as_json: bool, context: str | None, namespace: str | None) -> None:
    """Show an experiment's progress until its end.

    Exits with 0 when it is complete, with 1 when it failed or --timeout has passed, with 2 when it does not exist.
    """
    from automl.commands.wait import wait_command

    wait_command(name, timeout, context, namespace, as_json=as_json)


@click.command()
@click.argument("name")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The new folder for the model.")
@click.option("--endpoint", default="", help="The S3 server's address.  [default: the experiment's]")
@click.option("--region", default="", help="The bucket's region.  [default: the experiment's]")
@click.option("--pod-image", "image", help=POD_IMAGE_HELP)
@click.option("--pull-secret", help=REGISTRY_HELP)
@_on_a_cluster
def download(
    name: str,
    out: Path,
    endpoint: str,
    region: str,
    image: str | None,
    pull_secret: str | None,
    context: str | None,
    namespace: str | None,
) -> None:
    """Download a model, by its name or its experiment's, and check every file of it."""
    from automl.cluster.bundle_readers import Source
    from automl.cluster.object_store import BucketEndpoint
    from automl.commands.download import download_command

    download_command(name, out, Source(BucketEndpoint(endpoint, region), image, pull_secret), context, namespace)


@click.command()
@click.argument("name")
@_on_a_cluster
def stop(name: str, context: str | None, namespace: str | None) -> None:
    """End an experiment now, and publish the best model so far."""
    from automl.commands.stop import stop_command

    stop_command(name, context, namespace)


COMMANDS = (apply, wait, download, stop)
