from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from bot.workspace import posting
from bot.workspace.channels import Channel
from bot.workspace.delivery import payloads
from bot.workspace.delivery.courier import Courier
from bot.workspace.delivery.parcels import Outcome, Parcel, ParcelKind, Status
from bot.workspace.errors import ApiError, NotPossibleError
from bot.workspace.hands.answer import Answer, Asked
from bot.workspace.hands.controls import Choice, Control, fill_in, find, pick, state_values
from bot.workspace.hands.responses import apply_submission
from bot.workspace.hands.typing import escaped
from bot.workspace.hands.voice import Voice
from bot.workspace.messages import Message
from bot.workspace.response_urls import ResponseUrl
from bot.workspace.shapes import view_object
from bot.workspace.state import State
from bot.workspace.views import View
from bot.workspace.wire import JsonObject


class Clicking(TypedDict, total=False):
    """How somebody clicks.

    Attributes:
        option: what is picked or typed, where the element offers a choice.
        value: put in place of the element's value: a forged click.
        version: which version of the message is on the screen: 0 is the first, -1 the present one.
        block_id: where several blocks have an element of that name.
        confirm: what is said in the confirm dialog, if there is one.
        times: how often the very same payload is delivered.
    """

    option: Choice
    value: str
    version: int
    block_id: str
    confirm: bool
    times: int


@dataclass(slots=True)
class _Chosen:
    """What a person picked in each message and view, which stays picked until they pick something else."""

    by_surface: dict[str, dict[tuple[str, str], JsonObject]] = field(default_factory=dict)

    def of(self, surface: str) -> dict[tuple[str, str], JsonObject]:
        return self.by_surface.setdefault(surface, {})


class Person(Voice):
    """Somebody at Slack's client. Whatever that client would not let them do raises NotPossibleError."""

    def __init__(self, state: State, user_id: str, courier: Courier) -> None:
        super().__init__(state, user_id, courier)
        self._chosen = _Chosen()

    async def command(self, command: str, text: str = "", *, channel: Channel | str, times: int = 1) -> Answer:
        """Type a slash command.

        Args:
            command: with its slash.
            text: what follows it, as typed.
            channel: where; the person must be in it. `person.app_dm` is the DM with the app.
            times: how often the very same payload is delivered.
        """
        if command not in self._state.settings.commands:
            raise NotPossibleError(f"{command} is not a valid command")
        place = self.channel(channel)
        typed = escaped(text, self._state) if self._state.settings.should_escape else text
        url = self._state.response_urls.issue(place, self.id)
        asked = Asked(self.id, place, url.path, len(self._state.timeline))
        payload = payloads.command(self._state, self.user, place, (command, typed), self._full(url))
        outcome = await self._deliver(ParcelKind.COMMAND, payload, times, answerable=True)
        return Answer(self._state, asked, outcome, command, refused=self._show_payload(url, outcome))

    async def click(self, on: Message | View, name: str, **how: Unpack[Clicking]) -> Answer:
        """Click a button, or pick from a menu.

        Args:
            on: a message the person can see, ephemeral or not, or a view of theirs.
            name: the action id or the label.
            **how: see Clicking; `option="2 h"` for a menu, `value="..."` for a forged click, `version=0` a stale one.
        """
        blocks = self._shown_blocks(on, how.get("version", -1))
        control = find(blocks, name, how.get("block_id"))
        dialog = control.element.get("confirm")
        action = self._action(control, how)
        chosen = self._chosen.of(on.ts if isinstance(on, Message) else on.id)
        if control.element["type"] not in {"button", "overflow"}:
            chosen[control.block_id, control.action_id] = pick(control.element, how.get("option"))
        values = state_values(blocks, chosen)
        since = len(self._state.timeline)
        if isinstance(on, Message):
            url = self._state.response_urls.issue(on.channel, self.id, on)
            asked = Asked(self.id, on.channel, url.path, since)
            payload = payloads.message_click(self._state, self.user, on, action, values, self._full(url))
        else:
            asked = Asked(self.id, since=since)
            payload = payloads.view_click(self._state, self.user, on, action, values)
        if dialog is not None and not how.get("confirm", True):
            parcel = Parcel(ParcelKind.INTERACTIVE, payload, self._state.clock.time())
            return Answer(self._state, asked, Outcome(parcel, Status.CANCELLED), control.action_id, confirmed=dialog)
        outcome = await self._deliver(ParcelKind.INTERACTIVE, payload, how.get("times", 1))
        return Answer(self._state, asked, outcome, control.action_id, confirmed=dialog)

    async def submit(self, view: View, answers: Mapping[str, Choice] | None = None, *, times: int = 1) -> Answer:
        """Fill a modal in and submit it.

        Args:
            view: the modal on top.
            answers: by label, action id or block id.
            times: how often the very same payload is delivered.
        """
        self._check_mine(view)
        if not view.content.get("submit"):
            raise NotPossibleError("the modal has no submit button")
        chosen = self._chosen.of(view.id) | fill_in(view.blocks, answers or {})
        payload = payloads.submission(self._state, self.user, view, state_values(view.blocks, chosen))
        asked = Asked(self.id, since=len(self._state.timeline))
        outcome = await self._deliver(ParcelKind.INTERACTIVE, payload, times, answerable=True)
        name = view.content.get("callback_id") or "the modal"
        return Answer(self._state, asked, outcome, name, refused=apply_submission(self._state, view, outcome))

    async def dismiss(self, view: View, *, all_of_them: bool = False) -> Answer | None:
        """Close a modal, or the whole stack; the app hears of it only where the view says `notify_on_close`."""
        self._check_mine(view)
        if all_of_them:
            self._state.views.clear(self.id)
        else:
            self._state.views.close(view)
        if not view.content.get("notify_on_close"):
            return None
        payload = payloads.closed(self._state, self.user, view, cleared=all_of_them)
        outcome = await self._deliver(ParcelKind.INTERACTIVE, payload, 1)
        return Answer(self._state, Asked(self.id), outcome, "view_closed")

    async def suggest(self, on: Message | View, name: str, typed: str = "") -> list[JsonObject]:
        """Type into an `external_select` and read what the app offers; nothing where it does not answer in time."""
        control = find(self._shown_blocks(on, -1), name)
        place = self._place(on)
        element = {**control.element, "block_id": control.block_id}
        payload = payloads.suggestion(self._state, self.user, place, element, typed)
        outcome = await self._deliver(ParcelKind.INTERACTIVE, payload, 1, answerable=True)
        answered = outcome.payload or {}
        options: list[JsonObject] = answered.get("options") or []
        return options or [option for group in answered.get("option_groups") or () for option in group["options"]]

    async def shortcut(self, callback_id: str, *, message: Message | None = None) -> Answer:
        """Use a shortcut: a global one, or one from the menu of a message."""
        asked = Asked(self.id, since=len(self._state.timeline))
        if message is None:
            payload = payloads.shortcut(self._state, self.user, callback_id)
        else:
            url = self._state.response_urls.issue(message.channel, self.id)
            asked = Asked(self.id, message.channel, url.path, asked.since)
            payload = payloads.message_shortcut(self._state, self.user, callback_id, message, self._full(url))
        outcome = await self._deliver(ParcelKind.INTERACTIVE, payload, 1)
        return Answer(self._state, asked, outcome, callback_id)

    def _shown_blocks(self, on: Message | View, version: int) -> list[JsonObject]:
        if isinstance(on, View):
            self._check_mine(on)
            return on.blocks
        if self.id not in on.channel.members or on.ephemeral_to not in {None, self.id}:
            raise NotPossibleError(f"{self.name} does not see that message")
        if on.deleted and version == -1:
            raise NotPossibleError("the message is gone")
        try:
            return list(on.history[version].content.blocks)
        except IndexError as exc:
            raise NotPossibleError(
                f"the message has {len(on.history)} versions, none of them number {version}"
            ) from exc

    def _check_mine(self, view: View) -> None:
        if view.user_id != self.id or not view.open:
            raise NotPossibleError(f"{self.name} has no such view open")

    def _action(self, control: Control, how: Clicking) -> JsonObject:
        element = control.element
        picked = pick(element, how.get("option"))
        if "value" in how:
            option = picked.get("selected_option")
            picked |= {"selected_option": {**option, "value": how["value"]}} if option else {"value": how["value"]}
        return {
            "type": element["type"],
            "action_id": control.action_id,
            "block_id": control.block_id,
            **{name: element[name] for name in ("style", "placeholder", "confirm") if name in element},
            **picked,
            "action_ts": self._state.mint.timestamp(self._state.clock.time()),
        }

    def _place(self, on: Message | View) -> JsonObject:
        if isinstance(on, View):
            return {
                "container": {"type": "view", "view_id": on.id},
                "view": view_object(on, self._state.directory),
            }
        return {
            "container": {"type": "message", "message_ts": on.ts, "channel_id": on.channel.id},
            "channel": {"id": on.channel.id, "name": on.channel.name},
        }

    def _full(self, url: ResponseUrl) -> str:
        return self._state.base_url + url.path

    async def _deliver(self, kind: ParcelKind, payload: JsonObject, times: int, *, answerable: bool = False) -> Outcome:
        parcel = Parcel(kind, payload, self._state.clock.time(), accepts_response=answerable)
        return await self._courier.deliver_times(parcel, times)

    def _show_payload(self, url: ResponseUrl, outcome: Outcome) -> str | None:
        """Post what the acknowledgement of a command carries; Slack tells the person where it cannot."""
        if not outcome.payload:
            return None
        try:
            posting.answer(self._state, url, outcome.payload, "ack")
        except ApiError:
            return "invalid_command_response"
        return None
