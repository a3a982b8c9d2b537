"""Where values of settings come from: flags, the environment, a file. Each value remembers it, for errors."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from bot.settings.about import flag, key, variable
from bot.settings.errors import BadSettings
from bot.settings.model import Settings
from core.marked_yaml import BadYaml, Document, read_yaml

_IN_A_FILE: Final = frozenset(Settings.model_fields) - {"config"}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from.

    Attributes:
        name: as it is to be named in an error.
        setting: what stands before the value.
    """

    name: str
    setting: str

    @classmethod
    def flag(cls, name: str) -> "Origin":
        """Name the flag."""
        return cls(flag(name), f"{flag(name)} ")


class Source(PydanticBaseSettingsSource):
    """A source of values by field."""

    def __init__(self) -> None:
        super().__init__(Settings)

    @abstractmethod
    def origin(self, name: str) -> Origin:
        """Say where in this source a field's value is."""

    @abstractmethod
    def values(self) -> Iterator[tuple[str, Any]]:
        """Yield what is there, by field."""

    def __call__(self) -> dict[str, Any]:
        """Gather what is there, by field."""
        return dict(self.values())

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - theirs
        """Find one value, as pydantic-settings asks for it."""
        return self().get(field_name), field_name, False


class FromFlags(Source):
    """What was typed, as ``argparse`` hands it over; flags that were not given are not in it."""

    def __init__(self, flags: Mapping[str, Any]) -> None:
        super().__init__()
        self._flags = flags

    def values(self) -> Iterator[tuple[str, Any]]:
        """Yield what was typed."""
        return ((name, self._flags[name]) for name in Settings.model_fields if name in self._flags)

    def origin(self, name: str) -> Origin:
        """Name the flag."""
        return Origin.flag(name)


class FromEnvironment(Source):
    """The environment; an empty variable is one that is not set, as containers and unit files write it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__()
        self._environ = environ

    def values(self) -> Iterator[tuple[str, Any]]:
        """Yield what is set."""
        for name, field in Settings.model_fields.items():
            if value := self._environ.get(variable(name, field), "").strip():
                yield name, value

    def origin(self, name: str) -> Origin:
        """Name the variable."""
        known = variable(name, Settings.model_fields[name])
        return Origin(known, f"{known}=")


class FromFile(Source):
    """A YAML file.

    Raises:
        BadSettings: it cannot be read, or has a key that is no setting.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._document = _read(path)
        self._keys = self._known_keys()

    def values(self) -> Iterator[tuple[str, Any]]:
        """Yield what the file says; a key with nothing behind it says nothing."""
        found = self._document.value
        if isinstance(found, dict):
            yield from ((name, found[written]) for name, written in self._keys.items() if found[written] is not None)

    def origin(self, name: str) -> Origin:
        """Name the file, the line and the key."""
        written = self._keys[name]
        return Origin(f"{_at(self._path, self._document, written)}: {written}", f"{key(name)}: ")

    def _known_keys(self) -> dict[str, str]:
        """Find how each field is written in the file."""
        written = self._document.value or {}
        if not isinstance(written, dict):
            raise BadSettings([f"{self._path}: keys belong here, each with its value; for example ports: 10000-10099"])
        names = {str(word): str(word).replace("-", "_") for word in written}
        unknown = [self._unknown(word) for word, name in names.items() if name not in _IN_A_FILE]
        twice = [f"{_at(self._path, self._document, w)}: {w} is there twice" for w in _twins(names)]
        if unknown or twice:
            raise BadSettings(unknown + twice)
        return {name: word for word, name in names.items()}

    def _unknown(self, word: str) -> str:
        near = get_close_matches(word.replace("_", "-"), map(key, _IN_A_FILE), n=1)
        return f"{_at(self._path, self._document, word)}: there is no setting {word!r}" + (
            f"; did you mean {near[0]}?" if near else ""
        )


def _twins(names: Mapping[str, str]) -> list[str]:
    """Which keys name a field that an earlier key named in its other spelling."""
    spelled = list(names.values())
    return [word for index, (word, name) in enumerate(names.items()) if name in spelled[:index]]


def _read(path: Path) -> Document:
    try:
        return read_yaml(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise BadSettings([f"--config: cannot read {path}: {exc.strerror}"]) from exc
    except UnicodeDecodeError as exc:
        raise BadSettings([f"--config: {path} is not UTF-8 text"]) from exc
    except BadYaml as exc:
        raise BadSettings([f"{path}" + (f", {exc.spot}" if exc.spot else "") + f": {exc.problem}"]) from exc


def _at(path: Path, document: Document, word: str) -> str:
    spot = document.spot((word,))
    return f"{path}, line {spot.line}" if spot else str(path)
