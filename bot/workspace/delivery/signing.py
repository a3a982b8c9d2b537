"""Request signatures. https://docs.slack.dev/authentication/verifying-requests-from-slack."""

import hashlib
import hmac
from typing import Final

VERSION: Final = "v0"


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The value of `X-Slack-Signature`."""
    base = f"{VERSION}:{timestamp}:".encode() + body
    return f"{VERSION}={hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()}"
