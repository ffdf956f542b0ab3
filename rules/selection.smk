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
        mem_mb=with_weights(450),
        runtime=at_each_attempt(10),
        gpu=GPUS,
    params:
        code=code_of("selection/measure_baseline", "model"),
        n_layers=n_layers_of,
        device=CONFIG.engine.device,
        start_token=CONFIG.engine.start_token,
        seed=CONFIG.statistics.seed,
    message:
        "Measuring every prompt's target probability in {wildcards.model}, unamplified"
    script:
        "../scripts/selection/measure_baseline.py"


rule measure_fresh_baseline:
    input:
        unpack(model_files),
        banks=list(BANKS.values()),
    output:
        f"{RESULTS}/fresh_baseline/{{model}}.parquet",
        record=f"{RESULTS}/records/measure_fresh_baseline/{{model}}.json",
    log:
        f"{RESULTS}/logs/measure_fresh_baseline/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure_fresh_baseline/{{model}}.tsv"
    conda:
        "../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=with_weights(450),
        runtime=at_each_attempt(10),
        gpu=GPUS,
    params:
        code=code_of("selection/measure_fresh_baseline", "model"),
        n_layers=n_layers_of,
        device=CONFIG.engine.device,
        start_token=CONFIG.engine.start_token,
        prompts=STUDY.fresh.prompts,
        seed=CONFIG.statistics.seed,
    message:
        "Measuring every fresh prompt's target probability in {wildcards.model}, unamplified"
    script:
        "../scripts/selection/measure_fresh_baseline.py"


rule rank_neurons:
    input:
        unpack(model_files),
        tasks=TASK_FILES,
        contrast=CONTRAST,
    output:
        f"{RESULTS}/neurons/{{model}}.parquet",
        record=f"{RESULTS}/records/rank_neurons/{{model}}.json",
    log:
        f"{RESULTS}/logs/rank_neurons/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/rank_neurons/{{model}}.tsv"
    conda:
        "../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=with_weights(450),
        runtime=at_each_attempt(10),
        gpu=GPUS,
    params:
        code=code_of("selection/rank_neurons", "model"),
        n_layers=n_layers_of,
        device=CONFIG.engine.device,
        start_token=CONFIG.engine.start_token,
        study=CONFIG.study,
        n_neurons=max(STUDY.neurons),
    message:
        "Ranking the neurons of {wildcards.model} by differential activation"
    script:
        "../scripts/selection/rank_neurons.py"
