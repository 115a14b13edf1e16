"""Setup for all tests: property tests that a slow machine cannot fail, and Ctrl-C as in a terminal."""

import os
import signal

from hypothesis import HealthCheck, settings

# New counterexamples are searched for by people only: continuous integration gives the same result for the same tree.
settings.register_profile(
    "every machine",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("every machine")

# A test run in the background inherits a SIGINT that is ignored, and would pass it on to every program it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
