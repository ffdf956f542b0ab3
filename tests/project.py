"""Copies of this project with tiny models, in which tests run real Snakemake."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import warm
import yaml
from tiny_models import LAYERS

ROOT = Path(__file__).parents[1]
PARTS = ("Snakefile", "config.yaml", "rules", "scripts", "envs", "tasks", "report", "profiles")
#: Two figures that share the sweep and no statistic.
FIGURES = ("results/tiny/figures/saturation.svg", "results/tiny/figures/layers.svg")
#: Processes are single-threaded, and keep what they compiled, as they do unless they are told not to.
SETTINGS = {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": ""}
# As GLUE has SST-2; odd rows are positive.
REVIEWS = "sentence\tlabel\n" + "".join(f"film {number} \t{number % 2}\n" for number in range(20))


def tiny_config(models: list[str], **study) -> dict:
    """Return a small configuration; its models are expected in models/<name>, and keywords change its study."""
    small = {
        "tasks": ["addition", "antonyms"],
        "layers": [0, 2, 3],
        "neurons": [5, 20],
        "multipliers": [1.5, 3],
        "tasks_chosen_by_baseline": False,
        "fresh": {"prompts": 24, "draws": 4, "matched": 2, "directions": 2, "prompts_per_draw": 8},
        "interference": {"prompts": 24, "draws": 3, "prompts_per_draw": 8},
        "validation": {"reviews": "tiny", "selection": 4, "tuning": 4, "test": 6},
        "simulated_studies": 3,
    }
    shipped = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    return shipped | {
        "study": "tiny",
        "studies": {"tiny": {"models": models} | small | study},
        "models": {name: tiny_model(name) for name in models},
        "reviews": {"tiny": {"source": "path", "path": "reviews.tsv", "license": "MIT"}},
        "interference": {name: said | {"layers": {}} for name, said in shipped["interference"].items()},
        "sentiment": shipped["sentiment"] | {"layers": 2, "neurons": [5, 20]},
        "engine": {"device": "cpu", "dtype": "float32", "start_token": "tokenizer"},
        "statistics": shipped["statistics"] | {"resamples": 99},
    }


def tiny_model(name: str, **changes) -> dict:
    """Return a model's section of the configuration."""
    told = {"title": name, "description": "A tiny model.", "license": "MIT"}
    return {"source": "path", "path": f"models/{name}", "layers": LAYERS} | told | changes


@dataclass(frozen=True)
class Project:
    """A copy of the project.

    Attributes
    ----------
    folder : Path
        Where Snakemake runs.
    """

    folder: Path

    @classmethod
    def copy(cls, folder: Path, source: Path = ROOT) -> "Project":
        """Copy the project as it is shipped, with reviews but without results; or another copy with all that it has."""
        if source == ROOT:
            for part in PARTS:
                ignore = shutil.ignore_patterns("__pycache__")
                copy = shutil.copytree if (ROOT / part).is_dir() else lambda src, dst, ignore: shutil.copy2(src, dst)
                folder.mkdir(parents=True, exist_ok=True)
                copy(ROOT / part, folder / part, ignore=ignore)
            (folder / "reviews.tsv").write_text(REVIEWS, encoding="utf-8")
        else:
            shutil.copytree(source, folder)
        return cls(folder)

    @property
    def results(self) -> Path:
        """Where the tiny study's results go."""
        return self.folder / "results" / "tiny"

    def write_config(self, config: dict) -> None:
        """Replace config.yaml."""
        (self.folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")

    def start(
        self, *arguments: str, cores: int = 2, printed: int = subprocess.PIPE, **environment: str
    ) -> subprocess.Popen:
        """Start Snakemake as users do, in a process group of its own; what it prints goes to one place."""
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", f"--cores={cores}", *arguments],
            cwd=self.folder,
            env=os.environ | SETTINGS | environment,
            stdout=printed,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Run Snakemake to its end; return its exit code and what it printed.

        With an environment of its own it runs as `start` has it; without one it, and each of its jobs, is a fork of a
        Python that has imported the slow packages of others.
        """
        if environment:
            process = self.start(*arguments, **environment)
            printed, _ = process.communicate()
            return process.returncode, printed
        return self.python("-m", "snakemake", "--cores=2", *arguments)

    def python(self, *arguments: str) -> tuple[int, str]:
        """Run a module or a script in the project's folder; return its exit code and what it printed."""
        done = subprocess.run(
            [warm.python(), *arguments],
            cwd=self.folder,
            env=os.environ | SETTINGS,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def succeed(self, *arguments: str, **environment: str) -> str:
        """Run Snakemake as `run` does; it must end well. Return what it printed."""
        code, printed = self.run(*arguments, **environment)
        assert code == 0, printed
        return printed

    def dry_run(self, *arguments: str) -> tuple[str, dict[str, int]]:
        """Return what a dry run prints, and how many jobs of each rule it plans."""
        printed = self.succeed("--dry-run", "--quiet=rules", *arguments)
        return printed, count_jobs(printed)

    def planned(self, *arguments: str) -> dict[str, int]:
        """Return how many jobs of each rule a dry run plans."""
        return self.dry_run(*arguments)[1]

    def audit(self, *arguments: str) -> tuple[int, str]:
        """Audit results; return the exit code and what was printed."""
        code, printed = self.python("scripts/audit.py", *arguments)
        assert "Traceback" not in printed, printed
        return code, printed

    def half_written(self) -> list[Path]:
        """Return what an aborted job left of its temporary files."""
        return [
            path
            for path in (self.folder / "results").rglob(".*")
            if path.name not in {".snakemake_timestamp", ".locks"}
        ]


def count_jobs(printed: str) -> dict[str, int]:
    """Return how many jobs of each rule Snakemake says that it runs, or would run."""
    jobs = {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", printed, flags=re.MULTILINE)}
    return {name: count for name, count in jobs.items() if name != "total"}
