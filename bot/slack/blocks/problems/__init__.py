"""Every error that a person can meet: what was typed, what is wrong, and what would work."""

from bot.slack.blocks.problems import outside, people, refusals, states, typing
from bot.slack.blocks.problems.frame import defect, problem, tell

__all__ = ["defect", "outside", "people", "problem", "refusals", "states", "tell", "typing"]
