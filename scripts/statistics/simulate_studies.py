"""Simulate studies like this one in which amplification does nothing, and judge them by the rules of claims.yaml.

Reads what was measured in one model, of which it takes the noise, and the statistics, of which it takes what noise
cannot change. Writes as JSON how many of some of the studies get which verdict on each claim.
"""

import pandas as pd

from sna.errors import naming
from sna.experiments.sweep import read_sweep
from sna.files import write_json
from sna.inputs.config import Statistics, Zones
from sna.inputs.model_config import read_vocabulary
from sna.job import job
from sna.simulation.studies import Findings, Measures, count_verdicts, find_noise, lay_out_statements
from sna.statistics.fresh_prompts import arrange_tasks
from sna.statistics.registry import read_statistics
from sna.statistics.reviews import Certainty
from sna.tables import CLASSIFIED, EXPERIMENTS, FRESH, FRESH_PROMPTS, INTERFERENCE, PROMPTS, read_table
from sna.verdicts.claims import read_claims
from sna.verdicts.evidence import gather_evidence


def read_findings(job_input, model: str) -> Findings:
    """Read what a study found in one model.

    Parameters
    ----------
    job_input
        The stage's.
    model : str

    Returns
    -------
    Findings
    """
    prompts, experiments = read_table(job_input.prompts, PROMPTS), read_table(job_input.experiments, EXPERIMENTS)
    fresh_prompts = pd.concat([read_table(path, FRESH_PROMPTS) for path in job_input.fresh_prompts])
    fresh = pd.concat([read_table(path, FRESH) for path in job_input.fresh])
    return Findings(
        sweep=read_sweep(prompts[prompts["model"] == model]),
        experiments=experiments[experiments["model"] == model],
        classified=read_table(job_input.reviews, CLASSIFIED),
        fresh=arrange_tasks(fresh_prompts, fresh),
        statements=lay_out_statements(read_table(job_input.interference, INTERFERENCE)),
    )


def main(job_input, output: str, params, model: str) -> None:
    study = params.study | {"experiments": len(read_table(job_input.experiments, EXPERIMENTS))}
    described = {"name": model, "layers": params.layers}
    own = gather_evidence(described, study, read_statistics(job_input.statistics), [job_input.reversibility])
    measures = Measures(
        Statistics(**params.statistics),
        Zones(**params.zones),
        Certainty(**params.certainty),
        params.layers,
        read_vocabulary(job_input.model_config),
    )
    claims, noise = read_claims(job_input.claims), find_noise(read_findings(job_input, model))
    with naming(job_input.claims):
        write_json(output, count_verdicts(claims, noise, own, measures, range(*params.studies)))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards.model)
