"""Log lines: their fields, and secrets that they must not contain."""

import asyncio
import io
import json
import logging
import warnings

import pytest

from automl_operator.kube.settings import LogSettings
from automl_operator.kube.telemetry import scope
from automl_operator.kube.telemetry.logs import logging_to
from automl_operator.kube.telemetry.redaction import redacted


@pytest.fixture
def lines():
    """A function that returns all log lines so far, parsed from JSON."""
    stream = io.StringIO()
    with logging_to(LogSettings(level="debug"), stream):
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_has_time_level_logger_and_message(lines):
    logging.getLogger("automl_operator.test").info("%d of %d", 1, 2)
    (line,) = lines()
    assert line.pop("time").endswith("Z")
    assert line == {"level": "info", "logger": "automl_operator.test", "message": "1 of 2"}


def test_a_thread_that_outlives_the_operator_logs_in_the_same_format(monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    stream = io.StringIO()
    with logging_to(LogSettings(), stream):
        pass
    logging.getLogger("kopf").warning("will re-authenticate")
    assert json.loads(stream.getvalue())["message"] == "will re-authenticate"


def test_a_line_says_what_it_is_about(lines):
    logger = logging.getLogger("test")
    scope.enter(namespace="ml", experiment="churn")
    with scope.narrowed(trial="churn-0-1"):
        logger.info("inner", extra={"runner": "r0"})
    logger.info("outer")
    scope.enter()
    logger.info("elsewhere")
    about = [{key: line[key] for key in scope.FIELDS if key in line} for line in lines()]
    assert about == [
        {"namespace": "ml", "experiment": "churn", "trial": "churn-0-1", "runner": "r0"},
        {"namespace": "ml", "experiment": "churn"},
        {},
    ]


async def test_each_task_has_its_own_scope(lines):
    async def work(name):
        scope.enter(experiment=name)
        await asyncio.sleep(0)
        logging.getLogger("test").info(name)

    await asyncio.gather(work("a"), work("b"))
    own = [line for line in lines() if line["logger"] == "test"]
    assert [(line["message"], line["experiment"]) for line in own] == [("a", "a"), ("b", "b")]


def test_a_traceback_is_a_field_of_the_same_line(lines):
    logging.getLogger("test").error("it failed", exc_info=ValueError("with\nlines"))
    (line,) = lines()
    assert line["message"] == "it failed"
    assert "ValueError: with\nlines" in line["error"]


@pytest.mark.parametrize(
    "name", ["kopf.objects", "kopf._core.reactor.running", "aiohttp.server", "kubernetes", "asyncio"]
)
def test_lines_of_libraries_are_logged_in_the_same_format(lines, name):
    logging.getLogger(name).warning("said by a library")
    (line,) = lines()
    assert (line["logger"], line["message"]) == (name, "said by a library")


def test_warnings_of_python_are_logged_in_the_same_format(lines):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("outdated", DeprecationWarning, stacklevel=1)
    (line,) = lines()
    assert line["logger"] == "py.warnings"
    assert "outdated" in line["message"]


def test_below_the_level_nothing_is_logged():
    stream = io.StringIO()
    with logging_to(LogSettings(level="warning"), stream):
        logging.getLogger("test").info("quiet")
        logging.getLogger("test").warning("loud")
    assert stream.getvalue().count("\n") == 1


def test_the_text_format_is_readable_for_people():
    stream = io.StringIO()
    with logging_to(LogSettings(format="text"), stream):
        logging.getLogger("test").info("said", extra={"experiment": "churn"})
    assert "INFO    test: [experiment=churn] said\n" in stream.getvalue()


def test_logging_is_restored_afterwards():
    before = logging.getLogger().handlers[:], logging.getLogger().level
    with logging_to(LogSettings(), io.StringIO()):
        pass
    assert (logging.getLogger().handlers[:], logging.getLogger().level) == before


TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl-_x"
KEY_ID = "AKIA" + "IOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        pytest.param(f"Authorization: Bearer {TOKEN}", TOKEN, id="a header"),
        pytest.param("{'Authorization': 'Basic dXNlcjpwYXNz'}", "dXNlcjpwYXNz", id="a header as Python prints it"),
        pytest.param('{"authorization":"opaque-token-1234"}', "opaque-token-1234", id="a header as JSON has it"),
        pytest.param("sent bearer abcdefghij.klmno", "abcdefghij.klmno", id="a bearer token without its header"),
        pytest.param(f"the token {TOKEN} was refused", TOKEN, id="a JSON Web Token anywhere"),
        pytest.param(f"InvalidAccessKeyId: {KEY_ID}", KEY_ID, id="the id of an AWS key"),
        pytest.param(f"AWS_SECRET_ACCESS_KEY={SECRET_KEY}", SECRET_KEY, id="an AWS key in the environment"),
        pytest.param(f'{{"secretAccessKey": "{SECRET_KEY}"}}', SECRET_KEY, id="an AWS key in JSON"),
        pytest.param("https://b/k?X-Amz-Signature=abc123def&x=1", "abc123def", id="a signed address"),
        pytest.param("s3://user:hunter2secret@host/bucket", "hunter2secret", id="an address with a password"),
        pytest.param("-----BEGIN EC PRIVATE KEY-----\nMHcCAQ\n-----END EC PRIVATE KEY-----", "MHcCAQ", id="a key"),
    ],
)
def test_a_secret_is_not_logged(text, secret, lines):
    assert secret in text
    logging.getLogger("test").warning("trouble: %s", text)
    logging.getLogger("test").error("trouble", exc_info=RuntimeError(text))
    logged = json.dumps(lines())
    assert secret not in logged
    assert json.dumps(secret)[1:-1] not in logged
    assert logged.count("[redacted]") >= 2


@pytest.mark.parametrize("beginning", ["a-", "eyJ12345678-", "a://b", "bearer ", "-----BEGIN A ", "password "])
def test_a_long_text_full_of_possible_secrets_is_redacted_quickly(beginning):
    text = f"{beginning * (200_000 // len(beginning))}\nAuthorization: Bearer {TOKEN}"
    assert TOKEN not in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "trial churn-1a2b3-17 is Succeeded, score 0.9273",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "https://automl-operator-broker.automl-system.svc:8443/v1/lease",
        "the runner's token is refused: the token has expired",
        "s3://bucket/automl/model",
    ],
)
def test_other_text_is_not_redacted(text):
    assert redacted(text) == text
