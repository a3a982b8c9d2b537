"""``python -m tests.golden --write`` writes what is posted now; without ``--write`` it prints it."""

import sys

from tests.golden.messages import GROUPS
from tests.golden.pages import FOLDER, page


def main() -> None:
    for name, group in GROUPS.items():
        if "--write" in sys.argv:
            (FOLDER / f"{name}.txt").write_text(page(group()), encoding="utf-8")
        else:
            sys.stdout.write(f"{'#' * 20} {name}\n{page(group())}\n")


main()
