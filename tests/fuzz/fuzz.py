"""Coverage-guided fuzzing of the format readers: ``make fuzz``, or ``python tests/fuzz/fuzz.py --seconds 60``.

Begins with valid files of every kind. What it finds is written to ``--findings`` (``crash-...``, ``timeout-...``);
``python tests/fuzz/fuzz.py --again FILE`` runs one finding alone. Needs atheris (the extra ``test``).
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "formats"))
import mutated

SLOWEST = 10
"""Seconds after which one input counts as a hang."""
TABLE = b"# version: 1\n# approved by: x\ncode,unicode,use\n80A1,U+2000B,\n80A2,U+8FBB U+E0101,\n80A3,U+9AD9,read\n"


def first_inputs():
    """A valid input of each kind and encoding."""
    for index, seed in enumerate(mutated.every_seed()):
        text = mutated.layout_text(seed.kind, seed.encoding)
        layout = yaml.safe_dump(text, allow_unicode=True).encode()
        for check, content in enumerate((seed.legacy, seed.csv, layout, TABLE)):
            yield bytes([check, index]) + content
    for index, path in enumerate(sorted(mutated.FOLDER.glob("*.cpy"))):
        yield bytes([4, index]) + path.read_bytes()


def command(*arguments):
    return [sys.executable, str(Path(__file__).with_name("one_input.py")), f"-timeout={SLOWEST}", *arguments]


def fuzz(seconds, findings):
    """The exit code of a run of so many seconds: 0 if nothing was found."""
    findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=mutated.MEMORY) as folder:
        inputs = Path(folder) / "inputs"
        inputs.mkdir()
        for number, content in enumerate(first_inputs()):
            (inputs / f"{number:04}").write_bytes(content)
        limits = (
            f"-max_total_time={seconds}",
            "-max_len=4096",
            f"-artifact_prefix={findings}/",
            "-print_final_stats=1",
        )
        done = subprocess.run(command(*limits, str(inputs)), env=os.environ | {"TMPDIR": folder}, check=False)
    return done.returncode


def main():
    parser = argparse.ArgumentParser(description="Coverage-guided fuzzing of the format readers.")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--findings", type=Path, default=Path("var/fuzz"))
    parser.add_argument("--again", type=Path, help="run one finding alone")
    options = parser.parse_args()
    if options.again:
        return subprocess.run(command(str(options.again)), check=False).returncode
    return fuzz(options.seconds, options.findings)


if __name__ == "__main__":
    sys.exit(main())
