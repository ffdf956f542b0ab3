# A model is calibrated for a task of anybody's, by --config model=... task=...: beside the studies, whose layers, neuron
# counts and multipliers it searches. Its results go to results/calibrations/<model>/<task>/.

from sna.inputs.calibration import find_bank, find_task, read_calibrated

CALIBRATIONS = f"{places.RESULTS}/calibrations"

try:
    ASKED = find_task(CONFIG.task) if CONFIG.task else None
    if ASKED:
        read_calibrated(ASKED, find_bank(ASKED))
except InputError as error:
    raise WorkflowError(str(error)) from None


def calibrated_task(wildcards):
    """The file of a calibrated task: the one that was asked for, or that of its name in tasks/."""
    return str(ASKED if ASKED and ASKED.stem == wildcards.calibrated else f"tasks/{wildcards.calibrated}.yaml")


def calibrated_bank(wildcards):
    """The bank beside it, or nothing."""
    bank = find_bank(Path(calibrated_task(wildcards)))
    return [str(bank)] if bank else []


def asked_calibration(wildcards):
    """What is asked for on the command line."""
    if ASKED is None:
        raise WorkflowError(
            "config.yaml: model and task: none given; name both: calibrate --config model=NAME task=NAME_OR_FILE"
        )
    return f"{CALIBRATIONS}/{CONFIG.model}/{ASKED.stem}/calibration.html"


rule calibrate_task:
    input:
        unpack(model_files),
        task=calibrated_task,
        bank=calibrated_bank,
        contrast=CONFIG.contrast,
        prose=PROSE,
        template="report/calibration/page.html.j2",
        style="report/style.css",
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
        mem_mb=with_weights(2800),
        runtime=60,
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
