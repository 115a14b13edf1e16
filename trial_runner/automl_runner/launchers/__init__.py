"""The agent's side of its children: start one, receive its folds and its outcome, signal it."""

from automl_runner.launchers.fork import ForkLauncher
from automl_runner.launchers.launcher import Child, Crash, Launcher, LauncherBroken
from automl_runner.launchers.spawn import SpawnLauncher

__all__ = ["Child", "Crash", "ForkLauncher", "Launcher", "LauncherBroken", "SpawnLauncher"]
