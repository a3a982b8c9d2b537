"""Write policy.schema.json anew from the model of the policy file."""

import json
from pathlib import Path

from core.adapters.policy_file import policy_schema

DOCUMENT = Path(__file__).parent.parent / "policy.schema.json"


def rendered() -> str:
    """Return the schema as the file holds it."""
    return json.dumps(policy_schema(), indent=2) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(rendered())
