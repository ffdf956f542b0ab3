rule plot_saturation:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
        prompts=f"{RESULTS}/prompts.parquet",
        statistics=f"{RESULTS}/statistics/saturation.json",
    output:
        f"{RESULTS}/figures/saturation.svg",
    log:
        f"{RESULTS}/logs/plot_saturation.log",
    benchmark:
        f"{RESULTS}/benchmarks/plot_saturation.tsv"
    conda:
        "../envs/rendering.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        statistics=CONFIG.statistics.model_dump(),
        zones=CONFIG.zones.model_dump(),
    message:
        "Drawing baseline confidence against improvement"
    script:
        "../scripts/plot_saturation.py"


rule plot_layers:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
    output:
        f"{RESULTS}/figures/layers.svg",
    log:
        f"{RESULTS}/logs/plot_layers.log",
    benchmark:
        f"{RESULTS}/benchmarks/plot_layers.tsv"
    conda:
        "../envs/rendering.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Drawing the best improvement by task and layer"
    script:
        "../scripts/plot_layers.py"


rule plot_grid:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
        statistics=f"{RESULTS}/statistics/golden_zone.json",
    output:
        f"{RESULTS}/figures/grid.svg",
    log:
        f"{RESULTS}/logs/plot_grid.log",
    benchmark:
        f"{RESULTS}/benchmarks/plot_grid.tsv"
    conda:
        "../envs/rendering.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Drawing each task's grid of neuron counts and multipliers"
    script:
        "../scripts/plot_grid.py"


rule plot_dose_response:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
    output:
        f"{RESULTS}/figures/dose_response.svg",
    log:
        f"{RESULTS}/logs/plot_dose_response.log",
    benchmark:
        f"{RESULTS}/benchmarks/plot_dose_response.tsv"
    conda:
        "../envs/rendering.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Drawing improvement against multiplier"
    script:
        "../scripts/plot_dose_response.py"


rule tabulate_tasks:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
    output:
        f"{RESULTS}/tables/tasks.csv",
    log:
        f"{RESULTS}/logs/tabulate_tasks.log",
    benchmark:
        f"{RESULTS}/benchmarks/tabulate_tasks.tsv"
    conda:
        "../envs/rendering.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        zones=CONFIG.zones.model_dump(),
    message:
        "Tabulating the tasks"
    script:
        "../scripts/tabulate_tasks.py"


rule tabulate_zones:
    input:
        statistics=f"{RESULTS}/statistics/zones.json",
    output:
        f"{RESULTS}/tables/zones.csv",
    log:
        f"{RESULTS}/logs/tabulate_zones.log",
    benchmark:
        f"{RESULTS}/benchmarks/tabulate_zones.tsv"
    conda:
        "../envs/rendering.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Tabulating the zones"
    script:
        "../scripts/tabulate_zones.py"
