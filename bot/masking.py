"""Takes secrets out of what is about to be shown."""

import re
from typing import Final

MASK: Final = "[masked]"
_SECRETS: Final = (
    re.compile(r"(\bxox[a-z]?[.-]|\bxapp-)[A-Za-z0-9.-]+"),  # Slack's tokens
    re.compile(r"(\bhttps://hooks\.slack\.com/)\S+"),  # where whoever knows it may answer
    re.compile(r"(\bwss?://[^\s?]{1,256}\?)\S+"),  # the ticket of a socket
    re.compile(
        r"(\b[a-z][a-z0-9+.-]{0,30}://[^\s:/@]{0,99}:)[^\s@]{1,256}(?=@)", re.IGNORECASE
    ),  # a database's password
    re.compile(r"(\bBearer )\S+", re.IGNORECASE),
    re.compile(r"(\b(?i:basic) )(?=\S[a-zA-Z]{0,256}[A-Z0-9+/=])[\w+/=-]{4,}"),  # but not "basic authentication"
    re.compile(r"(\beyJ)[\w-]+\.[\w-]+\.[\w-]*"),  # a service account's token
)
"""What comes before a secret is kept, for it says which one it was.

Lengths are bounded where one part could be the beginning of many: whatever people type comes by here.
"""


def masked(text: str) -> str:
    """Replace what lets whoever reads it in."""
    for secret in _SECRETS:
        text = secret.sub(rf"\1{MASK}", text)
    return text
