rule test_saturation:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
    output:
        f"{RESULTS}/statistics/saturation.json",
        record=f"{RESULTS}/records/test_saturation.json",
    log:
        f"{RESULTS}/logs/test_saturation.log",
    benchmark:
        f"{RESULTS}/benchmarks/test_saturation.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("test_saturation", "statistics"),
        statistics=CONFIG.statistics.model_dump(),
    message:
        "Testing whether baseline confidence predicts improvement"
    script:
        "../scripts/test_saturation.py"


rule test_zones:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
        prompts=f"{RESULTS}/prompts.parquet",
    output:
        f"{RESULTS}/statistics/zones.json",
        record=f"{RESULTS}/records/test_zones.json",
    log:
        f"{RESULTS}/logs/test_zones.log",
    benchmark:
        f"{RESULTS}/benchmarks/test_zones.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("test_zones", "statistics"),
        statistics=CONFIG.statistics.model_dump(),
        zones=CONFIG.zones.model_dump(),
    message:
        "Measuring the improvement in each zone of baseline confidence"
    script:
        "../scripts/test_zones.py"


rule test_held_out:
    input:
        prompts=f"{RESULTS}/prompts.parquet",
    output:
        f"{RESULTS}/statistics/held_out.json",
        record=f"{RESULTS}/records/test_held_out.json",
    log:
        f"{RESULTS}/logs/test_held_out.log",
    benchmark:
        f"{RESULTS}/benchmarks/test_held_out.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("test_held_out", "statistics"),
        statistics=CONFIG.statistics.model_dump(),
        zones=CONFIG.zones.model_dump(),
    message:
        "Scoring the best configurations on prompts that did not choose them"
    script:
        "../scripts/test_held_out.py"


rule test_predictors:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
    output:
        f"{RESULTS}/statistics/predictors.json",
        record=f"{RESULTS}/records/test_predictors.json",
    log:
        f"{RESULTS}/logs/test_predictors.log",
    benchmark:
        f"{RESULTS}/benchmarks/test_predictors.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("test_predictors", "statistics"),
        statistics=CONFIG.statistics.model_dump(),
    message:
        "Comparing baseline confidence with task category as predictors"
    script:
        "../scripts/test_predictors.py"


rule test_layers:
    input:
        prompts=f"{RESULTS}/prompts.parquet",
    output:
        f"{RESULTS}/statistics/layers.json",
        record=f"{RESULTS}/records/test_layers.json",
    log:
        f"{RESULTS}/logs/test_layers.log",
    benchmark:
        f"{RESULTS}/benchmarks/test_layers.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("test_layers", "statistics"),
        statistics=CONFIG.statistics.model_dump(),
        layers={model: CONFIG.models[model].layers for model in STUDY.models},
    message:
        "Finding the best layers of each task category"
    script:
        "../scripts/test_layers.py"


rule test_success:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
    output:
        f"{RESULTS}/statistics/success.json",
        record=f"{RESULTS}/records/test_success.json",
    log:
        f"{RESULTS}/logs/test_success.log",
    benchmark:
        f"{RESULTS}/benchmarks/test_success.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("test_success", "statistics"),
        statistics=CONFIG.statistics.model_dump(),
        zones=CONFIG.zones.model_dump(),
    message:
        "Counting the configurations that improve"
    script:
        "../scripts/test_success.py"


rule test_golden_zone:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
        prompts=f"{RESULTS}/prompts.parquet",
    output:
        f"{RESULTS}/statistics/golden_zone.json",
        record=f"{RESULTS}/records/test_golden_zone.json",
    log:
        f"{RESULTS}/logs/test_golden_zone.log",
    benchmark:
        f"{RESULTS}/benchmarks/test_golden_zone.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("test_golden_zone", "statistics"),
        golden_zone=CONFIG.golden_zone.model_dump(),
    message:
        "Finding each task's golden zone"
    script:
        "../scripts/test_golden_zone.py"


rule test_reviews:
    input:
        validation=[f"{RESULTS}/validation/{model}.parquet" for model in STUDY.models],
    output:
        f"{RESULTS}/statistics/reviews.json",
        record=f"{RESULTS}/records/test_reviews.json",
    log:
        f"{RESULTS}/logs/test_reviews.log",
    benchmark:
        f"{RESULTS}/benchmarks/test_reviews.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("test_reviews", "statistics"),
        sentiment=CONFIG.sentiment.model_dump(include={"labels", "bins", "uncertain", "confident"}),
        validation=STUDY.validation.model_dump(include={"reviews", "selection"}),
        statistics=CONFIG.statistics.model_dump(),
    message:
        "Testing whether amplification classifies reviews better"
    script:
        "../scripts/test_reviews.py"


rule test_controls:
    input:
        controls=control_layers,
    output:
        f"{RESULTS}/statistics/controls.json",
        record=f"{RESULTS}/records/test_controls.json",
    log:
        f"{RESULTS}/logs/test_controls.log",
    benchmark:
        f"{RESULTS}/benchmarks/test_controls.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("test_controls", "statistics"),
        statistics=CONFIG.statistics.model_dump(),
    message:
        "Testing whether the selected neurons do better than random ones"
    script:
        "../scripts/test_controls.py"


rule test_interference:
    input:
        crossed=[f"{RESULTS}/crossed/{model}.parquet" for model in STUDY.models],
    output:
        f"{RESULTS}/statistics/interference.json",
        record=f"{RESULTS}/records/test_interference.json",
    log:
        f"{RESULTS}/logs/test_interference.log",
    benchmark:
        f"{RESULTS}/benchmarks/test_interference.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("test_interference", "statistics"),
        statistics=CONFIG.statistics.model_dump(),
        interference=CONFIG.model_dump()["interference"],
        layers={model: CONFIG.models[model].layers for model in STUDY.models},
    message:
        "Testing what each task's neurons do to the other tasks"
    script:
        "../scripts/test_interference.py"


rule test_null_model:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
        prompts=f"{RESULTS}/prompts.parquet",
    output:
        f"{RESULTS}/statistics/null_model.json",
        record=f"{RESULTS}/records/test_null_model.json",
    log:
        f"{RESULTS}/logs/test_null_model.log",
    benchmark:
        f"{RESULTS}/benchmarks/test_null_model.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("test_null_model", "statistics"),
        statistics=CONFIG.statistics.model_dump(),
    message:
        "Comparing saturation with its null model"
    script:
        "../scripts/test_null_model.py"


rule fit_zones:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
    output:
        f"{RESULTS}/statistics/zone_fit.json",
        record=f"{RESULTS}/records/fit_zones.json",
    log:
        f"{RESULTS}/logs/fit_zones.log",
    benchmark:
        f"{RESULTS}/benchmarks/fit_zones.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("fit_zones", "statistics"),
        statistics=CONFIG.statistics.model_dump(),
        boundaries=list(CONFIG.zones.boundaries),
    message:
        "Fitting the boundary of zones"
    script:
        "../scripts/fit_zones.py"
