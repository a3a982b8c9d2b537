"""What Slack refuses in messages and views, written down as checks that need no network.

The limits are those of https://docs.slack.dev/reference/block-kit; the findings are worded like Slack's own answers.
"""

from bot.workspace.validation.problems import Problem
from bot.workspace.validation.surfaces import check_message_blocks, check_view

__all__ = ["Problem", "check_message_blocks", "check_view"]
