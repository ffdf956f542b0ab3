rule amplify_layer:
    input:
        unpack(model_files),
        tasks=TASK_FILES,
        ranking=f"{RESULTS}/neurons/{{model}}.parquet",
        baseline=f"{RESULTS}/baseline/{{model}}.parquet",
    output:
        f"{RESULTS}/amplified/{{model}}/layer_{{layer}}.parquet",
        record=f"{RESULTS}/records/amplify_layer/{{model}}/layer_{{layer}}.json",
    log:
        f"{RESULTS}/logs/amplify_layer/{{model}}/layer_{{layer}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/amplify_layer/{{model}}/layer_{{layer}}.tsv"
    conda:
        "../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=with_weights(900),
        runtime=at_each_attempt(60),
        gpu=GPUS,
    params:
        code=code_of("amplification/amplify_layer", "model"),
        n_layers=n_layers_of,
        device=CONFIG.engine.device,
        start_token=CONFIG.engine.start_token,
        dtype=CONFIG.engine.dtype,
        neurons=STUDY.neurons,
        multipliers=STUDY.multipliers,
    message:
        "Amplifying every task's neurons in layer {wildcards.layer} of {wildcards.model}"
    script:
        "../scripts/amplification/amplify_layer.py"


rule check_reversibility:
    input:
        unpack(model_files),
        tasks=TASK_FILES,
        ranking=f"{RESULTS}/neurons/{{model}}.parquet",
    output:
        f"{RESULTS}/reversibility/{{model}}.json",
        record=f"{RESULTS}/records/check_reversibility/{{model}}.json",
    log:
        f"{RESULTS}/logs/check_reversibility/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/check_reversibility/{{model}}.tsv"
    conda:
        "../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=with_weights(600),
        runtime=at_each_attempt(10),
        gpu=GPUS,
    params:
        code=code_of("amplification/check_reversibility", "model"),
        n_layers=n_layers_of,
        device=CONFIG.engine.device,
        start_token=CONFIG.engine.start_token,
        multiplier=max(STUDY.multipliers),
    message:
        "Checking that amplification leaves {wildcards.model} as it was"
    script:
        "../scripts/amplification/check_reversibility.py"


rule measure_precision:
    input:
        unpack(model_files),
        tasks=TASK_FILES,
        ranking=f"{RESULTS}/neurons/{{model}}.parquet",
    output:
        f"{RESULTS}/precision/{{model}}.json",
        record=f"{RESULTS}/records/measure_precision/{{model}}.json",
    log:
        f"{RESULTS}/logs/measure_precision/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure_precision/{{model}}.tsv"
    conda:
        "../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=with_weights(450),
        runtime=at_each_attempt(10),
        gpu=GPUS,
    params:
        code=code_of("amplification/measure_precision", "model"),
        n_layers=n_layers_of,
        layer_ids=lambda wildcards: CONFIG.layer_ids(wildcards.model),
        device=CONFIG.engine.device,
        start_token=CONFIG.engine.start_token,
        dtype=CONFIG.engine.dtype,
        neurons=STUDY.neurons,
        multipliers=STUDY.multipliers,
    message:
        "Measuring how far the engine is from the reference in {wildcards.model}"
    script:
        "../scripts/amplification/measure_precision.py"


rule aggregate_experiments:
    input:
        amplified=amplified_layers,
        baselines=of_every_model("baseline"),
    output:
        experiments=f"{RESULTS}/experiments.parquet",
        prompts=f"{RESULTS}/prompts.parquet",
        record=f"{RESULTS}/records/aggregate_experiments.json",
    log:
        f"{RESULTS}/logs/aggregate_experiments.log",
    benchmark:
        f"{RESULTS}/benchmarks/aggregate_experiments.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=at_each_attempt(2000),
        runtime=at_each_attempt(10),
    params:
        code=code_of("amplification/aggregate_experiments", "statistics"),
    message:
        "Gathering all experiments into one table"
    script:
        "../scripts/amplification/aggregate_experiments.py"
