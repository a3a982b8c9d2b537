from pydantic import SecretStr

from bot.slack.tokens import Tokens
from bot.workspace import Workspace


class Secrets:
    """The place where the tokens are kept, as a file would."""

    def __init__(self, workspace: Workspace) -> None:
        self.bot, self.app, self.signing_secret = workspace.bot_token, workspace.app_token, workspace.signing_secret
        self.readings = 0
        self.missing = False

    def read(self) -> Tokens:
        self.readings += 1
        if self.missing:
            raise FileNotFoundError("/run/secrets/slack")
        return Tokens(SecretStr(self.bot), SecretStr(self.app), SecretStr(self.signing_secret))


def replace_bot_token(workspace: Workspace, secrets: Secrets) -> None:
    """The app is installed anew: the old token dies, and the file has another one, that nobody has read yet."""
    workspace.state.bot_token = secrets.bot = workspace.bot_token + "-anew"
