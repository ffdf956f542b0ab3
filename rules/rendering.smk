# report/exhibits.yaml says what each figure and table reads. A table that reads nothing is written by its statistic.
RENDERED = {
    name: name.replace("figures/", "plot_").replace("tables/", "tabulate_")
    for name, exhibit in EXHIBITS.items()
    if exhibit.reads
}

# As in rules/statistics.smk, a script's path is evaluated here and again in the job.
for exhibit, rule in RENDERED.items():
    definition = EXHIBITS[exhibit]

    rule:
        name:
            rule
        input:
            **{Path(read).name: study_files(read) for read in definition.reads},
        output:
            **files_of_exhibit(exhibit, rule),
            record=f"{RESULTS}/records/{rule}.json",
        log:
            f"{RESULTS}/logs/{rule}.log",
        benchmark:
            f"{RESULTS}/benchmarks/{rule}.tsv"
        localrule: True
        conda:
            "../envs/rendering.yaml"
        threads: 1
        resources:
            mem_mb=at_each_attempt(2000),
            runtime=at_each_attempt(10),
        params:
            **{key.rpartition(".")[2]: config_value(key) for key in definition.params},
            code=code_of(f"rendering/{rule}", "rendering"),
        message:
            definition.message
        script:
            f"../scripts/rendering/{stage_of(rule, RENDERED.values())}.py"
