from importlib.metadata import version


rule judge_claims:
    input:
        claims="report/claims.yaml",
        comparisons="report/comparisons.yaml",
        questions="report/questions.yaml",
        statistics=STATISTICS_FILES,
        noise=f"{RESULTS}/noise.json",
        reversibility=of_every_model("reversibility", "json"),
        experiments=f"{RESULTS}/experiments.parquet",
    output:
        f"{RESULTS}/claims.json",
        record=f"{RESULTS}/records/judge_claims.json",
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
        code=code_of("reporting/judge_claims", "statistics"),
        models=[{"name": model, "layers": CONFIG.models[model].layers} for model in STUDY.models],
        confidence_level=CONFIG.statistics.confidence_level,
        study=CONFIG.study,
        parts=CONFIG.optional_parts,
        planned=CONFIG.experiments(),
        tasks_chosen_by_baseline=STUDY.tasks_chosen_by_baseline,
    message:
        "Judging the paper's claims and answering a careful reader's questions"
    script:
        "../scripts/reporting/judge_claims.py"


rule report:
    input:
        claims=f"{RESULTS}/claims.json",
        definitions="report/claims.yaml",
        questions="report/questions.yaml",
        exhibits="report/exhibits.yaml",
        glossary="report/glossary.yaml",
        experiments=f"{RESULTS}/experiments.parquet",
        figures=FIGURES,
        prints=FIGURE_PRINTS,
        data=FIGURE_DATA,
        tables=TABLES,
        statistics=STATISTICS_FILES,
        tasks=TASK_FILES,
        banks=list(BANKS.values()),
        baselines=of_every_model("baseline"),
        origins=[f"results/models/{model}/origin.json" for model in STUDY.models],
        reviews=f"results/reviews/{STUDY.validation.reviews}/origin.json",
        precision=of_every_model("precision", "json"),
        templates=TEMPLATES,
    output:
        page=report(f"{RESULTS}/report.html", caption="../report/captions/report.rst", category="Report"),
        manifest=f"{RESULTS}/manifest.json",
        record=f"{RESULTS}/records/report.json",
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
        code=code_of("reporting/report", "report"),
        study=CONFIG.study,
        config=REPORTED_CONFIG,
        parts=CONFIG.optional_parts,
        planned=CONFIG.experiments(),
    message:
        "Building the report: {output.page}"
    script:
        "../scripts/reporting/report.py"


rule audit:
    log:
        f"{RESULTS}/logs/audit.log",
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        f"Auditing the study {CONFIG.study}"
    script:
        "../scripts/audit.py"


rule crate:
    input:
        report=rules.report.output.page,
        manifest=rules.report.output.manifest,
        record=rules.report.output.record,
        workflow="Snakefile",
        rules=sorted(str(path) for path in Path("rules").glob("*.smk")),
        config="config.yaml",
    output:
        f"{RESULTS}/crate.zip",
        record=f"{RESULTS}/records/crate.json",
    log:
        f"{RESULTS}/logs/crate.log",
    benchmark:
        f"{RESULTS}/benchmarks/crate.tsv"
    conda:
        "../envs/crate.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_of("reporting/crate", "crate"),
        study=CONFIG.study,
        snakemake=version("snakemake"),
    message:
        "Packing the study with its provenance: {output[0]}"
    script:
        "../scripts/reporting/crate.py"
