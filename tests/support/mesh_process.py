"""The mesh as real processes, to be stopped or killed."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]
MAIN = "import sys; from tools.edgemesh.__main__ import main; sys.exit(main(sys.argv[1:]))"


class MeshProcess:
    """`edgemesh serve` on a free port, after the Python statements `before`. Killed at the end of the context if it
    still runs."""

    def __init__(self, directory: Path, *words: str, before: str = "") -> None:
        python = [sys.executable, "-W", "error"]
        program = ["-c", f"{before}\n{MAIN}"] if before else ["-m", "tools.edgemesh"]
        self.process = subprocess.Popen(
            [*python, *program, "serve", "--dir", str(directory), "--port", "0", *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "MeshProcess":
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        ready = json.loads(line)
        assert ready["ready"] is True
        self.url = str(ready["url"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.process.kill()
        self.process.communicate()

    def stop(self) -> tuple[int, str]:
        """SIGTERM; exit code and what it said on stderr."""
        self.process.terminate()
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors
