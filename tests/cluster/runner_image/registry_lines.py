"""What the test image appends to the registry of learners."""

from automl_runner.learners.for_tests import FOR_TESTS

_ALL += FOR_TESTS  # noqa: F821
LEARNERS |= {learner.descriptor.name: learner for learner in FOR_TESTS}  # noqa: F821
