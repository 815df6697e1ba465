"""The gateway's side of ``transfer.py``: one process that stays, as the daemon does, and runs its work when told to.

``python transfer_gateway.py JOB.json`` reads one JSON line a run (``{"run": 1, "into": ..., "checked": ...}``) and
answers with its seconds and its result. A run begins without connections to hosts and ends without them; what the
daemon makes once in its life (imports, the client of a bucket) is there already.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import logging
import os
import shutil
import sys
import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.config import Config

from adapters import ADAPTERS
from adapters.base import Adapter, Entry, Target
from adapters.errors import NotFound
from gateway.app import Gateway, Result
from gateway.load import load
from gateway.logs.log import open_log
from gateway.stores.beside import Beside
from gateway.stores.spool import CHUNK
from gateway.times.clock import SystemClock

PATIENCE = timedelta(minutes=10)

Order = dict[str, Any]
Told = tuple[float, Any]


class Job:
    """What one contender does again and again."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given

    def place(self, which: str = "place") -> Adapter:
        """The adapter of an endpoint of the job."""
        written = self.given[which]
        kind = ADAPTERS[written["adapter"]]
        options = {name: value for name, value in written.items() if name != "adapter"}
        return kind.build(kind.options.model_validate(options), name=which)

    async def timed(self, work: Callable[[Adapter], Awaitable[Any]]) -> Told:
        """Seconds from the first connection to the last goodbye, and what came of it."""
        if self.given["place"]["adapter"] == "s3":
            return await self._timed_warm(work)
        began = time.perf_counter()
        async with self.place() as adapter:
            result = await work(adapter)
        return time.perf_counter() - began, result

    async def _timed_warm(self, work: Callable[[Adapter], Awaitable[Any]]) -> Told:
        """As ``timed``, after one request: a bucket's client is made once in the daemon's life."""
        async with self.place() as adapter:
            with suppress(NotFound):
                await adapter.stat("warm")
            began = time.perf_counter()
            result = await work(adapter)
            return time.perf_counter() - began, result

    async def read(self, order: Order) -> Told:
        """Read a file; with ``digest`` its SHA-256 is taken in a thread beside the transfer."""
        digests = self.given["digest"] or order["checked"]

        async def work(adapter: Adapter) -> object:
            entry = await adapter.stat(self.given["path"])
            async with adapter.read(entry) as chunks:
                return await (_digest(chunks) if digests else _count(chunks))

        return await self.timed(work)

    async def write(self, order: Order) -> Told:
        """Write a local file to a place, its SHA-256 taken on the way; the result is that digest."""
        source = Path(self.given["source"])
        size = self.given["size"]

        async def work(adapter: Adapter) -> object:
            digest = hashlib.sha256()
            path = order["into"]
            target = Target(path=path, temporary=adapter.temporary(path, "t0"), size=size, sha256="")
            await adapter.write(target, _passing(_chunks_of(source), digest.update))
            return digest.hexdigest()

        return await self.timed(work)

    async def read_many(self, order: Order) -> Told:
        """List a folder and read each of its files into a local one, as many at a time as there are connections."""
        into = Path(order["into"])

        async def fetch(adapter: Adapter, entries: list[Entry]) -> None:
            while entries:
                entry = entries.pop()
                async with adapter.read(entry) as chunks:
                    (into / entry.name).write_bytes(b"".join([chunk async for chunk in chunks]))

        async def work(adapter: Adapter) -> object:
            entries = list(await adapter.exact((await adapter.scan(self.given["pattern"])).entries))
            count = len(entries)
            async with asyncio.TaskGroup() as group:
                for _ in range(self.given["at_once"]):
                    group.create_task(fetch(adapter, entries))
            return count

        return await self.timed(work)

    async def write_many(self, order: Order) -> Told:
        """Put each file of a local folder, so many at one time."""

        async def put(adapter: Adapter, files: list[Path]) -> None:
            while files:
                file = files.pop()
                data, path = file.read_bytes(), f"{order['into']}{file.name}"
                digest = sha256(data).hexdigest()
                target = Target(path=path, temporary="", size=len(data), sha256=digest, look=False)
                await adapter.write(target, _piece(data))

        async def work(adapter: Adapter) -> object:
            files = self._files()
            async with asyncio.TaskGroup() as group:
                for _ in range(self.given["at_once"]):
                    group.create_task(put(adapter, files))
            return None

        return await self.timed(work)

    def _files(self) -> list[Path]:
        return list(Path(self.given["folder"]).iterdir())

    async def boto3_alone(self, order: Order) -> Told:
        """The same by nothing but boto3, in as many threads: what one process of Python can reach at most."""
        place = self.given["place"]
        access = {
            "aws_access_key_id": os.environ["BENCHMARK_KEY"],
            "aws_secret_access_key": os.environ["BENCHMARK_SECRET"],
        }
        settings = Config(
            request_checksum_calculation="when_required", max_pool_connections=self.given["at_once"]
        )
        client = boto3.client(
            "s3", endpoint_url=place["endpoint_url"], region_name="us-east-1", config=settings, **access
        )

        def put(file: Path) -> None:
            client.put_object(
                Bucket=place["bucket"], Key=f"{order['into']}{file.name}", Body=file.read_bytes()
            )

        files = self._files()
        with ThreadPoolExecutor(self.given["at_once"]) as threads:
            await asyncio.to_thread(put, files[0])
            began = time.perf_counter()
            await asyncio.to_thread(lambda: list(threads.map(put, files)))
            return time.perf_counter() - began, None

    async def scan(self, order: Order) -> Told:
        """List a folder; the result is the digest of the names, or their number."""

        async def work(adapter: Adapter) -> object:
            entries = (await adapter.scan(self.given["pattern"])).entries
            if self.given.get("exact"):
                entries = await adapter.exact(entries)
            names = [entry.name for entry in entries]
            return names if order["checked"] else len(names)

        return await self.timed(work)

    async def carry(self, order: Order) -> Told:
        """The whole job by a gateway of its own: journal, spool, digest, publication; its start is not counted.

        Another route has reached the bucket before, by a file out of a folder.
        """
        folder = Path(self.given["folder"]) / f"run-{order['run']}"
        _write_city(folder, self.given, into=order["into"])
        handler = logging.FileHandler(folder / "log.jsonl")
        city = load(folder / "config")
        clock = SystemClock()
        report = open_log(
            handler,
            gateway="benchmark",
            level="info",
            text=False,
            clock=clock,
            zone=city.installation.zone,
        )
        try:
            async with Gateway(city, clock=clock, report=report) as gateway:
                await gateway.once(["warm"], patience=PATIENCE)
                began = time.perf_counter()
                (outcome,) = await gateway.once(["benchmark"], patience=PATIENCE)
                seconds = time.perf_counter() - began
        finally:
            handler.close()
        shutil.rmtree(folder)
        return seconds, _carried(outcome)


def _carried(outcome: Result) -> dict[str, Any]:
    """What the journal says: states, bytes and digests; the place's error if there was one."""
    states = {str(transfer.state) for transfer in outcome.transfers}
    digests = {transfer.entry.name: transfer.sha256 for transfer in outcome.transfers}
    return {"states": sorted(states), "digests": digests, "error": str(outcome.error or "")}


def _write_city(folder: Path, given: dict[str, Any], *, into: str) -> None:
    """The smallest configuration with the job's route."""
    near = folder / "near"
    near.mkdir(parents=True)
    (near / "warm.csv").write_text("warm")
    here = {"adapter": "local", "root": str(near), "environment": "production", "zone": "on-prem"}
    places = {"endpoints": {"near": here, "here": given["place"], "there": given["to"]}}
    who = {"name": "benchmark", "state_dir": str(folder / "state")}
    written = {
        "gateway.yaml": {"gateway": who, "vendors": {"v": {}}},
        "systems.yaml": {"systems": {"old": {"vendor": "v", "standard_from": "never"}}},
        "endpoints.yaml": places,
        "routes/v/benchmark.yaml": _route("here", given["pattern"], into),
        "routes/v/warm.yaml": _route("near", "warm.csv", f"warm/{into}"),
    }
    for name, content in written.items():
        path = folder / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content), "utf-8")


def _route(endpoint: str, pattern: str, into: str) -> dict[str, Any]:
    """A route that passes files on."""
    source = {"endpoint": endpoint, "path": pattern, "ready": "at-once"}
    target = {"endpoint": "there", "path": f"{into}{{stem}}{{suffix}}"}
    return {
        "from": {"system": "old", "legacy": source},
        "to": {"system": "old", "legacy": target},
        "schedule": {"every": "10m"},
        "unchanged": "deliver",
    }


async def _piece(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _count(chunks: AsyncIterable[bytes]) -> int:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
    return size


async def _digest(chunks: AsyncIterable[bytes]) -> str:
    digest = hashlib.sha256()
    async for _ in _passing(chunks, digest.update):
        pass
    return digest.hexdigest()


async def _passing(chunks: AsyncIterable[bytes], work: Callable[[bytes], object]) -> AsyncIterator[bytes]:
    """The same chunks; each is worked on beside its way."""
    beside = Beside(work)
    async for chunk in chunks:
        await beside.take(chunk)
        yield chunk
    await beside.done()


async def _chunks_of(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk


def main() -> None:
    """Answer orders until there are no more."""
    given = json.loads(Path(sys.argv[1]).read_text())
    work = getattr(Job(given), given["work"])
    gc.freeze()  # as the daemon does once it stands
    with suppress(KeyboardInterrupt), asyncio.Runner() as runner:
        for line in sys.stdin:
            seconds, result = runner.run(work(json.loads(line)))
            print(json.dumps({"seconds": seconds, "result": result}), flush=True)


if __name__ == "__main__":
    main()
