rule plot_saturation:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
        prompts=f"{RESULTS}/prompts.parquet",
        statistics=f"{RESULTS}/statistics/saturation.json",
        held_out=f"{RESULTS}/statistics/held_out.json",
    output:
        report(
            f"{RESULTS}/figures/saturation.svg",
            caption="../report/captions/figures/saturation.rst",
            category="Figures",
        ),
        data=f"{RESULTS}/figures/saturation.csv",
        record=f"{RESULTS}/records/plot_saturation.json",
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
        code=code_of("plot_saturation", "rendering"),
        statistics=CONFIG.statistics.model_dump(),
        zones=CONFIG.zones.model_dump(),
    message:
        "Drawing baseline confidence against improvement"
    script:
        "../scripts/plot_saturation.py"


rule plot_layers:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
        statistics=f"{RESULTS}/statistics/layers.json",
    output:
        report(
            f"{RESULTS}/figures/layers.svg",
            caption="../report/captions/figures/layers.rst",
            category="Figures",
        ),
        data=f"{RESULTS}/figures/layers.csv",
        record=f"{RESULTS}/records/plot_layers.json",
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
    params:
        code=code_of("plot_layers", "rendering"),
        confidence_level=CONFIG.statistics.confidence_level,
    message:
        "Drawing the best improvement by task and layer"
    script:
        "../scripts/plot_layers.py"


rule plot_grid:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
        statistics=f"{RESULTS}/statistics/golden_zone.json",
    output:
        report(
            f"{RESULTS}/figures/grid.svg",
            caption="../report/captions/figures/grid.rst",
            category="Figures",
        ),
        data=f"{RESULTS}/figures/grid.csv",
        record=f"{RESULTS}/records/plot_grid.json",
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
    params:
        code=code_of("plot_grid", "rendering"),
    message:
        "Drawing each task's grid of neuron counts and multipliers"
    script:
        "../scripts/plot_grid.py"


rule plot_dose_response:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
    output:
        report(
            f"{RESULTS}/figures/dose_response.svg",
            caption="../report/captions/figures/dose_response.rst",
            category="Figures",
        ),
        data=f"{RESULTS}/figures/dose_response.csv",
        record=f"{RESULTS}/records/plot_dose_response.json",
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
    params:
        code=code_of("plot_dose_response", "rendering"),
    message:
        "Drawing improvement against multiplier"
    script:
        "../scripts/plot_dose_response.py"


rule tabulate_tasks:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
        held_out=f"{RESULTS}/statistics/held_out.json",
    output:
        report(
            f"{RESULTS}/tables/tasks.csv",
            caption="../report/captions/tables/tasks.rst",
            category="Tables",
        ),
        record=f"{RESULTS}/records/tabulate_tasks.json",
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
        code=code_of("tabulate_tasks", "rendering"),
        zones=CONFIG.zones.model_dump(),
    message:
        "Tabulating the tasks"
    script:
        "../scripts/tabulate_tasks.py"


rule tabulate_zones:
    input:
        statistics=f"{RESULTS}/statistics/zones.json",
        held_out=f"{RESULTS}/statistics/held_out.json",
    output:
        report(
            f"{RESULTS}/tables/zones.csv",
            caption="../report/captions/tables/zones.rst",
            category="Tables",
        ),
        record=f"{RESULTS}/records/tabulate_zones.json",
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
    params:
        code=code_of("tabulate_zones", "rendering"),
    message:
        "Tabulating the zones"
    script:
        "../scripts/tabulate_zones.py"


rule plot_golden_zone:
    input:
        statistics=f"{RESULTS}/statistics/golden_zone.json",
    output:
        report(
            f"{RESULTS}/figures/golden_zone.svg",
            caption="../report/captions/figures/golden_zone.rst",
            category="Figures",
        ),
        data=f"{RESULTS}/figures/golden_zone.csv",
        record=f"{RESULTS}/records/plot_golden_zone.json",
    log:
        f"{RESULTS}/logs/plot_golden_zone.log",
    benchmark:
        f"{RESULTS}/benchmarks/plot_golden_zone.tsv"
    conda:
        "../envs/rendering.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("plot_golden_zone", "rendering"),
    message:
        "Drawing the golden zones of each task category"
    script:
        "../scripts/plot_golden_zone.py"


rule plot_reviews:
    input:
        statistics=f"{RESULTS}/statistics/reviews.json",
    output:
        report(
            f"{RESULTS}/figures/reviews.svg",
            caption="../report/captions/figures/reviews.rst",
            category="Figures",
        ),
        record=f"{RESULTS}/records/plot_reviews.json",
    log:
        f"{RESULTS}/logs/plot_reviews.log",
    benchmark:
        f"{RESULTS}/benchmarks/plot_reviews.tsv"
    conda:
        "../envs/rendering.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("plot_reviews", "rendering"),
        confidence_level=CONFIG.statistics.confidence_level,
    message:
        "Drawing how the reviews are classified"
    script:
        "../scripts/plot_reviews.py"


rule tabulate_reviews:
    input:
        statistics=f"{RESULTS}/statistics/reviews.json",
    output:
        report(
            f"{RESULTS}/tables/reviews.csv",
            caption="../report/captions/tables/reviews.rst",
            category="Tables",
        ),
        record=f"{RESULTS}/records/tabulate_reviews.json",
    log:
        f"{RESULTS}/logs/tabulate_reviews.log",
    benchmark:
        f"{RESULTS}/benchmarks/tabulate_reviews.tsv"
    conda:
        "../envs/rendering.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("tabulate_reviews", "rendering"),
    message:
        "Tabulating how the reviews are classified"
    script:
        "../scripts/tabulate_reviews.py"


rule plot_controls:
    input:
        controls=control_layers,
        baselines=[f"{RESULTS}/baseline/{model}.parquet" for model in STUDY.models],
        statistics=f"{RESULTS}/statistics/controls.json",
    output:
        report(
            f"{RESULTS}/figures/controls.svg",
            caption="../report/captions/figures/controls.rst",
            category="Figures",
        ),
        data=f"{RESULTS}/figures/controls.csv",
        record=f"{RESULTS}/records/plot_controls.json",
    log:
        f"{RESULTS}/logs/plot_controls.log",
    benchmark:
        f"{RESULTS}/benchmarks/plot_controls.tsv"
    conda:
        "../envs/rendering.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("plot_controls", "rendering"),
        statistics=CONFIG.statistics.model_dump(),
    message:
        "Drawing the selected neurons beside random ones"
    script:
        "../scripts/plot_controls.py"


rule tabulate_controls:
    input:
        statistics=f"{RESULTS}/statistics/controls.json",
    output:
        report(
            f"{RESULTS}/tables/controls.csv",
            caption="../report/captions/tables/controls.rst",
            category="Tables",
        ),
        record=f"{RESULTS}/records/tabulate_controls.json",
    log:
        f"{RESULTS}/logs/tabulate_controls.log",
    benchmark:
        f"{RESULTS}/benchmarks/tabulate_controls.tsv"
    conda:
        "../envs/rendering.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("tabulate_controls", "rendering"),
    message:
        "Tabulating the selected neurons against random ones"
    script:
        "../scripts/tabulate_controls.py"


rule plot_interference:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
        statistics=f"{RESULTS}/statistics/interference.json",
    output:
        report(
            f"{RESULTS}/figures/interference.svg",
            caption="../report/captions/figures/interference.rst",
            category="Figures",
        ),
        record=f"{RESULTS}/records/plot_interference.json",
    log:
        f"{RESULTS}/logs/plot_interference.log",
    benchmark:
        f"{RESULTS}/benchmarks/plot_interference.tsv"
    conda:
        "../envs/rendering.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("plot_interference", "rendering"),
        confidence_level=CONFIG.statistics.confidence_level,
    message:
        "Drawing what each task's neurons do to the other tasks"
    script:
        "../scripts/plot_interference.py"


rule tabulate_interference:
    input:
        statistics=f"{RESULTS}/statistics/interference.json",
    output:
        report(
            f"{RESULTS}/tables/interference.csv",
            caption="../report/captions/tables/interference.rst",
            category="Tables",
        ),
        record=f"{RESULTS}/records/tabulate_interference.json",
    log:
        f"{RESULTS}/logs/tabulate_interference.log",
    benchmark:
        f"{RESULTS}/benchmarks/tabulate_interference.tsv"
    conda:
        "../envs/rendering.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("tabulate_interference", "rendering"),
    message:
        "Tabulating what each task's neurons do to the other tasks"
    script:
        "../scripts/tabulate_interference.py"


rule plot_null_model:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
        prompts=f"{RESULTS}/prompts.parquet",
        statistics=f"{RESULTS}/statistics/null_model.json",
    output:
        report(
            f"{RESULTS}/figures/null_model.svg",
            caption="../report/captions/figures/null_model.rst",
            category="Figures",
        ),
        data=f"{RESULTS}/figures/null_model.csv",
        record=f"{RESULTS}/records/plot_null_model.json",
    log:
        f"{RESULTS}/logs/plot_null_model.log",
    benchmark:
        f"{RESULTS}/benchmarks/plot_null_model.tsv"
    conda:
        "../envs/rendering.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("plot_null_model", "rendering"),
        confidence_level=CONFIG.statistics.confidence_level,
    message:
        "Drawing saturation beside its null model"
    script:
        "../scripts/plot_null_model.py"


rule plot_zone_fit:
    input:
        experiments=f"{RESULTS}/experiments.parquet",
        statistics=f"{RESULTS}/statistics/zone_fit.json",
    output:
        report(
            f"{RESULTS}/figures/zone_fit.svg",
            caption="../report/captions/figures/zone_fit.rst",
            category="Figures",
        ),
        data=f"{RESULTS}/figures/zone_fit.csv",
        record=f"{RESULTS}/records/plot_zone_fit.json",
    log:
        f"{RESULTS}/logs/plot_zone_fit.log",
    benchmark:
        f"{RESULTS}/benchmarks/plot_zone_fit.tsv"
    conda:
        "../envs/rendering.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_of("plot_zone_fit", "rendering"),
        statistics=CONFIG.statistics.model_dump(),
        boundaries=list(CONFIG.zones.boundaries),
    message:
        "Drawing the fitted boundary of zones"
    script:
        "../scripts/plot_zone_fit.py"
