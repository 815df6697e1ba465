"""What FTP and SFTP share: the verbs of ``Adapter`` over a pool of sessions that know single steps."""

from __future__ import annotations

import hashlib
import socket
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, ParamSpec, Self, TypeVar

from adapters import names, settling
from adapters.base import Entry, Publish
from adapters.errors import (
    AdapterError,
    AlreadyThere,
    ConnectionLost,
    InDoubt,
    Misconfigured,
    NoAccess,
    NotFound,
    Refused,
    Rule,
    Transient,
    in_doubt_when_lost,
    map_errors,
)
from adapters.handover import Sent, outflow
from adapters.host_reading import HostReader
from adapters.sessions import FileSession, Steps

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence

    from adapters.base import Listing, Target

P = ParamSpec("P")
T = TypeVar("T")


S = TypeVar("S", bound=FileSession)


OF_ANY_HOST = (
    Rule(
        error=socket.gaierror,
        becomes=NoAccess,
        says="the host name is not known",
        hint="correct host, or the name service",
    ),
    Rule(
        error=UnicodeEncodeError,
        becomes=Refused,
        says="the name cannot be written in the character code of this place",
        hint="correct encoding, or give the file another name",
    ),
    Rule(error=TimeoutError, becomes=ConnectionLost, says="no answer in time"),
)
"""Rows for errors of the system and of names, whatever is spoken with a host."""

WITHOUT_RENAMING = (
    "have its people let us rename; if nobody may: publish: direct, and complete_by at the routes"
)

LONGEST_NAME = 255
"""Bytes of one segment that most file systems take (NAME_MAX of Linux; limits.h)."""


@contextmanager
def _advice_on_renaming() -> Iterator[None]:
    """Around the rename alone: what else may be refused while publishing has another remedy."""
    try:
        yield
    except NoAccess:
        raise
    except Misconfigured as error:
        error.hint = WITHOUT_RENAMING
        raise


class HostAdapter(HostReader[S]):
    """An adapter over sessions; a protocol gives its error table, its features and ``open_session``."""

    size_proves: ClassVar[bool]
    """Whether the size of a file whose writing was cut proves that each byte before its end arrived."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._pool.close()
        await self._workers.close()

    async def scan(self, pattern: str) -> Listing:
        """See ``Adapter.scan``."""
        names.assert_safe(pattern)
        async with self._pool.session() as session:
            return await self._run(f"listing {pattern}", session.scan, pattern)

    async def exact(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """See ``Adapter.exact``."""
        if not any(entry.vague for entry in entries):
            return tuple(entries)
        async with self._pool.session() as session:
            return await self._run(f"looking at {len(entries)} files", session.exact, entries)

    async def stat(self, path: str) -> Entry:
        """See ``Adapter.stat``."""
        names.assert_safe(path)
        async with self._pool.session() as session:
            return await self._run(f"looking at {path}", session.look, path)

    def temporary(self, path: str, token: str) -> str:
        """See ``Adapter.temporary``."""
        return names.temporary_beside(path, token)

    async def write(self, target: Target, chunks: AsyncIterable[bytes]) -> Entry:
        """See ``Adapter.write``."""
        names.assert_safe(target.path)
        if self.features.publish is Publish.DIRECT:
            return await self._write_directly(target, chunks)
        await target.staging(target.temporary)
        staged = await self._stage(target, chunks)
        if self.features.publish is Publish.WORK_THEN_TRIGGER:
            return await self.trigger(target)
        try:
            with self._too_long_for_a_name(target.path):
                await self._publish(target, staged)
        except Refused:
            await self.discard(target.temporary, target.path)
            raise
        except NoAccess:
            raise
        except Misconfigured:
            with suppress(AdapterError):
                await self.discard(target.temporary, target.path)
            raise
        return replace(staged, path=target.path)

    @contextmanager
    def _too_long_for_a_name(self, path: str) -> Iterator[None]:
        """Hosts have no word for it, and fail: without this such a file is sent for ever."""
        try:
            yield
        except Transient as error:
            longest = max(len(part.encode(self._options.encoding, "replace")) for part in path.split("/"))
            if isinstance(error, ConnectionLost) or longest <= LONGEST_NAME:
                raise
            raise Refused(
                f"{error.message}; the name has {longest} bytes, and most file systems take {LONGEST_NAME}",
                hint="give the file a shorter name",
            ) from error

    async def _stage(self, target: Target, chunks: AsyncIterable[bytes]) -> Entry:
        """Every byte under the temporary name, and sent or read back."""
        sent = Sent(chunks, digest=self._reads_back)
        try:
            async with self._pool.session() as session:
                await self._store(session, target.temporary, target, sent)
                staged = await self._written(session, target, target.temporary, sent.bytes)
        except ConnectionLost as lost:
            if sent.bytes != target.size:
                raise
            staged = await self._arrived_after_all(target, lost)
        try:
            self._assert_counted(target, sent, staged)
            if sent.digest is not None:
                await self._assert_reads_back(target, staged, sent)
        except (Transient, Refused) as error:
            if not isinstance(error, ConnectionLost):
                await self.discard(target.temporary, target.path)
            raise
        return staged

    @property
    def _reads_back(self) -> bool:
        """Whether what was staged is read back before it is published: where no size tells that all of it is there."""
        may = self._options.after_upload == "look" and self._options.reads == "repeatable"
        triggers = self.features.publish is Publish.WORK_THEN_TRIGGER
        return may and (triggers or not self.features.byte_size)

    def _assert_counted(self, target: Target, sent: Sent, staged: Entry) -> None:
        seen = sent.bytes if staged.size is None else staged.size
        if seen != target.size:
            raise Transient(f"{target.path}: {seen} bytes were staged instead of {target.size}")

    async def _assert_reads_back(self, target: Target, staged: Entry, sent: Sent) -> None:
        """A data connection that is cut looks to the host like the end of the file: it confirms what is a part."""
        digest, came = hashlib.sha256(), 0
        async with self._pool.session() as session, self._flow(session, staged, 0, target.path) as chunks:
            with map_errors(self.errors, f"reading {target.temporary} back"):
                async for chunk in chunks:
                    digest.update(chunk)
                    came += len(chunk)
        assert sent.digest is not None, "whoever reads back has sent so"
        if came < sent.bytes:
            raise Transient(f"{target.path}: {came} bytes were staged of {sent.bytes}")
        if digest.digest() != sent.digest.digest():
            hint = "see what the host does to files (text mode, record lengths, RDW); then release"
            raise Refused(f"{target.path}: read back, the host shows other bytes than were sent", hint=hint)

    async def _arrived_after_all(self, target: Target, lost: ConnectionLost) -> Entry:
        """The answer to the last byte never came: the size, seen over another connection, may tell that it arrived.

        Firewalls forget control connections in long transfers: without this such a file is sent for ever.
        """
        if not (self.size_proves and self.features.byte_size and self._options.after_upload == "look"):
            raise lost
        try:
            staged = await self.stat(target.temporary)
        except AdapterError:
            raise lost from None
        if staged.size != target.size:
            raise lost
        return staged

    async def _store(self, session: S, path: str, target: Target, chunks: AsyncIterable[bytes]) -> None:
        def drink(pieces: Iterable[bytes]) -> None:
            session.prepare(target.path)
            session.store(path, pieces)

        with map_errors(self.errors, f"writing {target.path}"):
            await outflow(self._workers, chunks, drink, abort=session.abort)

    async def _written(self, session: S, target: Target, path: str, sent: int) -> Entry:
        """What the place has, as far as it lets us look."""
        if self._options.after_upload == "trust":
            return Entry(path=path, size=sent)
        try:
            return await self._run(f"checking {target.path}", session.look, path)
        except (Misconfigured, NotFound) as error:
            if error.settings:
                raise
            hint = (
                "if this host lets nobody look at what was uploaded, or takes it at once: after_upload: trust"
            )
            settings = {"after_upload": "trust"}
            raise Misconfigured(error.message, hint=hint, settings=settings) from error

    async def _publish(self, target: Target, staged: Entry) -> None:
        doing = f"publishing {target.path}"
        try:
            async with self._pool.session() as session:
                if not target.replace:
                    await self._run(doing, session.assert_free, target.path)
                await target.publishing()
                with in_doubt_when_lost(doing), _advice_on_renaming():
                    if target.replace:
                        await self._move_over(session, target)
                    else:
                        await self._run(doing, session.move, target.temporary, target.path)
        except InDoubt as doubt:
            await self._find_out(target, staged, doubt)

    async def trigger(self, target: Target) -> Entry:
        """Where ``Publish.WORK_THEN_TRIGGER``: tell the place that the work file, which was proved, is whole.

        Nobody asks an adapter whose features do not say so; those that do have their own.
        """
        raise NotImplementedError

    async def _move_over(self, session: S, target: Target) -> None:
        doing = f"publishing {target.path}"
        try:
            await self._run(doing, session.move_over, target.temporary, target.path)
        except AlreadyThere:
            aside = self.temporary(target.path, names.digest_token(f"{target.path}|old"))
            await settling.replace(Steps(self._run, session), target.temporary, target.path, aside)

    async def _find_out(self, target: Target, staged: Entry, doubt: InDoubt) -> None:
        """Look over another connection whether the rename was done. Raises the doubt if that stays open."""
        try:
            async with self._pool.session() as session:
                unfinished = await Steps(self._run, session).look(target.temporary)
                final = await Steps(self._run, session).look(target.path)
        except AdapterError:
            raise doubt from None
        if (
            unfinished is None
            and final is not None
            and final.identity == staged.identity
            and final.size is not None
        ):
            return
        raise doubt

    async def _write_directly(self, target: Target, chunks: AsyncIterable[bytes]) -> Entry:
        """Under the final name from the first byte on: from then on every failure leaves something visible."""
        async with self._pool.session() as session:
            if not target.replace:
                await self._run(f"looking at {target.path}", session.assert_free, target.path)
            await target.staging(target.path)
            await target.publishing()
            try:
                sent = Sent(chunks)
                await self._store(session, target.path, target, sent)
                written = await self._written(session, target, target.path, sent.bytes)
            except Exception as error:
                raise InDoubt(f"{target.path} may be there in part: {error}") from error
        if written.size not in (target.size, None):
            raise InDoubt(f"{target.path} is there with {written.size} bytes instead of {target.size}")
        return written

    async def discard(self, handle: str, path: str) -> bool:
        """See ``Adapter.discard``. What was written directly is seen by others, and is never removed here."""
        names.assert_safe(handle)
        if handle == path:
            return False
        async with self._pool.session() as session:
            with suppress(NotFound):
                await self._run(f"removing the rest of {path}", session.delete, handle)
                return True
        return False

    async def rename(self, entry: Entry, path: str) -> Entry:
        """See ``Adapter.rename``."""
        names.assert_safe(path)
        async with self._pool.session() as session:
            await settling.rename(Steps(self._run, session), entry, path, self._aside(entry.path))
        return replace(entry, path=path)

    async def remove(self, entry: Entry, *, exclusive: bool = False) -> None:
        """See ``Adapter.remove``."""
        names.assert_safe(entry.path)
        async with self._pool.session() as session:
            steps, aside = Steps(self._run, session), self._aside(entry.path)
            await settling.remove(steps, entry, aside, exclusive=exclusive)

    def _aside(self, path: str) -> str:
        return self.temporary(path, names.digest_token(path))

    async def hints(self, pattern: str) -> AsyncIterator[None]:  # noqa: ARG002 - such a host tells nothing
        """See ``Adapter.hints``: none here."""
        return
        yield
