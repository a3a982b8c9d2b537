"""Write the table of settings in docs/operations.md anew from the model in bot/settings/model.py."""

from pathlib import Path

from pydantic.fields import FieldInfo

from bot.settings import Settings
from bot.settings.about import Group, about, default, flag, key, variable

BEGIN, END = "<!-- settings: begin (scripts/settings_table.py) -->", "<!-- settings: end -->"
DOCUMENT = Path(__file__).parent.parent / "docs" / "operations.md"


def table() -> str:
    """List every setting, as a flag and a variable, with its default."""
    lines = ["| flag | variable | means | default |", "|---|---|---|---|"]
    for group in Group:
        fields = {name: field for name, field in Settings.model_fields.items() if about(field).group is group}
        lines += [f"| **{str(group)[0].upper()}{str(group)[1:]}** | | | |", *(_row(*item) for item in fields.items())]
    return "\n".join(lines)


def _row(name: str, field: FieldInfo) -> str:
    how = f"only as `{key(name)}` in the file" if about(field).secret else f"`{flag(name)}`"
    known = default(field)
    shown = known if about(field).default or not known else f"`{known}`"
    return f"| {how} | `{variable(name, field)}` | {about(field).what} | {shown or '-'} |"


def rendered(text: str) -> str:
    """Put the table between its two marks."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    DOCUMENT.write_text(rendered(DOCUMENT.read_text()))
