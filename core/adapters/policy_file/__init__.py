"""The policy as a YAML file: read, checked, watched, and described as a JSON schema."""

from core.adapters.policy_file.defaults import default_policy
from core.adapters.policy_file.errors import BadPolicy
from core.adapters.policy_file.reading import load_policy, parse_policy
from core.adapters.policy_file.schema import policy_schema
from core.adapters.policy_file.source import PolicySource

__all__ = ["BadPolicy", "PolicySource", "default_policy", "load_policy", "parse_policy", "policy_schema"]
