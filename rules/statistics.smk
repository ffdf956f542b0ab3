rule test_saturation:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
    output:
        f"{RESULTS}/statistics/saturation.json",
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
        statistics=CONFIG.statistics.model_dump(),
        zones=CONFIG.zones.model_dump(),
    message:
        "Measuring the improvement in each zone of baseline confidence"
    script:
        "../scripts/test_zones.py"


rule test_predictors:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
    output:
        f"{RESULTS}/statistics/predictors.json",
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
        statistics=CONFIG.statistics.model_dump(),
        zones=CONFIG.zones.model_dump(),
    message:
        "Counting the configurations that improve"
    script:
        "../scripts/test_success.py"


rule test_golden_zone:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
    output:
        f"{RESULTS}/statistics/golden_zone.json",
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
        golden_zone=CONFIG.golden_zone.model_dump(),
    message:
        "Finding each task's golden zone"
    script:
        "../scripts/test_golden_zone.py"
