"""Access to a bucket, its credentials, and the failures that its errors stand for."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from automl_api import reasons
from automl_api.resources.experiment import SecretReference, StoreSpec
from automl_api.schemes import S3, S3_KEYS, first_set
from automl_runner.failures import WorkFailed
from automl_runner.mounts import Mounts
from automl_runner.redaction import redact
from automl_runner.store.credentials import Credentials, read_credentials
from automl_runner.store.errors import StoreFull

TRIES = 5
"""The tries of a call that a busy or absent server does not answer, with growing pauses between them."""
_CONNECT_SECONDS, _ANSWER_SECONDS = 5.0, 30.0
_CODE = re.compile(r"AWS Error (?P<code>[A-Z0-9_]+)")
_STATUS = re.compile(r"HTTP status (?P<status>\d{3})")
_FULL = re.compile(r"HTTP status 507|quota|storage ?full|insufficient ?storage|no space left", re.IGNORECASE)
_MISSING = ("NO_SUCH_BUCKET",)
_REFUSED = (
    "ACCESS_DENIED", "INVALID_ACCESS_KEY_ID", "SIGNATURE_DOES_NOT_MATCH", "INVALID_CLIENT_TOKEN_ID",
    "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN", "INCOMPLETE_SIGNATURE", "UNRECOGNIZED_CLIENT",
    "ACCOUNT_PROBLEM", "OPT_IN_REQUIRED", "REQUEST_EXPIRED", "REQUEST_TIME_TOO_SKEWED",
)  # fmt: skip
_TEMPORARY = (
    "NETWORK_CONNECTION", "REQUEST_TIMEOUT", "SLOW_DOWN", "THROTTLING", "SERVICE_UNAVAILABLE", "INTERNAL_FAILURE",
)  # fmt: skip


@dataclass(frozen=True)
class BucketReasons:
    """The reasons to report when a bucket is missing, does not answer, or refuses."""

    missing: str
    unavailable: str
    refused: str


OF_STORE = BucketReasons(reasons.STORE_MISSING, reasons.STORE_UNAVAILABLE, reasons.STORE_REFUSED)
OF_DATA = BucketReasons(reasons.DATA_MISSING, reasons.DATA_UNAVAILABLE, reasons.DATA_REFUSED)


@dataclass(frozen=True)
class S3Bucket:
    """A bucket with its server and keys. `whose`: the reasons to report for its errors."""

    name: str
    endpoint: str = ""
    region: str = ""
    secret: SecretReference | None = None
    whose: BucketReasons = OF_STORE

    def connect(self, mounts: Mounts) -> Callable[[], Any]:
        """A function that gives the pyarrow.fs.S3FileSystem; it makes a new one when the Secret's keys change."""
        known: list[tuple[Credentials | None, Any]] = []

        def files() -> Any:
            found = read_credentials(S3_KEYS, self.secret, mounts.secrets)
            if not known or known[-1][0] != found:
                known[:] = [(found, self._file_system(found))]
            return known[-1][1]

        return files

    def _file_system(self, credentials: Credentials | None) -> Any:
        from pyarrow.fs import AwsStandardS3RetryStrategy, S3FileSystem

        scheme, address = split_endpoint(self.endpoint or first_set(S3.endpoint_variables, os.environ))
        if address:
            # Checksums in trailers are new. Many servers other than AWS refuse them, or store them with the object.
            os.environ.setdefault("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
        return S3FileSystem(
            **(credentials.values if credentials else {}),
            region=self._region(address),
            scheme=scheme,
            endpoint_override=address or None,
            connect_timeout=_CONNECT_SECONDS,
            request_timeout=_ANSWER_SECONDS,
            retry_strategy=AwsStandardS3RetryStrategy(max_attempts=TRIES),
            # A small object then takes one request, which leaves nothing behind when it fails.
            allow_delayed_open=True,
            tls_ca_file_path=os.environ.get("AWS_CA_BUNDLE") or None,
        )

    def _region(self, address: str) -> str:
        """The spec's region, else the environment's. Else AWS is asked, and other servers get us-east-1."""
        given = self.region or first_set(S3.region_variables, os.environ)
        if given or address:
            return given or "us-east-1"
        from pyarrow.fs import resolve_s3_region

        try:
            return str(resolve_s3_region(self.name))
        except OSError as error:
            raise self.message_of(error) from error

    def message_of(self, error: OSError) -> Exception:
        """The failure that an error of the file system stands for."""
        text = redact(str(error))
        code = _first(_CODE, text, "code")
        if _FULL.search(text):
            return StoreFull(f"there is no room left in the bucket {self.name}: {text}")
        if code in _MISSING or "not found" in text:
            where = f" at {self.endpoint}" if self.endpoint else ""
            message = f"there is no bucket {self.name}{where}; make it, or mend the address"
            return WorkFailed("program", self.whose.missing, message)
        status = _first(_STATUS, text, "status")
        if code in _REFUSED or status in ("401", "403"):
            return WorkFailed("program", reasons.CREDENTIALS_REFUSED, f"{self._whose()} may not do this: {text}")
        if code in _TEMPORARY or status.startswith("5") or "curlCode" in text:
            return WorkFailed("infrastructure", self.whose.unavailable, f"the bucket {self.name}: {text}")
        return WorkFailed("program", self.whose.refused, f"the bucket {self.name}: {text}")

    def _whose(self) -> str:
        if self.secret is not None:
            return f'the keys of the Secret "{self.secret.name}"'
        return "no Secret is named (secretRef), and the identity of the service account or the machine"


def bucket_of(name: str, spec: StoreSpec) -> S3Bucket:
    """The bucket of a store."""
    return S3Bucket(name, spec.endpoint, spec.region, spec.secret_ref)


def split_endpoint(endpoint: str) -> tuple[str, str]:
    """The endpoint's scheme and host:port. Raises WorkFailed (program, SpecInvalid)."""
    if not endpoint:
        return "https", ""
    parts = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        message = f'the endpoint "{endpoint}" must be http://host:port or https://host, without a path'
        raise WorkFailed("program", reasons.SPEC_INVALID, message)
    return parts.scheme, parts.netloc


def _first(pattern: re.Pattern[str], text: str, group: str) -> str:
    found = pattern.search(text)
    return found[group] if found else ""
