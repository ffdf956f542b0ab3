EXPERIMENTS = f"{RESULTS}/experiments.parquet"
PROMPTS = f"{RESULTS}/prompts.parquet"
LAYERS = {model: CONFIG.models[model].layers for model in STUDY.models}
UNCERTAINTY = CONFIG.statistics.model_dump()
ZONES = CONFIG.zones.model_dump()

# Each statistic: what it does, what it reads, and which parts of the configuration it uses. Its stage is
# analyze_<name>, and writes statistics/<name>.json; if report/exhibits.yaml has a table of that name without `reads`,
# that too; and what figures need besides.
STATISTICS = {
    "saturation": {
        "message": "Testing whether baseline confidence predicts improvement",
        "reads": {"experiments": EXPERIMENTS, "prompts": PROMPTS},
        "params": {"statistics": UNCERTAINTY},
    },
    "held_out": {
        "message": "Scoring the best configurations on prompts that did not choose them",
        "reads": {"prompts": PROMPTS},
        "params": {"statistics": UNCERTAINTY, "zones": ZONES},
    },
    "zones": {
        "message": "Measuring the improvement in each zone of baseline confidence",
        "reads": {"experiments": EXPERIMENTS, "prompts": PROMPTS, "held_out": f"{RESULTS}/statistics/held_out.json"},
        "params": {"statistics": UNCERTAINTY, "zones": ZONES},
    },
    "null_model": {
        "message": "Comparing saturation with its null model",
        "reads": {"experiments": EXPERIMENTS, "prompts": PROMPTS},
        "writes": {"logit_gains": f"{RESULTS}/logit_gains.parquet"},
        "params": {"statistics": UNCERTAINTY},
    },
    "zone_fit": {
        "message": "Fitting the boundary of zones",
        "reads": {"experiments": EXPERIMENTS},
        "params": {"statistics": UNCERTAINTY, "boundaries": list(CONFIG.zones.boundaries)},
    },
    "predictors": {
        "message": "Comparing baseline confidence with task category as predictors",
        "reads": {"experiments": EXPERIMENTS},
        "params": {"statistics": UNCERTAINTY},
    },
    "layers": {
        "message": "Finding the best layers of each task category",
        "reads": {"prompts": PROMPTS},
        "params": {"statistics": UNCERTAINTY, "layers": LAYERS},
    },
    "success": {
        "message": "Counting the configurations that improve",
        "reads": {"experiments": EXPERIMENTS},
        "params": {"statistics": UNCERTAINTY, "zones": ZONES},
    },
    "golden_zone": {
        "message": "Finding each task's golden zone",
        "reads": {"experiments": EXPERIMENTS, "prompts": PROMPTS},
        "params": {"golden_zone": CONFIG.golden_zone.model_dump()},
    },
    "controls": {
        "message": "Testing whether the selected neurons do better than random ones",
        "reads": {"controls": control_layers, "baselines": of_every_model("baseline")},
        "params": {"statistics": UNCERTAINTY},
    },
    "reviews": {
        "message": "Testing whether amplification classifies reviews better",
        "reads": {"reviews": of_every_model("reviews")},
        "params": {
            "statistics": UNCERTAINTY,
            "sentiment": CONFIG.sentiment.model_dump(include={"labels", "bins", "uncertain", "confident"}),
            "validation": STUDY.validation.model_dump(include={"reviews", "selection"}),
        },
    },
    "interference": {
        "message": "Testing what each task's neurons do to the other tasks",
        "reads": {"interference": of_every_model("interference")},
        "params": {
            "statistics": UNCERTAINTY,
            "interference": CONFIG.model_dump()["interference"],
            "layers": LAYERS,
        },
    },
}
STATISTICS_FILES = [f"{RESULTS}/statistics/{name}.json" for name in STATISTICS]

# Snakemake evaluates a script's path here and again in the job, where `rule` is the name of the job's rule.
for statistic, rule in {name: f"analyze_{name}" for name in STATISTICS}.items():
    stage = STATISTICS[statistic]

    rule:
        name:
            rule
        input:
            **stage["reads"],
        output:
            **files_of_statistic(statistic, rule),
            **stage.get("writes", {}),
            record=f"{RESULTS}/records/{rule}.json",
        log:
            f"{RESULTS}/logs/{rule}.log",
        benchmark:
            f"{RESULTS}/benchmarks/{rule}.tsv"
        conda:
            "../envs/statistics.yaml"
        threads: 1
        resources:
            mem_mb=2000,
            runtime=10,
        params:
            **stage["params"],
            code=code_of(f"statistics/{rule}", "statistics"),
        message:
            stage["message"]
        script:
            f"../scripts/statistics/{rule}.py"
