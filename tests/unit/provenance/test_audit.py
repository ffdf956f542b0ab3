"""The verdict on a chain: all is ok or it is not, and the tree says where."""

import json

import pytest
from made_up_jobs import FIGURE, MANIFEST, ORIGIN, RECORDS, REPORT, TABLE, TASK, WEIGHTS, MadeUpProject, made_up_project

from sna.files import sha256, write_text
from sna.provenance.audit import Audit
from sna.provenance.check import MARKS
from sna.provenance.lineage import Lineage
from sna.provenance.tree import draw_tree

# ruff: noqa: E501
TREE = """\
ok                 results/study/report.html and 1 more  (report)
ok                 ├─ scripts/reporting/report.py: 2 definitions in 2 modules, envs/some.yaml
ok                 └─ results/study/figures/figure.svg  (draw)
ok                    ├─ scripts/rendering/draw.py: 3 definitions in 3 modules, envs/some.yaml, config.yaml (zones)
ok                    └─ results/study/table.parquet  (measure)
ok                       ├─ scripts/selection/measure.py: 2 definitions in 2 modules, envs/some.yaml, config.yaml (statistics)
ok                       ├─ results/models/small/model.safetensors and 1 more  (fetch_model)
ok                       │  ├─ scripts/models/fetch_model.py: 2 definitions in 2 modules, envs/some.yaml
ok                       │  ├─ package: a 1.0
ok                       │  └─ package: b
ok                       └─ tasks/task.yaml"""


@pytest.fixture
def project(tmp_path, monkeypatch) -> MadeUpProject:
    monkeypatch.chdir(tmp_path)
    return made_up_project()


def audited(project: MadeUpProject, **options) -> Audit:
    return Audit.of(project.jobs.values(), Lineage.read(), **options)


def marked(tree: str) -> dict[str, str]:
    """Return the mark of each line of a tree that is not ok, by the line's text."""
    lines = [line for line in tree.splitlines() if not line.startswith((" ", "ok"))]
    return {line[19:].lstrip("│├└─ "): line[:19].strip() for line in lines}


def test_an_untouched_chain_is_ok_from_the_report_to_the_weights(project):
    audit = audited(project)
    assert audit.ok
    assert draw_tree(audit) == TREE


def test_nothing_is_not_ok(project):
    project.jobs = {}
    assert not audited(project).ok


def test_the_mark_stands_at_the_file_and_the_reason_below_it(project):
    write_text(WEIGHTS, "other weights")
    write_text(TASK, "another task")
    tree = draw_tree(audited(project))
    assert marked(tree) == {
        "results/models/small/model.safetensors and 1 more  (fetch_model)": "modified",
        "tasks/task.yaml": "modified",
    }
    assert tree.count(f"! {WEIGHTS} has another checksum than was recorded") == 1


def test_what_a_job_ran_is_marked_beside_its_script(project):
    write_text("scripts/style.py", "def colour():\n    return 'red'\n")
    tree = draw_tree(audited(project))
    ran = "scripts/rendering/draw.py: 3 definitions in 3 modules, envs/some.yaml, config.yaml (zones)"
    assert marked(tree) == {ran: "stale code"}
    assert "! style.colour changed" in tree


def test_of_several_marks_the_gravest_is_shown(project):
    write_text("scripts/style.py", "def colour():\n    return 'red'\n")
    write_text(FIGURE, "edited")
    audit = audited(project)
    assert audit.mark(RECORDS["draw"]) == "modified"
    assert audit.mark(RECORDS["draw"], FIGURE) == "modified"
    assert audit.mark(RECORDS["draw"], "style.colour") == "stale code"
    assert audit.mark(RECORDS["report"]) == "ok"
    assert MARKS.index("modified") < MARKS.index("stale code")


def test_a_job_is_drawn_in_full_once(project):
    project.run("report", [FIGURE, TABLE], {REPORT: "report"})
    lines = draw_tree(audited(project)).splitlines()
    assert len([line for line in lines if "(measure)" in line]) == 2
    assert sum(line.endswith("(measure), as above") for line in lines) == 1
    assert sum("scripts/selection/measure.py" in line for line in lines) == 1


def test_of_several_jobs_of_a_stage_that_are_well_one_stands_for_all(project):
    layers = [f"results/study/layer_{number}.parquet" for number in range(4)]
    jobs = dict(project.jobs)
    for number, layer in enumerate(layers):
        RECORDS["measure"] = f"results/study/records/measure/{number}.json"
        jobs[layer] = project.run("measure", [WEIGHTS, TASK], {layer: "table"}, {"layer": str(number)})
    RECORDS["measure"] = "results/study/records/measure/small.json"
    jobs["draw"] = project.run("draw", layers, {FIGURE: "figure"})
    jobs["report"] = project.report()
    del jobs["measure"]
    tree = draw_tree(Audit.of(jobs.values(), Lineage.read()))
    assert tree.count("(measure)") == 2
    assert "ok                    └─ 3 more like it  (measure)" in tree
    write_text(layers[2], "damaged")
    tree = draw_tree(Audit.of(jobs.values(), Lineage.read()))
    assert marked(tree) == {f"{layers[2]}  (measure)": "modified"}
    assert "2 more like it  (measure)" in tree


def test_sources_of_one_folder_that_are_well_share_a_line(project):
    tasks = [f"tasks/{name}.yaml" for name in "abc"]
    for task in tasks:
        write_text(task, task)
    project.run("measure", [WEIGHTS, *tasks], {TABLE: "table"}, {"model": "small"})
    project.draw()
    project.report()
    assert "tasks/: 3 files" in draw_tree(audited(project))
    write_text(tasks[1], "edited")
    tree = draw_tree(audited(project))
    assert marked(tree) == {tasks[1]: "modified"}
    assert "tasks/: 2 files" in tree


def test_every_file_is_hashed_once(project):
    hashed = []

    def hash_file(path: str) -> str:
        hashed.append(path)
        return sha256(path)

    project.run("draw", [TABLE, TASK], {FIGURE: "figure"})
    project.report()
    assert audited(project, hash_file=hash_file).ok
    assert sorted(hashed) == sorted([WEIGHTS, ORIGIN, TASK, TABLE, FIGURE, REPORT, MANIFEST])


def test_machines_are_told_all_that_people_are(project):
    write_text(FIGURE, "edited")
    write_text(TASK, "edited")
    data = json.loads(json.dumps(audited(project).as_data()))
    assert not data["ok"]
    jobs = {job["rule"]: job for job in data["jobs"]}
    assert {rule: job["mark"] for rule, job in jobs.items()} == {
        "fetch_model": "ok",
        "measure": "modified",
        "draw": "modified",
        "report": "ok",
    }
    assert jobs["draw"]["outputs"] == {FIGURE: "modified"}
    assert jobs["measure"]["outputs"] == {TABLE: "ok"}
    assert jobs["measure"]["sources"] == {TASK: "modified"}
    assert jobs["measure"]["parents"] == [RECORDS["fetch_model"]]
    assert jobs["report"]["findings"] == []
    assert jobs["draw"]["findings"] == [
        {"mark": "modified", "path": FIGURE, "text": "has another checksum than was recorded"}
    ]
