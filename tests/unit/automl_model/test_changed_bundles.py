"""A bundle with any change predicts finite numbers or is refused with a message; it never crashes or hangs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automl_model.arrays import read_arrays, write_arrays
from builders.bundles import outcome, sealed

EXAMPLES = 25
NUMBERS = st.sampled_from(
    [0, 1, -1, 2, 3, 7, 13, 255, 256, 2**31 - 1, 2**31, -(2**31), 2**63, 10**30, 0.5, -0.5, 1e-300, 1e308, -1e308]
)
WORDS = st.sampled_from(["", "x", "..", "../x", "nan", "numeric", "plain", "\u0000", "\ud800", "%", "[", "1" * 400])
OTHERS: list[Any] = [None, True, [], {}, [[]], [0], [1, 0], ["a"], {"x": 1}]
VALUES = NUMBERS | WORDS | st.sampled_from(OTHERS)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value, as a pair of container and key."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


def spoil_json(data: bytes, draw: Any) -> bytes:
    value = json.loads(data)
    container, key = draw(st.sampled_from(list(places(value)) or [({"x": 0}, "x")]))
    kept = draw(st.booleans())
    if not kept and draw(st.booleans()):
        del container[key]
    else:
        container[key] = draw(VALUES)
    return json.dumps(value).encode()


def spoil_text(data: bytes, draw: Any) -> bytes:
    lines = data.decode().split("\n")
    number = draw(st.integers(0, len(lines) - 1))
    tokens = lines[number].replace("=", "= ").split(" ")
    tokens[draw(st.integers(0, len(tokens) - 1))] = str(draw(NUMBERS | st.sampled_from(["", "inf", "nan", "x", "-"])))
    lines[number] = " ".join(tokens).replace("= ", "=")
    return "\n".join(lines).encode()


def spoil_arrays(data: bytes, draw: Any, place: Path) -> bytes:
    (place / "x.npz").write_bytes(data)
    arrays = {name: found.copy() for name, found in read_arrays(place / "x.npz").items()}
    name = draw(st.sampled_from(sorted(arrays)))
    found = arrays[name]
    how = draw(st.sampled_from(["value", "value", "value", "length", "type", "away", "all"]))
    if how == "away":
        del arrays[name]
    elif how == "length":
        arrays[name] = np.concatenate([found, found])[: draw(st.integers(0, 2 * len(found)))]
    elif how == "type":
        kind = draw(st.sampled_from([np.int32, np.int64, np.float32, np.float64, np.uint8]))
        with np.errstate(all="ignore"):
            arrays[name] = found.astype(kind)
    elif found.size:
        with np.errstate(all="ignore"):
            value = np.array([float(draw(NUMBERS))]).astype(found.dtype)[0]
        flat = found.reshape(-1)
        flat[slice(None) if how == "all" else draw(st.integers(0, found.size - 1))] = value
        arrays[name] = flat.reshape(found.shape)
    write_arrays(place / "x.npz", arrays)
    return (place / "x.npz").read_bytes()


def spoil_bytes(data: bytes, draw: Any) -> bytes:
    begin, length = draw(st.integers(0, len(data))), draw(st.integers(0, 8))
    inserted: bytes = draw(st.binary(max_size=8))
    return data[:begin] + inserted + data[begin + length :]


@pytest.mark.parametrize("ending", [".json", ".npz", ".txt", ""])
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_bundle_with_anything_changed_predicts_finite_values_or_is_refused(
    whole: tuple[Path, dict[str, bytes]], tmp_path: Path, ending: str, data: st.DataObject
) -> None:
    place, files = whole
    unread = ("manifest.json", "README.md")
    name = data.draw(
        st.sampled_from([name for name in files if name.endswith(ending) and name not in unread]), label="file"
    )
    spoil = {".json": spoil_json, ".txt": spoil_text}.get(ending, spoil_bytes)
    before = files[name]
    after = spoil_arrays(before, data.draw, tmp_path) if ending == ".npz" else spoil(before, data.draw)
    try:
        (place / name).write_bytes(after)
        sealed(place)
        outcome(place)
    finally:
        (place / name).write_bytes(before)
        (place / "manifest.json").write_bytes(files["manifest.json"])
