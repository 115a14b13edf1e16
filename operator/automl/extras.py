"""Check that an extra is installed, so that the user reads what to install instead of an ImportError."""

from importlib.util import find_spec

from automl.errors import UserError

_PREDICT = ("numpy", "pandas", "pyarrow", "sklearn", "lightgbm", "charset_normalizer")
MODULES = {
    "predict": _PREDICT,
    "local": (*_PREDICT, "aiohttp", "psutil", "optuna", "scipy"),
    "cluster": ("kubernetes",),
}


def need(extra: str) -> None:
    """Raise UserError where a module of an extra is not installed."""
    missing = [module for module in MODULES[extra] if find_spec(module) is None]
    if missing:
        raise UserError(f"{', '.join(missing)} is not installed; pip install 'automl-operator[{extra}]'")
