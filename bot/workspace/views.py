"""Modals and home tabs."""

import secrets
from dataclasses import dataclass, field
from typing import Final

from bot.workspace.bell import Bell
from bot.workspace.errors import ApiError
from bot.workspace.identifiers import Mint
from bot.workspace.wire import JsonObject

STACK: Final = 3
"""A root view and two pushed on it. https://docs.slack.dev/surfaces/modals#view_stack"""


@dataclass(eq=False, slots=True)
class View:
    """A modal or a home tab, as one person has it before them.

    Attributes:
        content: the view as the app gave it, ids filled in.
        hash: changes with every update.
        errors: what the last submission was refused with, by block id.
        history: every content it had, the present one last.
    """

    id: str
    user_id: str
    content: JsonObject
    hash: str
    root_id: str
    previous_id: str | None = None
    open: bool = True
    errors: dict[str, str] = field(default_factory=dict)
    history: list[JsonObject] = field(default_factory=list)

    @property
    def is_home(self) -> bool:
        """Whether it is a home tab."""
        return bool(self.content["type"] == "home")

    @property
    def blocks(self) -> list[JsonObject]:
        """Its blocks."""
        blocks: list[JsonObject] = self.content["blocks"]
        return blocks

    @property
    def external_id(self) -> str:
        """The id the app chose for it, or an empty string."""
        return str(self.content.get("external_id") or "")


class Views:
    """All views, the stack of modals each person has open, and each person's home."""

    def __init__(self, mint: Mint, bell: Bell) -> None:
        self._mint = mint
        self._bell = bell
        self._views: dict[str, View] = {}
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def top(self, user_id: str) -> View | None:
        """The modal the person looks at."""
        stack = self._stacks.get(user_id)
        return stack[-1] if stack else None

    def home(self, user_id: str) -> View | None:
        """What was last published for the person."""
        return self._homes.get(user_id)

    def get(self, view_id: str | None, external_id: str | None = None) -> View:
        """An open view, by its id or the one the app gave it.

        Raises:
            ApiError: there is none, or it was closed.
        """
        for view in self._views.values():
            if view.open and (view.id == view_id or (external_id and view.external_id == external_id)):
                return view
        raise ApiError("not_found")

    def open(self, user_id: str, content: JsonObject) -> View:
        """Show a modal; one that was open goes away."""
        self.clear(user_id)
        view = self._add(user_id, content)
        self._stacks[user_id] = [view]
        self._bell.ring()
        return view

    def push(self, user_id: str, content: JsonObject) -> View:
        """Lay a modal on the one that is open.

        Raises:
            ApiError: nothing is open, or three are.
        """
        stack = self._stacks.get(user_id)
        if not stack:
            raise ApiError("not_found")
        if len(stack) >= STACK:
            raise ApiError("push_limit_reached")
        view = self._add(user_id, content)
        view.root_id, view.previous_id = stack[0].id, stack[-1].id
        stack.append(view)
        self._bell.ring()
        return view

    def update(self, view: View, content: JsonObject, expected: str | None = None) -> View:
        """Change what a view shows.

        Raises:
            ApiError: it changed since the app saw it (`hash_conflict`).
        """
        if expected is not None and expected != view.hash:
            raise ApiError("hash_conflict")
        self._check_external_id(content, besides=view)
        view.content, view.hash, view.errors = content, self._hash(), {}
        view.history.append(content)
        self._bell.ring()
        return view

    def publish(self, user_id: str, content: JsonObject, expected: str | None = None) -> View:
        """Set a person's home tab.

        Raises:
            ApiError: it changed since the app saw it (`hash_conflict`).
        """
        home = self._homes.get(user_id)
        if home is None:
            self._homes[user_id] = home = self._add(user_id, content)
            self._bell.ring()
            return home
        return self.update(home, content, expected)

    def close(self, view: View) -> None:
        """Take the top modal away; the one under it shows again."""
        view.open = False
        stack = self._stacks.get(view.user_id, [])
        if view in stack:
            stack.remove(view)
        self._bell.ring()

    def clear(self, user_id: str) -> None:
        """Take all modals of the person away."""
        for view in self._stacks.pop(user_id, []):
            view.open = False
        self._bell.ring()

    def refuse(self, view: View, errors: dict[str, str]) -> None:
        """Show errors beside the fields of a view."""
        view.errors = errors
        self._bell.ring()

    def _add(self, user_id: str, content: JsonObject) -> View:
        self._check_external_id(content)
        view_id = self._mint.id("V")
        view = View(view_id, user_id, content, self._hash(), root_id=view_id, history=[content])
        self._views[view_id] = view
        return view

    def _check_external_id(self, content: JsonObject, besides: View | None = None) -> None:
        wanted = content.get("external_id")
        for view in self._views.values():
            if wanted and view is not besides and view.open and view.external_id == wanted:
                raise ApiError("duplicate_external_id")

    def _hash(self) -> str:
        return f"{self._mint.id('')}.{secrets.token_hex(4)}"
