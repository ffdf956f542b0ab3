rule fetch_model:
    input:
        model_folder,
    output:
        **MODEL_FILES,
        record="results/models/records/{model}.json",
    log:
        "results/models/logs/{model}.log",
    benchmark:
        "results/models/benchmarks/{model}.tsv"
    wildcard_constraints:
        model=names(model for model in CONFIG.models if model not in CONFIG.tuned),
    # On a cluster the nodes may have no way out.
    localrule: True
    conda:
        "../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=at_each_attempt(6000),
        runtime=at_each_attempt(30),
    params:
        code=code_of("models/fetch_model", "model"),
        model=lambda wildcards: CONFIG.models[wildcards.model].model_dump(exclude=DESCRIBED),
    message:
        "Fetching the weights of {wildcards.model} (licence: {params.model[license]})"
    script:
        "../scripts/models/fetch_model.py"


rule tune_model:
    input:
        unpack(base_files),
        tasks=lambda wildcards: [task_file(task) for task in CONFIG.tuned[wildcards.model].tasks],
        banks=lambda wildcards: [bank_file(task) for task in CONFIG.tuned[wildcards.model].tasks],
    output:
        **MODEL_FILES,
        training=f"results/models/{{model}}/{places.TRAINING}",
        record="results/models/records/{model}.json",
    log:
        "results/models/logs/{model}.log",
    benchmark:
        "results/models/benchmarks/{model}.tsv"
    wildcard_constraints:
        model=names(CONFIG.tuned),
    conda:
        "../envs/model.yaml"
    threads: 1
    resources:
        # The base, and the copy that is trained with its gradient and the optimizer's two means.
        mem_mb=with_weights(900, copies=5.5),
        runtime=at_each_attempt(60),
    params:
        code=code_of("models/tune_model", "model"),
        model=lambda wildcards: CONFIG.models[wildcards.model].model_dump(exclude=DESCRIBED),
        start_token=CONFIG.engine.start_token,
    message:
        "Tuning {params.model[base]} into {wildcards.model}"
    script:
        "../scripts/models/tune_model.py"
