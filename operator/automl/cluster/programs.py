"""The two shell programs that run in a transfer pod, and the exchange with them.

Not every version of the API server can close stdin alone, so both sides send sizes first. A received file gets its
name only after its digest was checked; the end of the connection proves nothing.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from automl.cluster.api import CommandChannel
from automl.cluster.errors import ClusterError

CHUNK_BYTES = 256 * 1024

RECEIVE = """
set -eu
umask 022
file=$1/$2 part=$1/.$2.$5
digest() { sha256sum < "$1" | cut -c 1-64; }
if [ -f "$file" ] && [ "$(digest "$file")" = "$4" ]; then echo present; exit 0; fi
mkdir -p "$1"
trap 'rm -f "$part"' EXIT
echo ready
head -c "$3" > "$part"
if [ "$(digest "$part")" != "$4" ]; then echo "what arrived is not what was sent" >&2; exit 3; fi
sync "$part"
mv "$part" "$file"
echo stored
"""
"""Arguments: directory, name, bytes, sha256 in hex, a token that no other upload has."""

SEND = """
set -eu
cd "$1"
while IFS= read -r name && [ -n "$name" ]; do
  wc -c < "$name"
  cat "$name"
done
"""
"""Argument: directory. For each name on stdin: its size, a line end, its bytes. An empty name ends it."""


class ProgramOutput:
    """A program's output, by lines and by bytes."""

    def __init__(self, channel: CommandChannel) -> None:
        self._channel = channel
        self._rest = b""

    def line(self) -> str:
        """The next line. Raises ClusterError with the program's stderr where it has ended."""
        while b"\n" not in self._rest:
            self._more()
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode(errors="replace").strip()

    def chunks(self, size: int) -> Iterator[bytes]:
        """The next `size` bytes, in pieces."""
        while size:
            if not self._rest:
                self._more()
            chunk, self._rest = self._rest[:size], self._rest[size:]
            size -= len(chunk)
            yield chunk

    def _more(self) -> None:
        chunk = self._channel.read()
        if not chunk:
            ended = self._channel.ended()
            cause = ended.complaints or f"exit code {ended.code}"
            raise ClusterError(f"the copy was broken off: {cause}; run the command again")
        self._rest += chunk


def receive_command(directory: str, name: str, size: int, digest: str, token: str) -> tuple[str, ...]:
    """The command that receives a file."""
    return ("sh", "-c", RECEIVE, "receive", directory, name, str(size), digest, token)


def send_command(directory: str) -> tuple[str, ...]:
    """The command that sends files."""
    return ("sh", "-c", SEND, "send", directory)


def upload(channel: CommandChannel, file: BinaryIO, size: int, sent: Callable[[int], None]) -> bool:
    """Send a file to a running RECEIVE. Returns False where it is there already.

    `sent` gets the number of bytes so far.
    """
    answers = ProgramOutput(channel)
    if answers.line() == "present":
        return False
    done = 0
    while chunk := file.read(min(CHUNK_BYTES, size - done)):
        channel.write(chunk)
        done += len(chunk)
        sent(done)
    if done < size:
        raise ClusterError("the file became shorter while it was read; run the command again")
    answer = answers.line()
    if answer != "stored":
        raise ClusterError(
            f"the pod answers {answer!r}; is there a shell in its image? choose another with --pod-image"
        )
    return True


def fetch(channel: CommandChannel, answers: ProgramOutput, name: str) -> Iterator[bytes]:
    """A file's bytes from a running SEND. Raises ClusterError where there is none."""
    channel.write(f"{name}\n".encode())
    size = answers.line()
    if not size.isdigit():
        raise ClusterError(f"the pod answers {size!r} instead of the size of {name}; run the command again")
    return answers.chunks(int(size))
