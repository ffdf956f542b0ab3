"""The tutorial runs as it stands, on a tiny model in the place of the real one."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from project import ROOT, SETTINGS
from tiny_models import build_tiny_model


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> str:
    """What the tutorial prints."""
    folder = tmp_path_factory.mktemp("project")
    build_tiny_model("llama", folder / "results" / "models" / "smollm2-135m", num_hidden_layers=30)
    for part in ("docs", "tasks/contrast"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("site"))
    done = subprocess.run(
        [sys.executable, "tutorial.py"],
        cwd=folder / "docs",
        env=os.environ | SETTINGS | {"PYTHONPATH": str(ROOT / "scripts"), "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_both_halves_choose_and_are_measured_on_each_other(printed):
    line = r"half \d chooses layer \d+, \d+ neurons x [\d.]+: [+-][\d.]+ % on itself, [+-][\d.]+ % on half \d"
    assert len(re.findall(f"^{line}$", printed, re.MULTILINE)) == 2
    assert re.search(r"^\d+ of 40 random sets do as well$", printed, re.MULTILINE)


def test_it_ends_with_a_recommendation_that_engine_and_reference_agree_on(printed):
    assert re.search(r"^layer \d+, \d+ neurons x [\d.]+\n(expect [+-]|not recommended)", printed, re.MULTILINE)
    [difference] = re.findall(r"engine and reference differ by (\S+) percentage points", printed)
    assert float(difference) < 0.01
