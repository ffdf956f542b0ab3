from importlib.metadata import version

from sna.files import read_json
from sna.verdicts.closing import close


rule judge_claims:
    input:
        claims=places.find("report/claims.yaml"),
        comparisons=places.find("report/comparisons.yaml"),
        questions=places.find("report/questions.yaml"),
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
    localrule: True
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=at_each_attempt(2000),
        runtime=at_each_attempt(10),
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
        definitions=places.find("report/claims.yaml"),
        questions=places.find("report/questions.yaml"),
        exhibits=places.find("report/exhibits.yaml"),
        glossary=places.find("report/glossary.yaml"),
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
        page=report(
            f"{RESULTS}/report.html",
            caption="../report/captions/report.rst",
            category="Report",
            labels={"title": "Every claim with its verdicts"},
        ),
        manifest=f"{RESULTS}/manifest.json",
        record=f"{RESULTS}/records/report.json",
    log:
        f"{RESULTS}/logs/report.log",
    benchmark:
        f"{RESULTS}/benchmarks/report.tsv"
    localrule: True
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=at_each_attempt(1000),
        runtime=at_each_attempt(10),
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
    localrule: True
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=at_each_attempt(1000),
        runtime=at_each_attempt(10),
    message:
        f"Auditing the study {CONFIG.study}"
    script:
        "../scripts/audit.py"


rule crate:
    input:
        report=rules.report.output.page,
        manifest=rules.report.output.manifest,
        record=rules.report.output.record,
        workflow=places.find("Snakefile"),
        rules=sorted(str(path) for path in (places.ROOT / "rules").glob("*.smk")),
        config=CONFIG_FILE,
        lock=places.find("envs/locks/workflow.txt"),
    output:
        f"{RESULTS}/crate.zip",
        record=f"{RESULTS}/records/crate.json",
    log:
        f"{RESULTS}/logs/crate.log",
    benchmark:
        f"{RESULTS}/benchmarks/crate.tsv"
    localrule: True
    conda:
        "../envs/crate.yaml"
    threads: 1
    resources:
        mem_mb=at_each_attempt(1000),
        runtime=at_each_attempt(10),
    params:
        code=code_of("reporting/crate", "crate"),
        study=CONFIG.study,
        snakemake=version("snakemake"),
    message:
        "Packing the study with its provenance: {output[0]}"
    script:
        "../scripts/reporting/crate.py"


onsuccess:
    if any(rules.report.output.page in job.output for job in workflow.dag.jobs):
        for line in close(read_json(f"{RESULTS}/claims.json"), rules.report.output.page):
            logger.info(line)
