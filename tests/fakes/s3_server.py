"""An S3 server in memory with what pyarrow's client needs: objects, ranges, lists, multipart uploads and refusals."""

import contextlib
import hashlib
import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

_REASONS = {
    "NoSuchBucket": 404, "NoSuchKey": 404, "AccessDenied": 403, "InvalidAccessKeyId": 403, "SignatureDoesNotMatch": 403,
    "SlowDown": 503, "InternalError": 500, "QuotaExceeded": 507, "MethodNotAllowed": 405,
}  # fmt: skip


class FakeS3Server:
    """Objects by "bucket/key". Each of the next calls of `refused_methods` is answered with one of `refusals`."""

    def __init__(self, *buckets: str) -> None:
        self.buckets = set(buckets)
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.calls: list[str] = []
        """Method and path of each call."""
        self.keys: set[str] = set()
        """The access keys that calls were signed with."""
        self.refusals: list[str] = []
        self.refused_methods = ("GET", "HEAD", "PUT", "POST", "DELETE")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"s3": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @contextlib.contextmanager
    def serving(self):
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    s3: FakeS3Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _handle(self):
        parts = urlsplit(self.path)
        self.path_, self.query = unquote(parts.path).strip("/"), parse_qs(parts.query, keep_blank_values=True)
        self.body = self._read()
        self.s3.calls.append(f"{self.command} {self.path_}")
        self.s3.keys.add(self.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0])
        if self.s3.refusals and self.command in self.s3.refused_methods:
            return self._refuse(self.s3.refusals.pop(0))
        bucket, _, key = self.path_.partition("/")
        if bucket not in self.s3.buckets:
            return self._refuse("NoSuchBucket")
        return self._of_object() if key else self._of_bucket(bucket)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _handle  # noqa: N815 - the names that http.server calls

    def _read(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b"".join(_chunks(self.rfile))
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            body = b"".join(_chunks(io.BytesIO(body)))
        return body

    def _of_bucket(self, bucket):
        if self.command == "HEAD":
            return self._answer(200)
        if self.command == "GET" and "list-type" in self.query:
            return self._list(bucket)
        if self.command == "POST" and "delete" in self.query:
            for key in ElementTree.fromstring(self.body).iter():
                if key.tag.endswith("Key"):
                    self.s3.objects.pop(f"{bucket}/{key.text}", None)
            return self._answer(200, b"<DeleteResult/>")
        return self._refuse("MethodNotAllowed")

    def _list(self, bucket):
        prefix = self.query.get("prefix", [""])[0]
        delimiter = self.query.get("delimiter", [""])[0]
        keys = [name[len(bucket) + 1 :] for name in sorted(self.s3.objects) if name.startswith(f"{bucket}/{prefix}")]
        folders = sorted({prefix + k[len(prefix) :].partition("/")[0] + "/" for k in keys if "/" in k[len(prefix) :]})
        files = [key for key in keys if not (delimiter and "/" in key[len(prefix) :])]
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.s3.objects[f'{bucket}/{key}'])}</Size></Contents>"
            for key in files
        )
        found += "".join(
            f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>" for name in folders
        ) * bool(delimiter)
        count = len(files) + (len(folders) if delimiter else 0)
        text = (
            f"<ListBucketResult><KeyCount>{count}</KeyCount><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
        )
        return self._answer(200, text.encode())

    def _of_object(self):
        if self.command in ("PUT", "POST"):
            return self._write()
        if self.command == "DELETE":
            self.s3.objects.pop(self.path_, None)
            self.s3.uploads.pop(self.query.get("uploadId", [""])[0], None)
            return self._answer(204)
        data = self.s3.objects.get(self.path_)
        if data is None:
            return self._refuse("NoSuchKey")
        return self._read_object(data)

    def _read_object(self, data):
        span = self.headers.get("Range")
        if not span:
            return self._answer(200, data, {"ETag": _tag(data)})
        first, _, last = span.removeprefix("bytes=").partition("-")
        part = data[int(first) : int(last or len(data)) + 1]
        where = {"Content-Range": f"bytes {first}-{int(first) + len(part) - 1}/{len(data)}", "ETag": _tag(data)}
        return self._answer(206, part, where)

    def _write(self):
        upload = self.query.get("uploadId", [""])[0]
        if "uploads" in self.query:
            upload = f"upload-{len(self.s3.calls)}"
            self.s3.uploads[upload] = {}
            return self._answer(200, f"<R><UploadId>{upload}</UploadId></R>".encode())
        if self.command == "POST":
            parts = self.s3.uploads.pop(upload)
            self.s3.objects[self.path_] = b"".join(parts[number] for number in sorted(parts))
            return self._answer(200, b"<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>")
        if upload:
            self.s3.uploads[upload][int(self.query["partNumber"][0])] = self.body
        else:
            self.s3.objects[self.path_] = self.body
        return self._answer(200, headers={"ETag": _tag(self.body)})

    def _refuse(self, code):
        return self._answer(_REASONS[code], f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())

    def _answer(self, status, body=b"", headers=None):
        self.send_response(status)
        for name, value in {"Content-Type": "application/xml", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _chunks(stream):
    """The chunks of a chunked body; also reads what follows the last chunk."""
    while length := int(stream.readline().partition(b";")[0], 16):
        yield stream.read(length)
        stream.readline()
    while stream.readline().strip():
        pass


def _tag(data):
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
