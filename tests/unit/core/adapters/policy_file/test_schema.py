from core.adapters.policy_file import policy_schema
from core.domain.policy import Rule
from scripts.policy_schema import DOCUMENT, rendered


def test_the_schema_in_the_repository_is_the_models() -> None:
    assert DOCUMENT.read_text() == rendered(), "run python -m scripts.policy_schema"


def test_the_schema_knows_every_key_and_tells_of_each() -> None:
    properties = policy_schema()["$defs"]["RuleEntry"]["properties"]
    fields = set(Rule.__dataclass_fields__) - {"source_required", "reason_required"} | {"source", "reason"}
    assert set(properties) == fields
    assert all(described["description"] for described in properties.values())


def test_the_schema_permits_no_other_key_and_no_null() -> None:
    schema = policy_schema()
    shapes = [schema, *schema["$defs"].values()]
    assert all(shape["additionalProperties"] is False for shape in shapes)
    assert "null" not in str(schema)
    assert schema["required"] == ["rules"]


def test_the_example_names_its_schema_in_its_first_line() -> None:
    first = (DOCUMENT.parent / "policy.example.yaml").read_text().splitlines()[0]
    assert first == f"# yaml-language-server: $schema={DOCUMENT.name}"
