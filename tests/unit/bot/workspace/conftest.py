import pytest

from bot.workspace.channels import Channel, ChannelKind
from bot.workspace.directory import User
from bot.workspace.settings import Settings
from bot.workspace.state import State


@pytest.fixture
def state() -> State:
    return State(Settings())


@pytest.fixture
def alice(state: State) -> User:
    return state.add_user(User("U0ALICE", "alice", "Alice", state.directory.team.id, tz="Europe/Berlin"))


@pytest.fixture
def channel(state: State, alice: User) -> Channel:
    return state.add_channel("payments", ChannelKind.PUBLIC, {alice.id, state.directory.app.user_id})
