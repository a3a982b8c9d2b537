import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

START_DEADLINE: Final = 60.0  # seconds; a busy machine with two cores needs a fifth of it
STOP_DEADLINE: Final = 10.0
POLL_EVERY: Final = 0.05
LINES_SHOWN: Final = 40


class StartFailed(RuntimeError):
    """A program ended, or was not ready in time; shows the end of what it wrote."""

    def __init__(self, program: str, what: str, log: Path) -> None:
        super().__init__(f"{program} {what}; the end of {log}:\n{last_lines(log)}")


def run_to_the_end(command: Sequence[str | Path], *, log: Path, user: str | None = None) -> None:
    """Run a program that ends by itself.

    Raises:
        StartFailed: it ended with another code than 0.
    """
    with log.open("wb") as output, _started(command, output, user) as process:
        try:
            process.wait(START_DEADLINE)
        finally:
            process.kill()  # does nothing to one that has ended
    if process.returncode != 0:
        raise StartFailed(Path(command[0]).name, f"ended with code {process.returncode}", log)


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    log: Path,
    ready: Callable[[], bool],
    user: str | None = None,
    within: float = START_DEADLINE,
) -> Iterator[None]:
    """Run a program for as long as the block lasts; the block begins when ``ready`` says so.

    Args:
        command: the program and its arguments; paths are absolute.
        log: gets all that the program writes.
        ready: asked again and again until it is true.
        user: whom to run it as, when that is somebody else.
        within: seconds that the start may take.

    Raises:
        StartFailed: it ended by itself, or was not ready in time.
    """
    with log.open("wb") as output, _started([*_ends_with_us(), *command], output, user) as process:
        try:
            _wait_until_ready(process, Path(command[0]).name, log, ready, within)
            yield
        finally:
            _stop(process)


def last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-LINES_SHOWN:])


def _started(command: Sequence[str | Path], output: BinaryIO, user: str | None) -> subprocess.Popen[bytes]:
    """Start it in the root folder: the one place that every user may be in."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd="/",
        user=user,
        group=None if user is None else pwd.getpwnam(user).pw_gid,
        extra_groups=None if user is None else (),
    )


def _ends_with_us() -> tuple[str, ...]:
    """Have the kernel stop the program should the tests be killed before they can; only Linux offers it."""
    return ("setpriv", "--pdeathsig", "INT", "--") if shutil.which("setpriv") else ()


def _wait_until_ready(
    process: subprocess.Popen[bytes], program: str, log: Path, ready: Callable[[], bool], within: float
) -> None:
    deadline = time.monotonic() + within
    while not ready():
        if process.poll() is not None:
            raise StartFailed(program, f"ended with code {process.returncode}", log)
        if time.monotonic() > deadline:
            raise StartFailed(program, f"was not ready within {within:g} s", log)
        time.sleep(POLL_EVERY)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown; to the others the same as SIGTERM
    try:
        process.wait(STOP_DEADLINE)
    except subprocess.TimeoutExpired:
        process.kill()
