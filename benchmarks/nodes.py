"""How much more several nodes carry than one: ``python benchmarks/nodes.py [--nodes 1 2 3] [--runs 3]``.

Nodes are processes on this machine, on one PostgreSQL and folders. Two loads: *small*, many small files, where the
processors are the limit, and so these figures cannot grow beyond the cores that there are; and *line*, larger files
where each node has a line of its own of so many bytes a second (``limits.bandwidth``), as machines of their own have.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.support.servers import postgres

ROUTES = 12
CONFIG = {
    "systems.yaml": "systems:\n  old: {{vendor: v, standard_from: never}}\n",
    "endpoints.yaml": """endpoints:
  here: {{adapter: local, owner_object: false, root: {root}/here}}
  there: {{adapter: local, owner_object: false, root: {root}/there}}
""",
    "gateway.yaml": """gateway: {{name: bench, state_dir: {root}/{node}/state}}
journal: {{url: "{url}"}}
cluster: {{node: {node}, lease: 15s}}
console: {{listen: "127.0.0.1:0"}}
log: {{level: error}}
vendors: {{v: {{}}}}
limits: {{transfers: 8{more}}}
""",
}
ROUTE = """from: {{system: old, legacy: {{endpoint: here, path: "r{n}/*", ready: at-once}}}}
to: {{system: old, legacy: {{endpoint: there, path: "r{n}/{{name}}"}}}}
schedule: {{every: 1s}}
after: delete
"""


@dataclass(frozen=True, kw_only=True)
class Load:
    """What is carried: files a route, and their bytes; ``line`` is what a node may carry a second."""

    files: int
    size: int
    line: str = ""


LOADS = {
    "small": Load(files=100, size=16 << 10),
    "line": Load(files=16, size=1 << 20, line=", bandwidth: 4MiB/s"),
}


@contextmanager
def node(root: Path, url: str, name: str, load: Load) -> Iterator[subprocess.Popen[bytes]]:
    """A node that runs until the end of the block."""
    config = root / name / "config"
    (config / "routes/v").mkdir(parents=True)
    for file, text in CONFIG.items():
        (config / file).write_text(text.format(root=root, node=name, url=url, more=load.line))
    for number in range(ROUTES):
        (config / f"routes/v/r{number}.yaml").write_text(ROUTE.format(n=number))
    process = subprocess.Popen([sys.executable, "-m", "gateway", "--config", str(config), "run"])
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def wait_for_shares(url: str, nodes: int) -> None:
    """Until every route is carried, and every node has its part."""
    sql = "SELECT count(*) FROM leases WHERE node <> '' AND work <> '' GROUP BY node"
    while True:
        time.sleep(0.2)
        try:
            with psycopg.connect(url) as connection:
                counts = [row[0] for row in connection.execute(sql)]
        except psycopg.Error:
            continue
        if len(counts) == nodes and sum(counts) == ROUTES and max(counts) - min(counts) <= 1:
            return


def seconds_of(process: subprocess.Popen[bytes]) -> float:
    """Processor seconds that a process had so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(load: Load, nodes: int) -> tuple[float, float]:
    """Seconds until all files had arrived, and processor seconds of all nodes."""
    with tempfile.TemporaryDirectory() as folder, postgres.postgres() as server, ExitStack() as stack:
        root, url = Path(folder), server.new_database()
        for number in range(ROUTES):
            for end in ("here", "there", "aside"):
                (root / end / f"r{number}").mkdir(parents=True)
        processes = [stack.enter_context(node(root, url, f"n{n}", load)) for n in range(nodes)]
        wait_for_shares(url, nodes)
        for number in range(ROUTES):
            for file in range(load.files):
                (root / f"aside/r{number}/{file:05}").write_bytes(os.urandom(load.size))
        before = sum(map(seconds_of, processes))
        began = time.perf_counter()
        for path in (root / "aside").rglob("*/*"):
            path.rename(root / "here" / path.relative_to(root / "aside"))
        while sum(1 for path in (root / "here").rglob("*/*")):
            time.sleep(0.05)
        took, spent = time.perf_counter() - began, sum(map(seconds_of, processes)) - before
        arrived = [path for path in (root / "there").rglob("*/*") if not path.name.startswith(".lgw-")]
        assert len(arrived) == ROUTES * load.files, "every file arrives"
        return took, spent


def take_over() -> float:
    """Seconds from the death of one of two nodes until the other carries all routes; the lease is the default one."""
    with tempfile.TemporaryDirectory() as folder, postgres.postgres() as server, ExitStack() as stack:
        root, url = Path(folder), server.new_database()
        for number in range(ROUTES):
            for end in ("here", "there"):
                (root / end / f"r{number}").mkdir(parents=True)
        lost, _ = [stack.enter_context(node(root, url, f"n{n}", LOADS["small"])) for n in range(2)]
        wait_for_shares(url, 2)
        lost.kill()
        began = time.perf_counter()
        wait_for_shares(url, 1)
        return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--loads", nargs="*", choices=LOADS, default=list(LOADS))
    given = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    took = [take_over() for _ in range(given.runs)]
    print(
        f"take-over of a killed node's routes, lease 15s: {', '.join(f'{one:.1f} s' for one in took)}",
        flush=True,
    )
    for name in given.loads:
        load, one = LOADS[name], 0.0
        for nodes in given.nodes:
            times, spent = zip(*(run(load, nodes) for _ in range(given.runs)), strict=True)
            rate = ROUTES * load.files / statistics.median(times)
            one = one or rate
            print(
                f"{name}: {nodes} nodes, {rate:.1f} files/s ({min(times):.1f} to {max(times):.1f} s), "
                f"{rate / one:.2f} x one node, {1000 * statistics.median(spent) / ROUTES / load.files:.1f} ms of "
                "processor a file",
                flush=True,
            )


if __name__ == "__main__":
    main()
