"""A made-up project of four stages, whose jobs leave results and records as real ones do, in milliseconds."""

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from sna.files import write_json, write_text
from sna.provenance.check import Job
from sna.provenance.device import describe_device
from sna.provenance.lineage import Lineage
from sna.provenance.loaded import loaded_packages
from sna.provenance.packages import LOCK
from sna.provenance.record import Record, begin_record, end_record, write_record

ENVIRONMENT = "envs/some.yaml"
TASK = "tasks/task.yaml"
WEIGHTS = "results/models/small/model.safetensors"
ORIGIN = "results/models/small/origin.json"
TABLE = "results/study/table.parquet"
FIGURE = "results/study/figures/figure.svg"
REPORT = "results/study/report.html"
MANIFEST = "results/study/manifest.json"
#: Path of each stage's record.
RECORDS = {
    "fetch_model": "results/models/records/small.json",
    "measure": "results/study/records/measure/small.json",
    "draw": "results/study/records/draw.json",
    "report": "results/study/records/report.json",
}
FILES = {
    ENVIRONMENT: "dependencies:\n  - python=3.11\n  - numpy=2.4.6\n  - pytorch=2.13.0\n",
    LOCK: f"# A comment.\nnumpy=={version('numpy')} \\\n    --hash=sha256:{'0' * 64}\n",
    TASK: "category: logic\n",
    "scripts/models/fetch_model.py": "from shared import work\n\nwork()\n",
    "scripts/selection/measure.py": "from shared import work\n\nwork()\n",
    "scripts/rendering/draw.py": "import style\nfrom shared import work\n\nwork(style.colour())\n",
    "scripts/reporting/report.py": "from shared import work\n\nwork()\n",
    "scripts/shared.py": "def work(*given):\n    return given\n\n\ndef idle():\n    return 1\n",
    "scripts/style.py": "def colour():\n    return 'black'\n",
}
#: Script of each stage.
SCRIPTS = {Path(path).stem: path for path in FILES if path.count("/") == 2}


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
        outputs: Mapping[str, str | Callable[[Record], str]],
        wildcards: Mapping[str, str] | None = None,
        **params,
    ) -> Job:
        """Do a job that writes given contents, record it, and return it as the workflow would plan it."""
        root = Path().resolve()
        work = {"wildcards": dict(wildcards or {}), "inputs": list(inputs)}
        code = {"script": SCRIPTS[stage], "environment": ENVIRONMENT, "sha256": ""}
        record = begin_record(**work, params={"code": code, **params}, threads=1, root=root)
        for path, content in outputs.items():
            write_text(path, content if isinstance(content, str) else content(record))
        device = describe_device() if "device" in params else None
        write_record(end_record(record, outputs, loaded_packages(), device), RECORDS[stage])
        self.jobs[stage] = Job(
            stage,
            work["wildcards"],
            tuple(inputs),
            tuple(outputs),
            RECORDS[stage],
            record.params,
            ENVIRONMENT,
            SCRIPTS[stage],
            root,
        )
        return self.jobs[stage]

    def fetch(self) -> Job:
        """Fetch the weights."""
        origin = '{"source": "package", "parts": [{"package": "a", "version": "1.0"}, {"package": "b"}]}'
        return self.run("fetch_model", [], {WEIGHTS: "weights", ORIGIN: origin}, {"model": "small"})

    def measure(self) -> Job:
        """Measure with the weights."""
        return self.run("measure", [WEIGHTS, TASK], {TABLE: "table"}, {"model": "small"}, statistics={"seed": 7})

    def draw(self) -> Job:
        """Draw the table."""
        return self.run("draw", [TABLE], {FIGURE: "figure"}, zones=(0.07, 0.1))

    def report(self) -> Job:
        """Build the report of the figure, with the manifest of the records behind it."""
        return self.run("report", [FIGURE], {REPORT: "report", MANIFEST: Lineage.read().manifest})


def made_up_project() -> MadeUpProject:
    """Build the project in the working directory, which must be empty, and run all its jobs."""
    project = MadeUpProject()
    for job in (project.fetch, project.measure, project.draw, project.report):
        job()
    return project


def edit_record(stage: str, content: Mapping) -> None:
    """Put other content in the place of a record."""
    write_json(RECORDS[stage], content)
