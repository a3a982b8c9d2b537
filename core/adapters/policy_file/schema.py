"""The JSON schema, by which an editor completes and checks a policy while it is written."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from core.adapters.policy_file.entries import PolicyEntry


class _Plain(GenerateJsonSchema):
    """What may be left out may not be null (a bare key is refused), and no key needs a second name."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic asks for each field
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def policy_schema() -> dict[str, Any]:
    """Describe a policy file."""
    described = PolicyEntry.model_json_schema(schema_generator=_Plain)
    return {"$schema": _Plain.schema_dialect, **described, "title": "Pod-Proxier policy"}
