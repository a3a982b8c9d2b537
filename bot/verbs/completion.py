import argparse

from bot.commands.completion import completion
from bot.commands.tree import parser_of


def run(chosen: argparse.Namespace) -> int:
    """Print the completion for a shell."""
    print(completion(parser_of(), chosen.shell))
    return 0
