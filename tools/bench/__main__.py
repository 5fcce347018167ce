"""`lockgate-bench`: run stories, drive a simulated station by hand, list the vocabulary."""

import argparse
import json
import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.bench.play import Result
    from tools.bench.story import Story

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130
EXIT_STORY, EXIT_NO_TWINS = 65, 69  # as in sysexits.h: EX_DATAERR, EX_UNAVAILABLE
EXIT_CODES = """exit codes: 0 all stories passed, or the shell ended; 1 a story failed; 2 wrong arguments;
65 a story cannot be read (story-invalid); 69 the twins are not installed (bench-unavailable); 130 interrupted."""
NO_TWINS = (
    "bench-unavailable: this installation has no simulated devices (hal.sim); "
    "run the bench from a checkout: tools/dev run lockgate-bench"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what was asked. The exit code, as in EXIT_CODES."""
    given, behind = _split(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given, argparse.Namespace(behind=behind))
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    try:
        import hal.sim  # noqa: F401, PLC0415 - the product leaves the twins out
    except ModuleNotFoundError:
        return _fail(NO_TWINS, EXIT_NO_TWINS)
    try:
        code: int = options.task(options)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return code


def _split(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """What is for us, and what is for `lockgate`: argparse takes no options between a KIND and the WORDs behind --."""
    if arguments[:1] != ["reader"] or "--" not in arguments:
        return arguments, ()
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "lockgate-bench", description="A whole station, its mesh and its printer, simulated.", epilog=EXIT_CODES
    )
    tasks = parser.add_subparsers(required=True, metavar="TASK")
    run = tasks.add_parser("run", help="play stories in virtual time", epilog=EXIT_CODES)
    run.add_argument("stories", nargs="+", type=Path, metavar="STORY.toml")
    run.add_argument("--seed", type=_seed, help="play with this seed instead of each story's own")
    run.add_argument("--junit", type=Path, metavar="FILE", help="write a JUnit XML report")
    run.add_argument("--json", action="store_true", help="one line of JSON instead of text")
    run.set_defaults(task=_run)
    rewrite = tasks.add_parser(
        "rewrite", help="write into stories what happens now: read the difference before you keep it"
    )
    rewrite.add_argument("stories", nargs="+", type=Path, metavar="STORY.toml")
    rewrite.set_defaults(task=_rewrite)
    shell = tasks.add_parser("shell", help="drive a station by hand", epilog=EXIT_CODES)
    shell.add_argument("--seed", type=_seed, default=1, help="where all chance comes from (default: %(default)s)")
    shell.add_argument("--choose", action="store_true", help="people choose among their jobs, instead of getting all")
    shell.set_defaults(task=_shell)
    station = tasks.add_parser(
        "station", help="stand before one station of a real mesh: reader typed, printer a twin", epilog=EXIT_CODES
    )
    station.add_argument("name", metavar="NAME", help="what the station is to be called")
    station.add_argument("--mesh", required=True, metavar="URL", help="where the mesh answers")
    station.add_argument("--data", type=Path, required=True, metavar="DIR", help="a directory of this station's own")
    station.add_argument("--printer", default="", metavar="URI", help="a real printer instead of the twin")
    station.add_argument("--provision", default="", metavar="FILE", help="pair by this file, without an administrator")
    station.add_argument("--panel", default="", metavar="ADDRESS", help="show its panel at, such as tcp:127.0.0.1:8631")
    station.set_defaults(task=_station)
    reader = tasks.add_parser("reader", help="hold badges to an emulated reader, and watch them", epilog=EXIT_CODES)
    reader.add_argument("kind", metavar="KIND", help="hid, serial, tcp, tcp-listen, twn4, pn532, pcsc or desfire")
    reader.add_argument("--options", default="", metavar="NAME=VALUE", help="go on in its URI, such as protocol=twn3")
    reader.add_argument("words", nargs="*", metavar="WORD", help="of lockgate, after -- (default: badge watch)")
    reader.set_defaults(task=_reader)
    words = tasks.add_parser("words", help="list every command that stories and the shell understand")
    words.set_defaults(task=_words)
    return parser


def _reader(options: argparse.Namespace) -> int:
    from tools.bench.wired import hold, typed_until_end  # noqa: PLC0415 - `--help` must answer at once
    from tools.peers.kinds import WIRED  # noqa: PLC0415 - as above

    if options.kind not in WIRED:
        return _fail(f"no reader {options.kind!r}; there is {', '.join(WIRED)}", EXIT_USAGE)
    return hold(
        options.kind, [*options.words, *options.behind], partial(typed_until_end, sys.stdin.fileno()), options.options
    )


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError("a whole number wanted")
    return int(text)


def _run(options: argparse.Namespace) -> int:
    from tools.bench import junit  # noqa: PLC0415 - `--help` must work without the twins
    from tools.bench.story import StoryError, load  # noqa: PLC0415 - as above

    try:
        stories = [load(path) for path in options.stories]
    except StoryError as exc:
        return _fail(str(exc), EXIT_STORY)
    if options.seed is not None:
        stories = [replace(story, seed=options.seed) for story in stories]
    results = [_played(story, quiet=options.json) for story in stories]
    if options.junit:
        try:
            junit.write(options.junit, results)
        except OSError as exc:
            return _fail(f"{options.junit}: {exc.strerror}", EXIT_FAILED)
    failed = sum(not result.passed for result, _ in results)
    if options.json:
        print(json.dumps({"passed": len(results) - failed, "failed": failed, "stories": _listed(results)}))
    else:
        print(f"{len(results) - failed} passed, {failed} failed")
    return EXIT_FAILED if failed else 0


def _rewrite(options: argparse.Namespace) -> int:
    from tools.bench import record  # noqa: PLC0415 - as above
    from tools.bench.story import StoryError, load  # noqa: PLC0415 - as above

    for path in options.stories:
        try:
            record.rewrite(path, load(path))
        except StoryError as exc:
            return _fail(str(exc), EXIT_STORY)
        except OSError as exc:
            return _fail(f"{path}: {exc.strerror}", EXIT_FAILED)
    return 0


def _played(story: "Story", *, quiet: bool) -> "tuple[Result, float]":
    from tools.bench.play import play  # noqa: PLC0415 - as above

    began = time.monotonic()
    result = play(story)
    if not quiet:
        print(result.report(), flush=True)
    return result, time.monotonic() - began


def _listed(results: "Sequence[tuple[Result, float]]") -> list[dict[str, object]]:
    listed: list[dict[str, object]] = []
    for result, took in results:
        story, failure = result.story, result.failure
        entry: dict[str, object] = {"file": str(story.path), "name": story.name, "seed": story.seed}
        entry |= {"passed": result.passed, "seconds": round(took, 3)}
        if failure is not None:
            entry["failure"] = {"step": failure.step, "do": failure.do, "differences": failure.differences}
        listed.append(entry)
    return listed


def _shell(options: argparse.Namespace) -> int:
    from tools.bench.shell import Shell, typed  # noqa: PLC0415 - as above
    from tools.bench.site import Setting  # noqa: PLC0415 - as above

    return Shell(options.seed, Setting(auto_release=not options.choose), sys.stdout).run(typed(sys.stdin, sys.stdout))


def _station(options: argparse.Namespace) -> int:
    import asyncio  # noqa: PLC0415 - as above

    from firmware.errors import LockgateError  # noqa: PLC0415 - as above
    from hal.ports.errors import DeviceError  # noqa: PLC0415 - as above
    from tools.bench.stand import Place, stand  # noqa: PLC0415 - as above

    place = Place(options.name, options.mesh, options.data, options.printer, options.provision, options.panel)
    try:
        return asyncio.run(stand(place))
    except (LockgateError, DeviceError) as exc:
        return _fail(str(exc), EXIT_FAILED)


def _words(_options: argparse.Namespace) -> int:
    from hal.sim.words import vocabulary  # noqa: PLC0415 - as above

    print("\n".join(vocabulary()))
    return 0


def _fail(text: str, code: int) -> int:
    print(f"lockgate-bench: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
