"""What the audit is asked for, and the command that it gives back."""

from pathlib import Path

import audit
import pytest

PLAIN = {"as_json": False, "expected": None}


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ([], {}, PLAIN)),
        (["--json"], ([], {}, PLAIN | {"as_json": True})),
        (["results/paper", "--expect", "12ab"], ([], {"study": "paper"}, PLAIN | {"expected": "12ab"})),
        (["results/paper"], ([], {"study": "paper"}, PLAIN)),
        (["results/paper/report.html"], (["results/paper/report.html"], {"study": "paper"}, PLAIN)),
        (["./results/../results/paper/a.svg"], (["results/paper/a.svg"], {"study": "paper"}, PLAIN)),
        (["results/calibrations/gpt2/a/a.json"], (["results/calibrations/gpt2/a/a.json"], {}, PLAIN)),
        (["results/models/gpt2/config.json"], (["results/models/gpt2/config.json"], {}, PLAIN)),
        (
            ["results/paper/a.svg", "results/reviews/sst2/origin.json"],
            (["results/paper/a.svg", "results/reviews/sst2/origin.json"], {"study": "paper"}, PLAIN),
        ),
    ],
)
def test_a_result_names_its_study(root, arguments, expected):
    assert audit.parse_arguments(arguments, root) == expected


def test_a_result_is_found_from_any_folder(root, monkeypatch):
    (root / "results" / "paper").mkdir(parents=True)
    monkeypatch.chdir(root / "results" / "paper")
    assert audit.parse_arguments(["a.svg"], root)[0] == ["results/paper/a.svg"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tasks/addition.yaml"], "is no result"),
        (["results"], "is no result"),
        (["/etc/passwd"], "is no result"),
        (["results/paper/a.svg", "results/smoke/a.svg"], "results of several studies: paper, smoke"),
        (["results/paper", "results/paper/a.svg"], "give a study's folder alone"),
        (["results/paper/a.svg", "--expect", "12ab"], "--expect is about a whole study"),
    ],
)
def test_what_cannot_be_audited_is_refused(root, capsys, arguments, message):
    with pytest.raises(SystemExit, match="2"):
        audit.parse_arguments(arguments, root)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("results", "config", "command"),
    [
        ([], {}, "snakemake --cores all"),
        ([], {"study": "smoke"}, "snakemake --cores all --config study=smoke"),
        (["results/smoke/a.svg"], {"study": "smoke"}, "snakemake --cores all results/smoke/a.svg --config study=smoke"),
    ],
)
def test_the_command_makes_what_was_audited(results, config, command):
    assert audit.repair(results, config) == command
