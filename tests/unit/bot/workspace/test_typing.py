"""What Slack's client makes of a command's text, with ``should_escape``."""

import pytest

from bot.workspace.channels import Channel
from bot.workspace.hands.typing import escaped
from bot.workspace.state import State

TYPED = {
    "pod payments/api-0 2h": "pod payments/api-0 2h",
    "for @alice please": "for <@U0ALICE|alice> please",
    "for @nobody": "for @nobody",
    "tell @sre, @here": "tell <!subteam^S00000001|@sre>, <!here>",
    "see #payments, not #nowhere": "see <#{channel}|payments>, not #nowhere",
    "a<b & c>d": "a&lt;b &amp; c&gt;d",
    "see https://e.com/?a=1&b=2": "see <https://e.com/?a=1&amp;b=2>",
    "from gw.example.com": "from <http://gw.example.com|gw.example.com>",
    "at gw.example.com:5005": "at <http://gw.example.com:5005|gw.example.com:5005>",
    "ask a.b@example.com": "ask <mailto:a.b@example.com|a.b@example.com>",
    "from 10.1.2.3:80 api.v2": "from 10.1.2.3:80 api.v2",
}


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize(("typed", "arrives"), TYPED.items())
def test_what_is_typed_arrives_as(typed: str, arrives: str, state: State, channel: Channel) -> None:
    state.add_group("sre", [])
    assert escaped(typed, state) == arrives.replace("{channel}", channel.id)
