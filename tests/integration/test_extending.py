"""What the README says about extending the project works as it says."""

import pytest
from project import Project, count_jobs

from sna.files import read_json

FIGURE = """
figures/example:
  title: Baselines in order
  caption: Every task's baseline, from the smallest on, of {{ config.study.tasks | length }} tasks.
  alt: Points that rise from left to right on {{ model }}.
  message: Drawing the baselines
  reads: [experiments]
  params: [statistics.confidence_level]
  data: figures/example
"""
SCRIPT = '''"""Plot the baselines in order."""

from matplotlib.figure import Figure

from sna.figures.saving import save_figure
from sna.figures.style import styled
from sna.job import job
from sna.tables import EXPERIMENTS, read_table, write_csv


@styled()
def draw(baselines) -> Figure:
    figure = Figure()
    figure.add_subplot().plot(sorted(baselines), "o")
    return figure


def main(job_input, output, params, identifier) -> None:
    assert 0 < params.confidence_level < 1
    rows = read_table(job_input.experiments, EXPERIMENTS)[["model", "task", "baseline"]].drop_duplicates()
    save_figure(draw(rows["baseline"]), output.exhibit, identifier)
    write_csv(rows, output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
'''
TABLE = """
statistics/saturation:
  title: Saturation in figures
  caption: Spearman's rank correlation.
"""
MACRO = """
{% macro statistics_saturation() %}
<table><tr><td>{{ statistics.saturation[models[0]].n | tasks }} in all</td></tr></table>
{% endmacro %}
"""


def append(path, text):
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)


@pytest.fixture(scope="module")
def extended(reported, tmp_path_factory):
    """A project to which a figure and a table were added by the README's recipes, made again."""
    project = Project.copy(tmp_path_factory.mktemp("extended") / "project", reported.folder)
    append(project.folder / "report" / "exhibits.yaml", FIGURE + TABLE)
    append(project.folder / "report" / "templates" / "tables.html.j2", MACRO)
    (project.folder / "scripts" / "rendering" / "plot_example.py").write_text(SCRIPT, encoding="utf-8")
    made = count_jobs(project.succeed("report"))
    return project, made, (project.results / "report.html").read_text(encoding="utf-8")


def test_a_figure_is_an_entry_and_a_script_and_only_it_and_the_report_are_made(extended):
    assert extended[1] == {"plot_example": 1, "report": 1}


def test_the_new_figure_is_drawn_recorded_and_shown_with_its_words_and_data(extended):
    project, _, page = extended
    assert "</svg>" in (project.results / "figures" / "example.svg").read_text(encoding="utf-8")
    assert read_json(project.results / "records" / "plot_example.json")["rule"] == "plot_example"
    assert "Baselines in order.</b> Every" in page
    assert "from the smallest on, of 3 tasks." in page
    described = " ".join(f"On {model}: Points that rise from left to right on {model}." for model in ("gpt2", "llama"))
    assert f'alt="Baselines in order. {described}"' in page
    assert 'download="figures_example.csv"' in page
    assert 'id="stage-plot_example"' in page


def test_the_new_table_of_a_statistic_is_an_entry_and_a_macro(extended):
    page = extended[2]
    assert "Saturation in figures.</b>" in page
    assert "<td>3 tasks in all</td>" in page
    assert 'download="statistics_saturation.json"' in page


def test_the_new_figure_is_in_snakemakes_own_report(extended, tmp_path):
    project = extended[0]
    project.succeed("--report", str(tmp_path / "report.html"))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Baselines in order" in page
    assert "from the smallest on" in page


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("Every {{ config.zones", "figures/example.caption: not a template: "),
        ("Every {{ config.zone.boundaries }}", 'figures/example: caption: "Every {{ config.zone.boundaries }} task'),
    ],
)
def test_a_caption_that_cannot_be_rendered_is_named_before_anything_runs(tmp_path, word, said):
    project = Project.copy(tmp_path / "project")
    append(project.folder / "report" / "exhibits.yaml", FIGURE.replace("Every", word))
    code, printed = project.run("--dry-run")
    assert code != 0
    assert f"report/exhibits.yaml: {said}" in printed
    assert "Traceback" not in printed
