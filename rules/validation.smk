rule fetch_reviews:
    input:
        reviews_file,
    output:
        reviews="results/reviews/{reviews}/reviews.parquet",
        origin="results/reviews/{reviews}/origin.json",
        record="results/reviews/records/{reviews}.json",
    log:
        "results/reviews/logs/{reviews}.log",
    benchmark:
        "results/reviews/benchmarks/{reviews}.tsv"
    # On a cluster the nodes may have no way out.
    localrule: True
    conda:
        "../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=at_each_attempt(2000),
        runtime=at_each_attempt(10),
    params:
        code=code_of("validation/fetch_reviews", "model"),
        reviews=lambda wildcards: CONFIG.reviews[wildcards.reviews].model_dump(),
    message:
        "Fetching the reviews {wildcards.reviews}"
    script:
        "../scripts/validation/fetch_reviews.py"


rule validate_reviews:
    input:
        unpack(model_files),
        reviews=f"results/reviews/{STUDY.validation.reviews}/reviews.parquet",
        contrast=CONTRAST,
    output:
        f"{RESULTS}/reviews/{{model}}.parquet",
        record=f"{RESULTS}/records/validate_reviews/{{model}}.json",
    log:
        f"{RESULTS}/logs/validate_reviews/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/validate_reviews/{{model}}.tsv"
    conda:
        "../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=with_weights(1850),
        runtime=at_each_attempt(60),
        gpu=GPUS,
    params:
        code=code_of("validation/validate_reviews", "model"),
        n_layers=n_layers_of,
        layer_ids=lambda wildcards: CONFIG.spread_layers(wildcards.model, CONFIG.sentiment.layers),
        device=CONFIG.engine.device,
        start_token=CONFIG.engine.start_token,
        dtype=CONFIG.engine.dtype,
        study=CONFIG.study,
        validation=STUDY.validation.model_dump(),
        sentiment=CONFIG.sentiment.model_dump(include={"prompt", "labels", "neurons", "multipliers"}),
        seed=CONFIG.statistics.seed,
    message:
        "Classifying reviews with {wildcards.model}, before and after"
    script:
        "../scripts/validation/validate_reviews.py"


rule confirm_choices:
    input:
        unpack(model_files),
        task=lambda wildcards: task_file(wildcards.task),
        bank=lambda wildcards: bank_file(wildcards.task),
        prose=PROSE,
        contrast=CONTRAST,
        ranking=f"{RESULTS}/neurons/{{model}}.parquet",
        experiments=f"{RESULTS}/experiments.parquet",
    output:
        prompts=f"{RESULTS}/fresh/{{model}}/{{task}}/prompts.parquet",
        gains=f"{RESULTS}/fresh/{{model}}/{{task}}/gains.parquet",
        prose=f"{RESULTS}/fresh/{{model}}/{{task}}/prose.parquet",
        record=f"{RESULTS}/records/confirm_choices/{{model}}/{{task}}.json",
    log:
        f"{RESULTS}/logs/confirm_choices/{{model}}/{{task}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/confirm_choices/{{model}}/{{task}}.tsv"
    conda:
        "../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=with_weights(1100),
        runtime=at_each_attempt(60),
        gpu=GPUS,
    params:
        code=code_of("validation/confirm_choices", "model"),
        n_layers=n_layers_of,
        device=CONFIG.engine.device,
        start_token=CONFIG.engine.start_token,
        dtype=CONFIG.engine.dtype,
        study=CONFIG.study,
        fresh=STUDY.fresh.model_dump(),
        task_improvement=CONFIG.statistics.task_improvement,
        seed=CONFIG.statistics.seed,
    message:
        "Measuring {wildcards.task} on fresh prompts in {wildcards.model}"
    script:
        "../scripts/validation/confirm_choices.py"


rule measure_interference:
    input:
        unpack(model_files),
        tasks=TASK_FILES,
        banks=list(BANKS.values()),
        ranking=f"{RESULTS}/neurons/{{model}}.parquet",
        experiments=f"{RESULTS}/experiments.parquet",
    output:
        f"{RESULTS}/interference/{{model}}.parquet",
        record=f"{RESULTS}/records/measure_interference/{{model}}.json",
    log:
        f"{RESULTS}/logs/measure_interference/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure_interference/{{model}}.tsv"
    conda:
        "../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=with_weights(1100),
        runtime=at_each_attempt(30),
        gpu=GPUS,
    params:
        code=code_of("validation/measure_interference", "model"),
        n_layers=n_layers_of,
        device=CONFIG.engine.device,
        start_token=CONFIG.engine.start_token,
        study=CONFIG.study,
        statements=CONFIG.model_dump()["interference"],
        sizes=STUDY.interference.model_dump(),
        seed=CONFIG.statistics.seed,
    message:
        "Measuring every task under the other tasks' neurons in {wildcards.model}"
    script:
        "../scripts/validation/measure_interference.py"


rule amplify_together:
    input:
        unpack(model_files),
        banks=list(BANKS.values()),
        ranking=f"{RESULTS}/neurons/{{model}}.parquet",
        experiments=f"{RESULTS}/experiments.parquet",
    output:
        f"{RESULTS}/together/{{model}}.parquet",
        record=f"{RESULTS}/records/amplify_together/{{model}}.json",
    log:
        f"{RESULTS}/logs/amplify_together/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/amplify_together/{{model}}.tsv"
    conda:
        "../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=with_weights(1800),
        runtime=at_each_attempt(60),
        gpu=GPUS,
    params:
        code=code_of("validation/amplify_together", "model"),
        n_layers=n_layers_of,
        device=CONFIG.engine.device,
        start_token=CONFIG.engine.start_token,
        study=CONFIG.study,
        together=STUDY.together and STUDY.together.model_dump(),
        seed=CONFIG.statistics.seed,
    message:
        "Amplifying several tasks' neurons at once in {wildcards.model}"
    script:
        "../scripts/validation/amplify_together.py"


rule compare_alternatives:
    input:
        unpack(model_files),
        task=lambda wildcards: task_file(wildcards.task),
        bank=lambda wildcards: bank_file(wildcards.task),
        prose=PROSE,
        contrast=CONTRAST,
        ranking=f"{RESULTS}/neurons/{{model}}.parquet",
        experiments=f"{RESULTS}/experiments.parquet",
    output:
        answers=f"{RESULTS}/alternatives/{{model}}/{{task}}/answers.parquet",
        prose=f"{RESULTS}/alternatives/{{model}}/{{task}}/prose.parquet",
        methods=f"{RESULTS}/alternatives/{{model}}/{{task}}/methods.parquet",
        record=f"{RESULTS}/records/compare_alternatives/{{model}}/{{task}}.json",
    log:
        f"{RESULTS}/logs/compare_alternatives/{{model}}/{{task}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/compare_alternatives/{{model}}/{{task}}.tsv"
    conda:
        "../envs/model.yaml"
    threads: 1
    resources:
        # The model and the copy of it that is trained.
        mem_mb=with_weights(1800, copies=3.5),
        runtime=at_each_attempt(60),
        gpu=GPUS,
    params:
        code=code_of("validation/compare_alternatives", "model"),
        n_layers=n_layers_of,
        device=CONFIG.engine.device,
        start_token=CONFIG.engine.start_token,
        study=CONFIG.study,
        alternatives=STUDY.alternatives and STUDY.alternatives.model_dump(),
        seed=CONFIG.statistics.seed,
    message:
        "Comparing amplification of {wildcards.task} with what one would do instead in {wildcards.model}"
    script:
        "../scripts/validation/compare_alternatives.py"
