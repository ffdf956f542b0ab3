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
    # On a cluster the nodes may have no way out.
    localrule: True
    conda:
        "../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=6000,
        runtime=30,
    params:
        code=code_of("models/fetch_model", "model"),
        model=lambda wildcards: CONFIG.models[wildcards.model].model_dump(exclude=DESCRIBED),
    message:
        "Fetching the weights of {wildcards.model} (licence: {params.model[license]})"
    script:
        "../scripts/models/fetch_model.py"
