"""One thread that runs the journal's transactions: under load many calls to a commit.

What a refused call did is undone, and nothing else: then the calls of its batch are run once more, each in a savepoint.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from gateway.errors import JournalUnusable
from gateway.journal.database import Db

T = TypeVar("T")
P = ParamSpec("P")
BATCH = 64  # calls that share one commit at most


class Engine(Protocol):
    """One connection to a database, owned by the writer's thread. It blocks, and raises its library's errors."""

    def hint(self, error: Exception) -> str:
        """What to do when nothing durable can be done."""

    def begin(self) -> None:
        """Begin a transaction that no other writer's can overlap."""

    def execute(self, sql: str) -> None:
        """A statement that gives nothing: of savepoints, or COMMIT."""

    def transaction(self) -> Db:
        """The transaction that was begun, for one call."""

    def ends_batch(self, error: Exception) -> bool:
        """Whether this error says something of the database, so that no call of the batch can become durable."""

    def give_up(self) -> None:
        """Roll back whatever is open, and be fit for the next batch if that is possible. Raises nothing."""

    def close(self) -> None:
        """Close the connection."""


@dataclass(frozen=True)
class Call:
    """One transaction that somebody waits for."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    done: asyncio.Future[Any]


Answer = tuple[Any, Exception | None]
"""What a call gives, or why not."""


class Writer:
    """Runs calls on an engine. ``run`` is ``database.Run``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._calls: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    async def run(
        self, function: Callable[Concatenate[Db, P], T], /, *arguments: P.args, **named: P.kwargs
    ) -> T:
        """See ``database.Run``."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._calls.put(Call(function, arguments, named, done))
        return await done

    async def close(self) -> None:
        """Finish what was asked, then close the engine."""
        self._calls.put(None)
        await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._engine.close)  # a server that hangs holds up nobody else

    def _work(self) -> None:
        while (first := self._calls.get()) is not None:
            calls = [first]
            last = self._gather(calls)
            self._commit(calls)
            if last:
                return

    def _gather(self, calls: list[Call]) -> bool:
        """Add the calls that wait already; True when the last one was seen."""
        while len(calls) < BATCH and not self._calls.empty():
            call = self._calls.get()
            if call is None:
                return True
            calls.append(call)
        return False

    def _commit(self, calls: Sequence[Call]) -> None:
        """One commit for all. Whatever goes wrong, every caller gets an answer: the writer outlives all faults."""
        try:
            answers = self._together(calls) or self._one_by_one(calls)
        except Exception as error:  # noqa: BLE001 - see above
            self._engine.give_up()
            said = JournalUnusable(
                f"the journal could not be written ({error})", hint=self._engine.hint(error)
            )
            answers = [(None, said)] * len(calls)
        _tell(calls, answers)

    def _together(self, calls: Sequence[Call]) -> list[Answer]:
        """The answers of all; none, and nothing is changed, if one of several is refused."""
        self._engine.begin()
        try:
            answers: list[Answer] = [(self._value(call), None) for call in calls]
        except Exception as refused:
            if self._engine.ends_batch(refused):
                raise
            self._engine.execute("ROLLBACK")
            return [(None, refused)] if len(calls) == 1 else []
        self._engine.execute("COMMIT")
        return answers

    def _one_by_one(self, calls: Sequence[Call]) -> list[Answer]:
        """Each call in a savepoint, so that a refused one takes nothing with it."""
        self._engine.begin()
        answers = [self._answer(call) for call in calls]
        self._engine.execute("COMMIT")
        return answers

    def _answer(self, call: Call) -> Answer:
        """What the call gives, or why not. The writer outlives any call, so this is a boundary for all errors."""
        self._engine.execute("SAVEPOINT call")
        answer: Answer
        try:
            answer = self._value(call), None
        except Exception as refused:
            if self._engine.ends_batch(refused):
                raise
            answer = None, refused
            self._engine.execute("ROLLBACK TO call")
        self._engine.execute("RELEASE call")
        return answer

    def _value(self, call: Call) -> Any:
        return call.function(self._engine.transaction(), *call.arguments, **call.named)


def _tell(calls: Sequence[Call], answers: Sequence[Answer]) -> None:
    """Wake the callers, all of one loop by one step."""
    waiting: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Answer]]] = {}
    for call, answer in zip(calls, answers, strict=True):
        waiting.setdefault(call.done.get_loop(), []).append((call.done, answer))
    for loop, told in waiting.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits there any more
            loop.call_soon_threadsafe(_resolve, told)


def _resolve(told: Sequence[tuple[asyncio.Future[Any], Answer]]) -> None:
    for done, (value, refused) in told:
        if done.cancelled():
            continue
        if refused is None:
            done.set_result(value)
        else:
            done.set_exception(refused)
