"""A client of HAProxy's runtime socket: many commands over one connection, a deadline for each exchange."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from core.adapters.haproxy.addresses import RuntimeAddress, UnixAddress
from core.adapters.haproxy.commands import Command, batches, command
from core.domain.errors import GatewayRefused, GatewayUnreachable

# Answers follow each other without a mark of their own (2.6 even leaves out the empty line after some), so that each
# question is preceded by one whose answer is known. It also tells which configuration is running.
_MARK: Final = command("get", "var", "proc.pp_config")
_MARKED: Final = re.compile(r"^(?:\[\d]: )?proc\.pp_config: type=str value=<(\w+)>$", re.MULTILINE)
_NUMBERED: Final = command("set", "severity-output", "number")
_COMPLAINT: Final = re.compile(r"^\[[0-3]]: (.*)$", re.MULTILINE)  # emerg, alert, crit, err; see syslog(3)
_PART: Final = 65_536


@dataclass(frozen=True, slots=True)
class Answers:
    """What HAProxy said.

    Attributes:
        config: the ``sha`` of the configuration that it runs.
        replies: one for each question, in order.
        complaints: the errors among the answers to what it was told to do first.
    """

    config: str
    replies: tuple[str, ...]
    complaints: tuple[str, ...] = ()


class RuntimeSocket:
    """HAProxy's runtime socket.

    All calls raise:
        GatewayUnreachable: no connection, no whole answer within the deadline. What was told may have been done.

    Args:
        address: where it listens.
        deadline: for one exchange, a connection and the wait for one included.
        at_a_time: connections at the same time.
    """

    def __init__(self, address: RuntimeAddress, deadline: timedelta, at_a_time: int) -> None:
        self._address, self._deadline = address, deadline.total_seconds()
        self._turns = asyncio.Semaphore(at_a_time)

    def __str__(self) -> str:
        return str(self._address)

    async def tell(self, commands: Sequence[Command]) -> tuple[str, ...]:
        """Have commands done, in order; returns HAProxy's complaints. They prove nothing: read back."""
        complaints: list[str] = []
        for batch in batches(commands):
            complaints += _COMPLAINT.findall(await self._exchange([_NUMBERED, *batch]))
        return tuple(complaints)

    async def ask(
        self, *questions: Command, first: Sequence[Command] = (), patience: timedelta = timedelta()
    ) -> Answers:
        """Have commands done, then ask; one exchange where they fit into one line.

        Args:
            *questions: commands that change nothing.
            first: commands to be done before.
            patience: how long an answer may take beyond the deadline.

        Raises:
            GatewayRefused: it runs another configuration than one of ours, or does not know a question.
        """
        *early, last = list(batches(first)) or [[]]
        complaints = [complaint for batch in early for complaint in await self.tell(batch)]
        marked = [part for question in questions for part in (_MARK, question)]
        text = await self._exchange([_NUMBERED, *last, *marked], patience.total_seconds())
        before, *rest = _MARKED.split(text)
        if len(rest) != 2 * len(questions):
            raise self._misunderstood(text, rest)
        replies = tuple(reply.strip("\n") for reply in rest[1::2])
        for reply in replies:
            self._refuse_complaint(reply)
        return Answers(rest[0], replies, (*complaints, *_COMPLAINT.findall(before)))

    async def _exchange(self, commands: Sequence[Command], patience: float = 0.0) -> str:
        try:
            async with asyncio.timeout(self._deadline + patience), self._turns:
                return await self._speak(";".join(commands) + "\n")
        except TimeoutError as exc:
            raise GatewayUnreachable(str(self), f"no answer within {self._deadline + patience:g} s") from exc
        except OSError as exc:
            raise GatewayUnreachable(str(self), exc.strerror or str(exc)) from exc

    async def _speak(self, line: str) -> str:
        """Send a line, and read until HAProxy hangs up; on a bare socket, for streams cost as much as all the rest."""
        loop = asyncio.get_running_loop()
        family, where = self._place()
        with socket.socket(family) as client:
            client.setblocking(False)
            await loop.sock_connect(client, where)
            await loop.sock_sendall(client, line.encode())
            return b"".join([part async for part in _parts(client)]).decode(errors="replace")

    def _place(self) -> tuple[socket.AddressFamily, str | tuple[str, int]]:
        if isinstance(self._address, UnixAddress):
            return socket.AF_UNIX, str(self._address.path)
        return socket.AF_INET, (str(self._address.host), self._address.port)

    def _misunderstood(self, text: str, marked: Sequence[str]) -> Exception:
        if marked or not text.strip():
            return GatewayUnreachable(str(self), "its answer broke off")
        return GatewayRefused(
            "a question", "it does not run a configuration of Pod-Proxier's (haproxy-config shows one)"
        )

    def _refuse_complaint(self, reply: str) -> None:
        complaint = _COMPLAINT.match(reply)
        if complaint is not None:
            raise GatewayRefused("a question", complaint[1])


async def _parts(client: socket.socket) -> AsyncIterator[bytes]:
    while part := await asyncio.get_running_loop().sock_recv(client, _PART):
        yield part
