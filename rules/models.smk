rule fetch_model:
    input:
        model_folder,
    output:
        weights="results/models/{model}/model.safetensors",
        config="results/models/{model}/config.json",
        tokenizer="results/models/{model}/tokenizer.json",
        tokenizer_config="results/models/{model}/tokenizer_config.json",
        origin="results/models/{model}/origin.json",
        record="results/models/records/{model}.json",
    log:
        "results/models/logs/{model}.log",
    benchmark:
        "results/models/benchmarks/{model}.tsv"
    conda:
        "../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=6000,
        runtime=30,
    params:
        code=code_of("fetch_model", "model"),
        model=lambda wildcards: CONFIG.models[wildcards.model].model_dump(),
    message:
        "Fetching the weights of {wildcards.model}"
    script:
        "../scripts/fetch_model.py"


rule measure_baseline:
    input:
        unpack(model_files),
        tasks=TASK_FILES,
    output:
        f"{RESULTS}/baseline/{{model}}.parquet",
        record=f"{RESULTS}/records/measure_baseline/{{model}}.json",
    log:
        f"{RESULTS}/logs/measure_baseline/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure_baseline/{{model}}.tsv"
    conda:
        "../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=2500,
        runtime=10,
    params:
        code=code_of("measure_baseline", "model"),
        layers=layers_of,
        device=CONFIG.engine.device,
    message:
        "Measuring every prompt's target probability in {wildcards.model}, unamplified"
    script:
        "../scripts/measure_baseline.py"
