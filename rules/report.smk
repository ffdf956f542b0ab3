rule judge_claims:
    input:
        claims="report/claims.yaml",
        questions="report/questions.yaml",
        statistics=[f"{RESULTS}/statistics/{name}.json" for name in STATISTICS],
        reversibility=[f"{RESULTS}/reversibility/{model}.json" for model in STUDY.models],
        experiments=f"{RESULTS}/experiments.parquet",
    output:
        f"{RESULTS}/claims.json",
    log:
        f"{RESULTS}/logs/judge_claims.log",
    benchmark:
        f"{RESULTS}/benchmarks/judge_claims.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        models=[{"name": model, "layers": CONFIG.models[model].layers} for model in STUDY.models],
        study=CONFIG.study,
        planned=CONFIG.experiments(),
    message:
        "Judging the paper's claims and answering a careful reader's questions"
    script:
        "../scripts/judge_claims.py"


rule report:
    input:
        claims=f"{RESULTS}/claims.json",
        definitions="report/claims.yaml",
        questions="report/questions.yaml",
        figures=FIGURES,
        tables=TABLES,
        statistics=[f"{RESULTS}/statistics/{name}.json" for name in STATISTICS],
        tasks=TASK_FILES,
        baselines=[f"{RESULTS}/baseline/{model}.parquet" for model in STUDY.models],
        origins=[f"results/models/{model}/origin.json" for model in STUDY.models],
        reviews=f"results/reviews/{STUDY.validation.reviews}/origin.json",
        precision=[f"{RESULTS}/precision/{model}.json" for model in STUDY.models],
        templates=TEMPLATES,
    output:
        f"{RESULTS}/report.html",
    log:
        f"{RESULTS}/logs/report.log",
    benchmark:
        f"{RESULTS}/benchmarks/report.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        study=CONFIG.study,
        config=REPORTED_CONFIG,
        planned=CONFIG.experiments(),
    message:
        "Building the report: {output}"
    script:
        "../scripts/report.py"
