"""What Slack would refuse in a message, or show badly, found before it is sent."""

from collections.abc import Iterator

from bot.slack.blocks.message import Message


def lint(message: Message) -> list[str]:
    """List everything that is wrong with a message; empty where it is as it should be."""
    return list(_findings(message))


def _findings(message: Message) -> Iterator[str]:
    if not message.text.strip():
        yield "text: empty"
