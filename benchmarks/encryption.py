"""What encryption at rest costs: processor seconds with it and without, of the same files through the same code."""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from adapters.credentials.secret import SecretRef
from gateway.formats.ondisk import AnyFile, created, opened
from gateway.sealing import PLAIN, Keys, Sealing
from gateway.sealing.identity import text_of
from gateway.stores.originals import KeptFiles
from gateway.stores.spool import Spool

LINE = "{:012},山田太郎,ヤマダタロウ,19800101,東京都見本市見本町一丁目{}番地,{:09}\n"


def content(size: int) -> bytes:
    """Lines such as files of residents have: they compress."""
    lines, held, number = [], 0, 0
    while held < min(size, 1 << 20):
        line = LINE.format(number * 7919, number % 97, number * 31 % 10**9).encode()
        lines.append(line)
        held, number = held + len(line), number + 1
    block = b"".join(lines)
    return (block * (size // len(block) + 1))[:size]


async def carried(folder: Path, sealing: Sealing, data: bytes, files: int) -> dict[str, float]:
    """Processor seconds of each step of so many files."""
    spool = Spool(folder / "spool", limit=1 << 40, sealing=sealing)
    kept, seen = KeptFiles(folder / "originals", sealing), {}

    async def stream() -> AsyncIterator[bytes]:
        for at in range(0, len(data), 1 << 20):
            yield data[at : at + (1 << 20)]

    def copied(target: AnyFile) -> None:
        with opened(spool.file(str(number), "original")) as source, created(target) as out:
            while chunk := source.read(1 << 20):
                out.write(chunk)

    start = time.process_time()
    digests = [(await spool.store(str(number), "original", stream())).sha256 for number in range(files)]
    seen["into the spool"] = time.process_time() - start
    start = time.process_time()
    for number in range(files):
        await spool.make(str(number), "converted", copied)
    seen["made out of it"] = time.process_time() - start
    start = time.process_time()
    for number in range(files):
        async for _ in spool.read(str(number), "converted"):
            pass
    seen["out of the spool"] = time.process_time() - start
    for number, digest in enumerate(digests):
        await kept.keep(spool.file(str(number), "original"), digest)
    start = time.process_time()
    for digest in set(digests):
        await kept.pack(digest)
    seen["kept, compressed"] = time.process_time() - start
    spool.close()
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200, help="of the large file")
    parser.add_argument("--small", type=int, default=300, help="how many files of 8 KB")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="on the disk that is meant")
    chosen = parser.parse_args()
    os.environ["BENCHMARK_KEY"] = text_of(X25519PrivateKey.generate())
    ways = {"plain": PLAIN, "encrypted": Sealing(keys=Keys({"a": SecretRef(env="BENCHMARK_KEY")}), on=True)}
    for title, data, files in (
        (f"one file of {chosen.megabytes} MB", content(chosen.megabytes * 10**6), 1),
        (f"{chosen.small} files of 8 KB", content(8000), chosen.small),
    ):
        runs: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
        for _ in range(chosen.runs):
            for way, sealing in ways.items():
                with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
                    runs[way].append(asyncio.run(carried(Path(folder), sealing, data, files)))
        print(title, "- processor seconds, medians")
        for step in runs["plain"][0]:
            plain, sealed = (statistics.median(run[step] for run in runs[way]) for way in ways)
            print(f"  {step:18} plain {plain:7.3f}  encrypted {sealed:7.3f}  ratio {sealed / plain:5.2f}")
        whole = [statistics.median(sum(run.values()) for run in runs[way]) for way in ways]
        print(
            f"  {'all':18} plain {whole[0]:7.3f}  encrypted {whole[1]:7.3f}  ratio {whole[1] / whole[0]:5.2f}"
        )


if __name__ == "__main__":
    main()
