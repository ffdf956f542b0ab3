"""The stages that simulate studies, run as Snakemake runs them but for Snakemake itself."""

from pathlib import Path
from types import SimpleNamespace

import gather_noise
import pytest
import simulate_studies
from made_up import experiments_of, made_up_classified, made_up_interference, made_up_prompts
from made_up_evidence import EVIDENCE
from made_up_fresh import made_up_fresh

from sna.errors import InputError
from sna.files import read_json, write_json
from sna.statistics.registry import RESULTS
from sna.statistics.results import write_results
from sna.tables import (
    CLASSIFIED,
    EXPERIMENTS,
    FRESH,
    FRESH_PROMPTS,
    INTERFERENCE,
    PROMPTS,
    write_table,
)
from sna.verdicts.claims import read_claims
from sna.verdicts.noise import noise_rate

CLAIMS = Path(__file__).parents[3] / "report" / "claims.yaml"
MODELS = ("gpt2", "gpt2-medium")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Write what simulate_studies reads of a study of two models, and return its input for one, and its parameters."""
    folder = tmp_path_factory.mktemp("study")
    prompts = made_up_prompts(models=MODELS, noise=0.3)
    write_table(prompts, PROMPTS, folder / "prompts.parquet")
    write_table(experiments_of(prompts), EXPERIMENTS, folder / "experiments.parquet")
    fresh = made_up_fresh(models=("gpt2",), prompts=48, draws={"random": 12})
    for task in fresh.prompts["task"].unique():
        of_task = fresh.prompts["task"] == task
        write_table(fresh.prompts[of_task], FRESH_PROMPTS, folder / task / "prompts.parquet")
        write_table(fresh.gains[fresh.gains["task"] == task], FRESH, folder / task / "gains.parquet")
    write_table(made_up_classified(model="gpt2"), CLASSIFIED, folder / "reviews.parquet")
    write_table(made_up_interference(models=("gpt2",)), INTERFERENCE, folder / "interference.parquet")
    write_json(folder / "gpt2.json", EVIDENCE["reversibility"])
    write_json(folder / "config.json", {"vocab_size": 50_257})
    for name in RESULTS:
        write_results(dict.fromkeys(MODELS, EVIDENCE[name]), folder / f"{name}.json")
    job_input = SimpleNamespace(
        claims=CLAIMS,
        prompts=folder / "prompts.parquet",
        experiments=folder / "experiments.parquet",
        fresh_prompts=sorted(folder.glob("*/prompts.parquet")),
        fresh=sorted(folder.glob("*/gains.parquet")),
        reviews=folder / "reviews.parquet",
        interference=folder / "interference.parquet",
        reversibility=folder / "gpt2.json",
        statistics=[folder / f"{name}.json" for name in RESULTS],
        model_config=folder / "config.json",
    )
    params = SimpleNamespace(
        studies=(0, 2),
        statistics={"task_improvement": "best", "confidence_level": 0.95, "resamples": 99, "seed": 1},
        zones={"boundaries": (0.07, 0.10), "negligible": 7.0},
        certainty={"bins": [0.5, 0.6, 0.7, 0.8, 0.9, 1.0], "uncertain": 0.6, "confident": 0.9},
        layers=3,
        study={"name": "made-up", "models": 2, "planned": 288, "tasks_chosen_by_baseline": False},
    )
    return job_input, params


def test_parts_of_the_studies_add_up_to_the_noise_by_which_claims_are_judged(study, tmp_path):
    job_input, params = study
    parts = []
    for model in MODELS:  # both have the same tables here
        for part in range(2):
            own = SimpleNamespace(**vars(params) | {"studies": (2 * part, 2 * part + 2)})
            parts.append(tmp_path / model / f"{part}.json")
            simulate_studies.main(job_input, parts[-1], own, "gpt2")
    gather_noise.main(parts, tmp_path / "noise.json")
    noise = read_json(tmp_path / "noise.json")
    assert set(noise) == set(MODELS)
    assert noise["gpt2"] == noise["gpt2-medium"]
    assert noise["gpt2"]["studies"] == 4
    assert set(noise["gpt2"]["claims"]) == set(read_claims(CLAIMS))
    assert noise_rate(noise["gpt2"], "reversible", "measured", "reproduced") == 1


def test_a_part_is_the_same_again(study, tmp_path):
    job_input, params = study
    for name in ("once", "again"):
        simulate_studies.main(job_input, tmp_path / name, params, "gpt2")
    assert (tmp_path / "once").read_bytes() == (tmp_path / "again").read_bytes()


def test_a_mistake_in_a_rule_is_named_with_its_file(study, tmp_path):
    job_input, params = study
    claims = tmp_path / "claims.yaml"
    claims.write_text(CLAIMS.read_text(encoding="utf-8").replace("value: saturation.rho.value", "value: saturation.r"))
    with pytest.raises(InputError, match=rf"^{claims}: saturation: measured\.value: "):
        simulate_studies.main(SimpleNamespace(**vars(job_input) | {"claims": claims}), tmp_path / "out", params, "gpt2")
