"""The texts that an object keeps in memory."""

import asyncio
import gc
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

_SHARED = (type, ModuleType, FunctionType, BuiltinFunctionType, asyncio.AbstractEventLoop, asyncio.Future)


def texts_within(*roots: Any, beyond: tuple[Any, ...] = ()) -> set[str]:
    """All texts that can be reached from the roots, but not through `beyond`, code or event loops."""
    seen, found, stack = {id(thing) for thing in beyond}, set(), list(roots)
    while stack:
        thing = stack.pop()
        if id(thing) in seen or isinstance(thing, _SHARED):
            continue
        seen.add(id(thing))
        if isinstance(thing, str):
            found.add(thing)
        else:
            stack += gc.get_referents(thing)
            # The garbage collector does not count the keys of a dict whose keys are all texts.
            stack += thing.keys() if isinstance(thing, dict) else ()
    return found
