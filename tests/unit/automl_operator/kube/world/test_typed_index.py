"""After any history a typed index equals the stored objects, and has parsed each object once."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from automl_operator.kube.world.typed_index import TypedIndex

NAMES = st.sampled_from(["a", "b", "c"])
LIVES = st.sampled_from(["", "one", "two"])
CHANGES = st.lists(st.tuples(NAMES, st.none() | LIVES), max_size=30)


def item(name: str, life: str, version: int) -> dict[str, Any]:
    return {"metadata": {"namespace": "lab", "name": name, "resourceVersion": str(version)}, "life": life}


@given(CHANGES)
def test_after_any_history_a_group_equals_the_stored_objects_in_order(history: list[tuple[str, str | None]]) -> None:
    read: list[str] = []

    def reading(new: dict[str, Any]) -> tuple[str, str]:
        read.append(new["metadata"]["resourceVersion"])
        return new["metadata"]["name"], new["metadata"]["resourceVersion"]

    index = TypedIndex(reading, lambda it: str(it["life"]), order=lambda found: found[0])
    there: dict[str, dict[str, Any]] = {}
    for version, (name, life) in enumerate(history):
        new = None if life is None else item(name, life, version)
        if new is None and name not in there:
            continue
        index.change(there.get(name), new)
        if new is None:
            del there[name]
        else:
            there[name] = new
        for group in ("one", "two"):
            expected = sorted(
                (it["metadata"]["name"], it["metadata"]["resourceVersion"])
                for it in there.values()
                if it["life"] == group
            )
            assert list(index.of("lab", group)) == expected
            assert index.of("lab", group) is index.of("lab", group)
    assert len(read) == len(set(read))
    assert index.of("lab", "") == ()
