"""A made-up project of four stages, whose jobs leave results and records as real ones do, in milliseconds."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sna.files import write_json, write_text
from sna.provenance.check import Job
from sna.provenance.record import begin_record, end_record, write_record

ENVIRONMENT = "envs/some.yaml"
TASK = "tasks/task.yaml"
WEIGHTS = "results/models/small/model.safetensors"
ORIGIN = "results/models/small/origin.json"
TABLE = "results/study/table.parquet"
FIGURE = "results/study/figures/figure.svg"
REPORT = "results/study/report.html"
#: Path of each stage's record.
RECORDS = {
    "fetch_model": "results/models/records/small.json",
    "measure": "results/study/records/measure/small.json",
    "draw": "results/study/records/draw.json",
    "report": "results/study/records/report.json",
}
FILES = {
    ENVIRONMENT: "dependencies:\n  - python=3.11\n  - numpy=2.4.6\n  - pytorch=2.13.0\n",
    TASK: "category: logic\n",
    "scripts/models/fetch_model.py": "import shared\n",
    "scripts/measure.py": "import shared\n",
    "scripts/draw.py": "import shared, style\n",
    "scripts/reporting/report.py": "import shared\n",
    "scripts/shared.py": "",
    "scripts/style.py": "",
}


class MadeUpProject:
    """The project in the working directory.

    Attributes
    ----------
    jobs : dict of Job
        Those that were run, by stage.
    """

    def __init__(self) -> None:
        for path, content in FILES.items():
            write_text(path, content)
        self.jobs: dict[str, Job] = {}

    def run(
        self,
        stage: str,
        inputs: Sequence[str],
        outputs: Mapping[str, str],
        wildcards: Mapping[str, str] | None = None,
        **params,
    ) -> Job:
        """Do a job that writes given contents, record it, and return it as the workflow would plan it."""
        script = Path("scripts").resolve() / f"{stage}.py"
        work = {"rule": stage, "wildcards": dict(wildcards or {}), "inputs": list(inputs)}
        code = {"environment": ENVIRONMENT, "sha256": ""}
        record = begin_record(**work, params={"code": code, **params}, threads=1, script=script)
        for path, content in outputs.items():
            write_text(path, content)
        write_record(end_record(record, outputs), RECORDS[stage])
        self.jobs[stage] = Job(
            stage, work["wildcards"], tuple(inputs), tuple(outputs), RECORDS[stage], record.params, ENVIRONMENT, script
        )
        return self.jobs[stage]

    def fetch(self) -> Job:
        """Fetch the weights."""
        origin = '{"source": "package", "version": "1.0"}'
        return self.run("fetch_model", [], {WEIGHTS: "weights", ORIGIN: origin}, {"model": "small"})

    def measure(self) -> Job:
        """Measure with the weights."""
        return self.run("measure", [WEIGHTS, TASK], {TABLE: "table"}, {"model": "small"}, statistics={"seed": 7})

    def draw(self) -> Job:
        """Draw the table."""
        return self.run("draw", [TABLE], {FIGURE: "figure"}, zones=(0.07, 0.1))

    def report(self) -> Job:
        """Build the report of the figure and its record."""
        return self.run("report", [FIGURE, RECORDS["draw"]], {REPORT: "report"})


def made_up_project() -> MadeUpProject:
    """Build the project in the working directory, which must be empty, and run all its jobs."""
    project = MadeUpProject()
    for job in (project.fetch, project.measure, project.draw, project.report):
        job()
    return project


def edit_record(stage: str, content: Mapping) -> None:
    """Put other content in the place of a record."""
    write_json(RECORDS[stage], content)
