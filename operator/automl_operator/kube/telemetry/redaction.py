"""Removes secrets from log lines, whichever library wrote them."""

import re
from typing import Final

REDACTED: Final = "[redacted]"

# Patterns that may begin anywhere limit their length, so that the time does not grow with the square of a long text.
_SECRETS: Final = (
    # A header, as libraries print it: Authorization: Bearer abc, 'authorization': 'Basic abc'.
    re.compile(r"(?i)(authorization['\"]?\s*[:=]\s*['\"]?)(?:[a-z-]+\s+)?[^\s'\",;}]+"),
    re.compile(r"(?i)(\bbearer\s+)[a-z0-9._~+/=-]{8,}"),
    # A JSON Web Token, anywhere.
    re.compile(r"()\beyJ[\w-]{8,1024}\.[\w-]+(?:\.[\w-]*)?"),
    # An AWS access key id, and values assigned to names of secrets.
    re.compile(r"()\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    re.compile(
        r"(?i)((?:aws_secret_access_key|aws_session_token|secret_access_key|secretaccesskey|x-amz-security-token"
        r"|x-amz-signature|x-amz-credential|password|client_secret)['\"]?\s*[:=]\s*['\"]?)[^\s'\",;&}]+"
    ),
    # A password within a URL.
    re.compile(r"(\b[a-z][a-z0-9+.-]{0,30}://[^\s/:@]*:)[^\s/@]+(?=@)"),
    re.compile(r"()-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL),
)


def redacted(text: str) -> str:
    """The text without tokens, keys and passwords, as far as their form or name shows them."""
    for secret in _SECRETS:
        text = secret.sub(rf"\g<1>{REDACTED}", text)
    return text
