"""The command as it is typed: exit status, standard output and standard error."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CASES = json.loads((ROOT / "tests/rules/clinical-cases.json").read_text())["cases"]


def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """The command with nothing in its environment that names a database or a secret."""
    return subprocess.run(
        [sys.executable, "manage.py", "appraise", *arguments],
        input=given,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        timeout=60,
        check=False,
    )


def test_one_case_from_a_file(tmp_path):
    path = tmp_path / "case.json"
    path.write_text(json.dumps(CASES[0]))
    done = run(str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["decision"] == ["PROGRESS", "D8"]


@pytest.mark.parametrize("arguments", [[], ["-"]], ids=["no file", "a dash"])
def test_cases_from_standard_input(arguments):
    bad = {"patient": {}, "session": {"pain_during": 11}}
    done = run(*arguments, given=json.dumps([*CASES, bad]))
    assert (done.returncode, done.stderr) == (0, "")
    appraised = json.loads(done.stdout)
    for case, answer in zip(CASES, appraised, strict=False):
        for key, expected in case["expected"].items():
            if key == "matrix":
                assert expected.items() <= answer[key].items()
            else:
                assert answer[key] == expected
    assert appraised[-1] == {"error": "session.pain_during: must be 0 to 10, got 11"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ('{"patient": {}, "session": {"pain_during": 11}}', "session.pain_during"),
        ('{"patient": {}, "session": {"pain_during": NaN}}', "session.pain_during"),
        ("{}", "patient: is missing"),
        ("", "JSON"),
        ("{", "JSON"),
        ('"case"', "case"),
    ],
)
def test_bad_input_is_one_line_and_status_2(given, message):
    done = run(given=given)
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_cannot_be_read(tmp_path):
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "absent.json", tmp_path, binary):
        done = run(str(path))
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.startswith("file: ")
        assert len(done.stderr.splitlines()) == 1


def test_a_thousand_cases_in_order():
    thousand = [{**CASES[number % len(CASES)], "id": number} for number in range(1000)]
    done = run(given=json.dumps(thousand))
    assert done.returncode == 0
    totals = [each["visa_total"] for each in json.loads(done.stdout)]
    assert totals == [case["expected"]["visa_total"] for case in CASES] * 200
