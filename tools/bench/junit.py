"""How stories went, as JUnit XML for whoever collects test results (Jenkins, GitLab, GitHub)."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from tools.bench.play import Result


def write(path: Path, results: Sequence[tuple[Result, float]]) -> None:
    """Write a report of results, each with the seconds it took. Raises `OSError`."""
    failed = sum(not result.passed for result, _ in results)
    counted = {"tests": str(len(results)), "failures": str(failed), "errors": "0"}
    seconds = f"{sum(took for _, took in results):.3f}"
    suites = ET.Element("testsuites", counted | {"time": seconds})
    suite = ET.SubElement(suites, "testsuite", counted | {"name": "lockgate stories", "time": seconds})
    for result, took in results:
        _case(suite, result, took)
    tree = ET.ElementTree(suites)
    ET.indent(tree)
    tree.write(path, encoding="utf-8", xml_declaration=True)


def _case(suite: ET.Element, result: Result, took: float) -> None:
    story = result.story
    named = {"classname": "stories", "name": story.name, "file": str(story.path or ""), "time": f"{took:.3f}"}
    case = ET.SubElement(suite, "testcase", named)
    ET.SubElement(ET.SubElement(case, "properties"), "property", {"name": "seed", "value": str(story.seed)})
    if result.failure is not None:
        message = f"step {result.failure.step}: {result.failure.do}"
        ET.SubElement(case, "failure", {"message": message}).text = result.report()
