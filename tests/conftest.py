"""What all tests share: property tests that a slow machine cannot fail, and Ctrl-C as a terminal has it."""

import os
import signal

from hypothesis import HealthCheck, settings

# Searching for new counterexamples is for people; a continuous build says the same of the same tree.
settings.register_profile(
    "every machine",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("every machine")

# A suite that was started in the background inherits that SIGINT is ignored, and so would every program it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
