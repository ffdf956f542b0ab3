# Snakemake's own lock is off, since it outlives a killed run. Of these, which the kernel holds for as long as the process
# lives, a run takes one of its study, and one of each model and of the reviews: alone where it fetches them, otherwise
# together with the runs of other studies.

from sna.locks import lock

LOCKS = []


def lock_results():
    """Lock what this run makes and reads, or end it with a message."""
    fetched = {Path(job.output.origin).parent for job in workflow.dag.needrun_jobs() if "origin" in job.output.keys()}
    bases = [CONFIG.tuned[model].base for model in STUDY.models if model in CONFIG.tuned]
    models = {*STUDY.models, *bases, CONFIG.model} - {None}
    read = [Path(places.RESULTS, "models", model) for model in sorted(models)]
    read.append(Path(places.RESULTS, "reviews", STUDY.validation.reviews))
    try:
        LOCKS.append(lock(f"{places.LOCKS}/{CONFIG.study}", f"the study {CONFIG.study}"))
        if CONFIG.model:
            LOCKS.append(lock(f"{places.LOCKS}/calibrations", CALIBRATIONS))
        for folder in sorted({*read, *fetched}):
            name = f"{places.LOCKS}/{folder.parent.name}-{folder.name}"
            LOCKS.append(lock(name, str(folder), shared=folder not in fetched))
    except InputError as error:
        raise WorkflowError(str(error)) from None


onstart:
    lock_results()
    say_versions()
