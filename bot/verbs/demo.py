import argparse

from bot import demo


def run(chosen: argparse.Namespace) -> int:
    """Play the story; 1 where a step failed."""
    return demo.main(stay=chosen.stay, web=chosen.web)
