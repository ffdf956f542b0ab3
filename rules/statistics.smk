EXPERIMENTS = f"{RESULTS}/experiments.parquet"
PROMPTS = f"{RESULTS}/prompts.parquet"
LAYERS = {model: CONFIG.models[model].layers for model in STUDY.models}
UNCERTAINTY = CONFIG.statistics.model_dump()
ZONES = CONFIG.zones.model_dump()

# Of each task so many top neurons are compared: the middle of the study's counts.
COMPARED = STUDY.neurons[(len(STUDY.neurons) - 1) // 2]

# Each statistic: what it does, what it reads, which parts of the configuration it uses, and `needs`, the optional part of
# a study without which it is not. Its stage is analyze_<name>, if it names no other, and writes statistics/<name>.json;
# if report/exhibits.yaml has a table of that name without `reads`, that too; and what figures need besides.
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
    "fresh": {
        "message": "Measuring what is left of amplification on fresh prompts",
        "reads": {
            "fresh_prompts": fresh_tables("prompts"),
            "fresh": fresh_tables("gains"),
            "prose": fresh_tables("prose"),
            "model_configs": [f"{places.RESULTS}/models/{model}/config.json" for model in STUDY.models],
        },
        "params": {"statistics": UNCERTAINTY, "zones": ZONES},
    },
    "transition": {
        "stage": "compose_transition",
        "message": "Composing tasks in the transition zone and beside it",
        "reads": {
            "fresh_prompts": fresh_tables("prompts"),
            "fresh": fresh_tables("gains"),
            "fresh_results": f"{RESULTS}/statistics/fresh.json",
        },
        "params": {"statistics": UNCERTAINTY, "boundaries": list(CONFIG.zones.boundaries)},
    },
    "reviews": {
        "message": "Testing whether amplification classifies reviews better",
        "reads": {
            "reviews": of_every_model("reviews"),
            "origin": f"{places.RESULTS}/reviews/{STUDY.validation.reviews}/{places.ORIGIN}",
        },
        "params": {
            "statistics": UNCERTAINTY,
            "sentiment": CONFIG.sentiment.model_dump(include={"labels", "bins", "uncertain", "confident"}),
            "selection": STUDY.validation.selection,
        },
    },
    "interference": {
        "message": "Testing what each task's neurons do to the other tasks",
        "reads": {"interference": of_every_model("interference")},
        "params": {
            "statistics": UNCERTAINTY,
            "statements": CONFIG.model_dump()["interference"],
            "layers": LAYERS,
            "margin": CONFIG.zones.negligible,
        },
    },
    "choices": {
        "stage": "vary_choices",
        "message": "Recomputing saturation and the mean of zone 1 under all choices that the paper leaves open",
        "reads": {"prompts": PROMPTS, "fresh_prompts": fresh_tables("prompts"), "fresh": fresh_tables("gains")},
        "writes": {"specifications": f"{RESULTS}/specifications.parquet"},
        "params": {"statistics": UNCERTAINTY, "zones": ZONES, "paper": papers_figures},
    },
    "models": {
        "message": "Testing whether the models agree on which tasks gain, and on which share their neurons",
        "reads": {
            "fresh_results": f"{RESULTS}/statistics/fresh.json",
            "neurons": of_every_model("neurons"),
            "model_configs": [f"{places.RESULTS}/models/{model}/config.json" for model in STUDY.models],
        },
        "params": {"statistics": UNCERTAINTY, "neurons": COMPARED},
    },
    "tuning": {
        "needs": "tuning",
        "message": "Comparing tuned models with those that they were tuned from",
        "reads": {
            "fresh_prompts": fresh_tables("prompts"),
            "fresh": fresh_tables("gains"),
            "fresh_results": f"{RESULTS}/statistics/fresh.json",
            "neurons": of_every_model("neurons"),
            "model_configs": [f"{places.RESULTS}/models/{model}/config.json" for model in STUDY.models],
        },
        "params": {
            "statistics": UNCERTAINTY,
            "zones": ZONES,
            "neurons": COMPARED,
            "tuned": {
                model: section.model_dump(include={"base", "method", "tasks"})
                for model, section in CONFIG.tuned.items()
                if {model, section.base} <= {*STUDY.models}
            },
        },
    },
    "together": {
        "needs": "together",
        "message": "Testing whether the gains of tasks amplified at once add up",
        "reads": {"experiments": EXPERIMENTS, "together": of_every_model("together")},
        "params": {
            "statistics": UNCERTAINTY,
            "logit_margin": STUDY.together and STUDY.together.margin,
            "simulated_studies": STUDY.simulated_studies,
        },
    },
    "alternatives": {
        "needs": "alternatives",
        "message": "Testing whether amplification is better than what one would do instead",
        "reads": {
            "answers": of_every_task("alternatives", "answers"),
            "prose": of_every_task("alternatives", "prose"),
            "methods": of_every_task("alternatives", "methods"),
        },
        "params": {"statistics": UNCERTAINTY, "simulated_studies": STUDY.simulated_studies},
    },
}
STATISTICS = {name: each for name, each in STATISTICS.items() if each.get("needs") in (None, *CONFIG.optional_parts)}
STATISTICS_STAGES = {name: each.get("stage", f"analyze_{name}") for name, each in STATISTICS.items()}
STATISTICS_FILES = [f"{RESULTS}/statistics/{name}.json" for name in STATISTICS]

# Snakemake evaluates a script's path here and again in the job, where `rule` is the name of the job's rule.
for statistic, rule in STATISTICS_STAGES.items():
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
        localrule: True
        conda:
            "../envs/statistics.yaml"
        threads: 1
        resources:
            mem_mb=at_each_attempt(2000),
            runtime=at_each_attempt(10),
        params:
            **stage["params"],
            code=code_of(f"statistics/{rule}", "statistics"),
        message:
            stage["message"]
        script:
            f"../scripts/statistics/{stage_of(rule, STATISTICS_STAGES.values())}.py"


# Simulated studies of a job: so few that several cores share them.
PART = 100
PARTS = [(start, min(start + PART, STUDY.simulated_studies)) for start in range(0, STUDY.simulated_studies, PART)]


rule simulate_studies:
    input:
        claims=places.find("report/claims.yaml"),
        prompts=PROMPTS,
        experiments=EXPERIMENTS,
        fresh_prompts=[f"{RESULTS}/fresh/{{model}}/{task}/prompts.parquet" for task in STUDY.tasks],
        fresh=[f"{RESULTS}/fresh/{{model}}/{task}/gains.parquet" for task in STUDY.tasks],
        reviews=f"{RESULTS}/reviews/{{model}}.parquet",
        interference=f"{RESULTS}/interference/{{model}}.parquet",
        reversibility=f"{RESULTS}/reversibility/{{model}}.json",
        statistics=STATISTICS_FILES,
        model_config=f"{places.RESULTS}/models/{{model}}/config.json",
    output:
        f"{RESULTS}/noise/{{model}}/{{part}}.json",
        record=f"{RESULTS}/records/simulate_studies/{{model}}/{{part}}.json",
    log:
        f"{RESULTS}/logs/simulate_studies/{{model}}/{{part}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/simulate_studies/{{model}}/{{part}}.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=at_each_attempt(2000),
        runtime=at_each_attempt(10),
    params:
        code=code_of("statistics/simulate_studies", "statistics"),
        studies=lambda wildcards: PARTS[int(wildcards.part)],
        statistics=UNCERTAINTY,
        zones=ZONES,
        certainty=CONFIG.sentiment.model_dump(include={"bins", "uncertain", "confident"}),
        layers=n_layers_of,
        study={
            "name": CONFIG.study,
            "models": len(STUDY.models),
            "planned": CONFIG.experiments(),
            "tasks_chosen_by_baseline": STUDY.tasks_chosen_by_baseline,
        },
    message:
        "Judging simulated studies of {wildcards.model} in which amplification does nothing, part {wildcards.part}"
    script:
        "../scripts/statistics/simulate_studies.py"


rule gather_noise:
    input:
        [f"{RESULTS}/noise/{model}/{part}.json" for model in STUDY.models for part in range(len(PARTS))],
    output:
        f"{RESULTS}/noise.json",
        record=f"{RESULTS}/records/gather_noise.json",
    log:
        f"{RESULTS}/logs/gather_noise.log",
    benchmark:
        f"{RESULTS}/benchmarks/gather_noise.tsv"
    localrule: True
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=at_each_attempt(1000),
        runtime=at_each_attempt(10),
    params:
        code=code_of("statistics/gather_noise", "statistics"),
    message:
        "Counting how often noise alone would earn each verdict"
    script:
        "../scripts/statistics/gather_noise.py"
