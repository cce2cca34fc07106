"""The verdicts as JUnit XML: a suite for each cell, a case for each pattern; pure."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from harness import patterns
from harness.model import JudgedCell, Judgement, Matrix, Verdict
from harness.report.causes import command
from harness.report.markdown import clean


def to_junit(matrix: Matrix) -> str:
    """Give the text of `junit.xml`: what is incompatible fails, what is not known is an error."""
    root = ET.Element("testsuites", name="compatibility")
    for judged in matrix.cells:
        root.append(_suite(judged))
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(judged: JudgedCell) -> ET.Element:
    verdicts = patterns.own(judged.verdicts)
    cases = [_case(judged, name, verdicts[name]) for name in sorted(verdicts, key=patterns.rank)]
    kinds = [child.tag for case in cases for child in case]
    suite = ET.Element(
        "testsuite",
        name=judged.result.cell.id,
        tests=str(len(cases)),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error")),
        skipped=str(kinds.count("skipped")),
        time=f"{judged.result.seconds:.3f}",
    )
    suite.extend(cases)
    return suite


def _case(judged: JudgedCell, name: str, told: Judgement) -> ET.Element:
    cell = judged.result.cell.id
    case = ET.Element("testcase", classname=cell, name=name)
    because = clean("; ".join(told.because)) or told.verdict
    match told.verdict:
        case Verdict.COMPATIBLE:
            if told.problems:
                met = ", ".join(told.problems)
                ET.SubElement(case, "system-out").text = f"{told.state}: {met}"
        case Verdict.INCOMPATIBLE | Verdict.IMPOSSIBLE:
            failure = ET.SubElement(case, "failure", type=told.verdict, message=because)
            failure.text = command(cell)
        case Verdict.UNSUPPORTED:
            ET.SubElement(case, "skipped", message=because)
        case Verdict.INCONCLUSIVE:
            ET.SubElement(case, "error", type=told.verdict, message=because)
    return case
