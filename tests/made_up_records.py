"""Made-up records of the jobs of a made-up study."""

import hashlib
from dataclasses import replace
from pathlib import Path

from sna.provenance.lineage import Lineage
from sna.provenance.record import Record

#: A processor and a GPU, as records have them.
CPU = {"kind": "cpu", "name": "EPYC", "matmul": "highest", "instructions": "AVX2", "driver": None, "cuda": None}
GPU = CPU | {"kind": "cuda", "name": "H100", "instructions": None, "driver": "580.1", "cuda": "13.0"}


def made_up_record(rule, outputs, parents=(), sources=(), **changes):
    """Return the record of a job that took two minutes."""

    def state(path):
        return {"sha256": hashlib.sha256(str(path).encode()).hexdigest(), "size": 1000}

    blank = Record(
        id="0" * 64,
        rule=rule,
        wildcards={},
        inputs={path: state(path) for path in sources},
        parents=dict.fromkeys(parents, "1" * 64),
        script=f"scripts/{rule}.py",
        code={f"{rule}.main": "2" * 64, "sna.tables.read_table": "3" * 64, "sna.tables.Table": "4" * 64},
        environment={"file": "envs/rendering.yaml", "sha256": "4" * 64},
        params={"confidence_level": 0.95},
        seeds={},
        packages={"numpy": "2.4.6"},
        python="3.11.7",
        platform="Linux",
        threads=1,
        started="2026-01-01T23:58:00.000000+00:00",
        git={"commit": "5" * 40, "clean": True},
        outputs={str(path): state(path) for path in outputs},
        ended="2026-01-02T00:00:00.000000+00:00",
        cost={"cpu_seconds": 100.0, "peak_memory_mb": 1500.0},
        origin=None,
    )
    return replace(blank, **changes)


# fetch -> two layers -> experiments -> test -> plot, which reads the experiments too; and a table that reads them.
_RECORDS = {
    "fetch.json": made_up_record("fetch", ["s/weights"], sources=["elsewhere/weights"]),
    "layer_1.json": made_up_record(
        "amplify", ["s/layer_1"], ["fetch.json"], ["tasks/a.yaml"], params={"k": 1, "n": [5]}
    ),
    "layer_2.json": made_up_record(
        "amplify", ["s/layer_2"], ["fetch.json"], ["tasks/b.yaml"], params={"k": 2, "n": [5]}
    ),
    "experiments.json": made_up_record("aggregate", ["s/experiments.parquet"], ["layer_1.json", "layer_2.json"]),
    "test.json": made_up_record("test", ["s/statistics/zones.json"], ["experiments.json"]),
    "plot.json": made_up_record("plot", ["s/figures/zones.svg"], ["experiments.json", "test.json"]),
    "table.json": made_up_record("table", ["s/tables/zones.csv"], ["experiments.json"]),
}
#: A small study.
STUDY = Lineage(_RECORDS, dict.fromkeys(_RECORDS, "1" * 64))


def made_up_lineage(job_input, origins):
    """Return records as a run of a made-up study leaves them: a chain from the models to every exhibit.

    Of several models a layer was swept on a GPU, everything else on a processor.
    """
    models = [Path(path).parent.name for path in job_input.origins]
    fetched = [f"records/fetch_model/{model}.json" for model in models]
    records = {
        path: made_up_record("fetch_model", [origin], origin=origins[model])
        for path, origin, model in zip(fetched, job_input.origins, models, strict=True)
    }
    layers = {f"records/amplify_layer/layer_{layer}.json": f"layer_{layer}.parquet" for layer in range(3)}
    tasks = [str(path) for path in job_input.tasks]
    for device, (path, output) in zip([CPU, CPU, GPU if len(models) > 1 else CPU], layers.items(), strict=True):
        records[path] = made_up_record("amplify_layer", [output], fetched, tasks, device=device)
    experiments = "records/aggregate_experiments.json"
    records[experiments] = made_up_record("aggregate_experiments", [job_input.experiments], layers)
    tested = []
    for path in job_input.statistics:
        rule = f"analyze_{path.stem}"
        tested.append(f"records/{rule}.json")
        records[tested[-1]] = made_up_record(rule, [path], [experiments])
    drawn = [("plot", path) for path in job_input.figures] + [("tabulate", path) for path in job_input.tables]
    for verb, path in drawn:
        rule = f"{verb}_{path.stem}"
        maker = f"records/analyze_{path.stem}.json"
        records[f"records/{rule}.json"] = made_up_record(rule, [path], [maker if maker in records else experiments])
    records["records/judge_claims.json"] = made_up_record("judge_claims", [job_input.claims], tested, ["claims.yaml"])
    return Lineage(records, dict.fromkeys(records, "1" * 64))
