# A model is calibrated for a task of anybody's, by --config model=... task=...: beside the studies, whose layers, neuron
# counts and multipliers it searches. Its results go to results/calibrations/<model>/<task>/.


rule calibrate_task:
    input:
        unpack(model_files),
        task=calibrated_task,
        bank=calibrated_bank,
        contrast=CONTRAST,
        prose=PROSE,
        template=places.find("report/calibration/page.html.j2"),
        style=places.find("report/style.css"),
    output:
        recommendation=f"{CALIBRATIONS}/{{model}}/{{calibrated}}/recommendation.json",
        page=f"{CALIBRATIONS}/{{model}}/{{calibrated}}/calibration.html",
        intervention=f"{CALIBRATIONS}/{{model}}/{{calibrated}}/intervention.json",
        record=f"{CALIBRATIONS}/records/calibrate_task/{{model}}/{{calibrated}}.json",
    log:
        f"{CALIBRATIONS}/logs/calibrate_task/{{model}}/{{calibrated}}.log",
    benchmark:
        f"{CALIBRATIONS}/benchmarks/calibrate_task/{{model}}/{{calibrated}}.tsv"
    conda:
        "../envs/calibration.yaml"
    threads: 1
    resources:
        mem_mb=with_weights(1800),
        runtime=at_each_attempt(60),
        gpu=GPUS,
    params:
        code=code_of("calibration/calibrate_task", "calibration"),
        n_layers=n_layers_of,
        title=lambda wildcards: CONFIG.models[wildcards.model].title,
        device=CONFIG.engine.device,
        start_token=CONFIG.engine.start_token,
        dtype=CONFIG.engine.dtype,
        study=CONFIG.study,
        layers=lambda wildcards: CONFIG.layer_ids(wildcards.model),
        neurons=STUDY.neurons,
        multipliers=STUDY.multipliers,
        prompts=CONFIG.calibration.prompts,
        draws=CONFIG.calibration.draws,
        margins=CONFIG.calibration.model_dump(include={"perplexity", "divergence"}),
        boundaries=list(CONFIG.zones.boundaries),
        confidence_level=CONFIG.statistics.confidence_level,
        resamples=CONFIG.statistics.resamples,
        seed=CONFIG.statistics.seed,
    message:
        "Calibrating {wildcards.model} for {wildcards.calibrated}"
    script:
        "../scripts/calibration/calibrate_task.py"


rule calibrate:
    input:
        asked_calibration,
