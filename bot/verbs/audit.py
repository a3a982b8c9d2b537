import argparse
import asyncio
import getpass
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import Any, Final

from bot.bootstrap import record_of
from bot.client.exits import Exit
from bot.record.output import csv_head, csv_lines, jsonl, table
from bot.verbs.settings import settings_of
from core.domain.erasing import EVERYTHING, Erasure
from core.domain.people import System
from core.domain.record import AuditEntry, Erasable
from core.domain.verifying import Verifier
from core.interfaces import Wanted
from core.services.transactions import Transactions
from core.services.upkeep import erase

_PAGE: Final = 500
"""Entries that are read in one transaction: a bot on the same database waits for no more."""


def run(chosen: argparse.Namespace) -> int:
    """Read the record, verify it, or erase from it."""
    return asyncio.run(_run(chosen))


async def _run(chosen: argparse.Namespace) -> int:
    async with record_of(settings_of(chosen)) as transactions:
        return await _VERBS[chosen.what](chosen, transactions)


async def _list(chosen: argparse.Namespace, transactions: Transactions) -> int:
    wanted = _wanted(chosen)
    newest = await transactions.read(lambda uow: uow.audit.search(wanted, limit=chosen.limit, newest=True))
    entries = newest[::-1]
    if chosen.output == "table":
        print(table(entries))
    else:
        _head(chosen.output)
        _print(chosen.output, entries)
    return Exit.DONE


async def _export(chosen: argparse.Namespace, transactions: Transactions) -> int:
    _head(chosen.output)
    async for entries in _pages(_wanted(chosen), transactions):
        _print(chosen.output, entries)
    return Exit.DONE


async def _verify(chosen: argparse.Namespace, transactions: Transactions) -> int:
    seal = await transactions.read(lambda uow: uow.audit.sealed())
    own = [entry async for page in _pages(Wanted(event="audit:*"), transactions) for entry in page]
    verifier, head_seen = Verifier(seal, own), chosen.head in {None, seal.hash}
    findings = [str(finding) for finding in verifier.beginning()]
    last = seal.hash
    async for entries in _pages(Wanted(), transactions, after=seal.up_to):
        findings += map(str, verifier.look_at(entries))
        head_seen, last = head_seen or any(e.hash == chosen.head for e in entries), entries[-1].hash
    findings += [] if head_seen else [f"no entry has the hash {chosen.head}"]
    print(
        "\n".join(
            [*findings, f"{verifier.count} entries, {_verdict(findings)}; the last is {verifier.last_id}, {last}"]
        )
    )
    return Exit.FAILED if findings else Exit.DONE


async def _erase(chosen: argparse.Namespace, transactions: Transactions) -> int:
    kinds = frozenset({Erasable(chosen.only)}) if chosen.only else EVERYTHING
    erasure = Erasure(kinds, before=chosen.before, person=chosen.person)
    erased = await erase(erasure, transactions, System.CLI, login=getpass.getuser())
    print(f"erased beside {erased.entries} entries, and of {erased.mappings} mappings")
    return Exit.DONE


def _verdict(findings: Sequence[str]) -> str:
    return f"{len(findings)} of them not as written" if findings else "as they were written"


def _wanted(chosen: argparse.Namespace) -> Wanted:
    return Wanted(chosen.person, chosen.namespace, chosen.event, chosen.mapping, chosen.since, chosen.until)


async def _pages(wanted: Wanted, transactions: Transactions, after: int = 0) -> AsyncIterator[Sequence[AuditEntry]]:
    while True:
        cursor = after
        entries = await transactions.read(lambda uow: uow.audit.search(wanted, cursor, _PAGE))  # noqa: B023 - at once
        if not entries:
            return
        yield entries
        after = entries[-1].id


def _head(output: str) -> None:
    if output == "csv":
        print(csv_head())


def _print(output: str, entries: Sequence[AuditEntry]) -> None:
    for line in (csv_lines if output == "csv" else jsonl)(entries):
        print(line)


_VERBS: Final[Mapping[str, Callable[[argparse.Namespace, Transactions], Coroutine[Any, Any, int]]]] = {
    "list": _list,
    "export": _export,
    "verify": _verify,
    "erase": _erase,
}
