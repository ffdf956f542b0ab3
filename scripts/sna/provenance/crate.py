"""A Workflow Run RO-Crate of a study: the workflow, each of its jobs, and their files, for machines to read.

Follows the Provenance Run Crate profile, version 0.5 (https://w3id.org/ro/wfrun/provenance/0.5).
"""

from collections.abc import Mapping, Sequence

from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from sna.places import find, name_of
from sna.provenance.crate_entities import (
    add,
    add_costs,
    add_described,
    add_origin,
    add_package,
    add_values,
    describe,
    job_id,
)
from sna.provenance.crate_files import Contents
from sna.provenance.record import Record

#: Name and version of each profile that the crate follows, by address; each rests on those before it.
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/provenance/0.5": ("Provenance Run Crate", "0.5"),
}
_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
_BUILD_INSTRUCTIONS = "https://codemeta.github.io/terms/buildInstructions"
_CONDA_GUIDE = "https://conda.io/projects/conda/en/latest/user-guide/tasks/manage-environments.html"
_CONDA_FILE = f"{_CONDA_GUIDE}#create-env-file-manually"
#: The project's.
_LICENSE = "https://spdx.org/licenses/MIT"


def build_crate(contents: Contents, *, study: str, result: str, workflow: str, engine: str) -> ROCrate:
    """Describe a study and how it was made.

    Parameters
    ----------
    contents : Contents
        From `gather_contents`.
    study : str
        Its name.
    result : str
        Path of the last result.
    workflow : str
        Path of the workflow's main file.
    engine : str
        Snakemake's version.

    Returns
    -------
    ROCrate
        Its files are read when it is written. The metadata name no place outside of the project.
    """
    crate = ROCrate(version="1.1")
    crate.metadata.extra_contexts.append(_TERMS)
    crate.metadata.extra_terms["buildInstructions"] = _BUILD_INSTRUCTIONS
    jobs = list(contents.jobs.values())
    _describe_root(crate, study, jobs)
    _add_workflow(crate, name_of(workflow), contents, engine)
    files = _add_files(crate, contents)
    stages = [[contents.jobs[record] for record in records] for records in contents.by_stage(contents.jobs).values()]
    controls = [_add_stage(crate, position, stage, contents, files) for position, stage in enumerate(stages)]
    for record, job in contents.jobs.items():
        files[record]["about"] = {"@id": job_id(job)}
    run = _add_run(crate, study, contents, result, files)
    _add_engine(crate, run, controls, engine)
    return crate


def _describe_root(crate: ROCrate, study: str, jobs: Sequence[Record]) -> None:
    crate.name = f"Selective Neuron Amplification: the study {study}"
    crate.description = (
        f"All that the study {study} found, the workflow that found it, and a record of each of its {len(jobs)} jobs. "
        "What was fetched for it, the models' weights and the reviews, is named by origin and checksum."
    )
    crate.root_dataset["datePublished"] = max(job.ended for job in jobs)
    crate.license = add(crate, _LICENSE, "CreativeWork", name="MIT License")
    for address, (name, version) in _PROFILES.items():
        profile = add(crate, address, "CreativeWork", name=name, version=version)
        crate.root_dataset.append_to("conformsTo", profile)


def _add_workflow(crate: ROCrate, path: str, contents: Contents, engine: str) -> None:
    types = ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]
    given = {"properties": {"@type": types, **describe(path, contents.packed[path])}, "lang_version": engine}
    workflow = crate.add_workflow(find(path), path, main=True, lang="snakemake", **given)
    if commit := _commit(list(contents.jobs.values())):
        workflow["version"] = commit


def _add_files(crate: ROCrate, contents: Contents) -> dict[str, Entity]:
    """Add all files, and return them by path; the workflow's main file is there."""
    files: dict[str, Entity] = {crate.mainEntity["name"]: crate.mainEntity}
    environments = {job.environment["file"] for job in contents.jobs.values()}
    scripts = {job.script for job in contents.jobs.values()}
    conda = add(crate, _CONDA_FILE, "WebPageElement", name="Conda environment file")
    for path in sorted(contents.packed.keys() - files.keys()):
        properties = describe(path, contents.packed[path])
        if path in environments:
            properties["conformsTo"] = conda
        if path in scripts:
            properties["@type"] = ["File", "SoftwareApplication"]
        files[path] = crate.add_file(find(path), path, properties=properties)
    return files | {path: add_described(crate, path, state) for path, state in contents.described.items()}


def _add_stage(
    crate: ROCrate, position: int, jobs: Sequence[Record], contents: Contents, files: Mapping[str, Entity]
) -> Entity:
    """Add a step of the workflow, its tool and its jobs; return that the step was carried out."""
    stage, tool = jobs[0].rule, _add_tool(crate, jobs, contents, files)
    step = add(
        crate,
        f"#step/{stage}",
        "HowToStep",
        name=stage,
        position=position,
        workExample=tool,
        buildInstructions=files[jobs[0].environment["file"]],
    )
    crate.mainEntity.append_to("hasPart", tool)
    crate.mainEntity.append_to("step", step)
    done = [_add_job(crate, job, tool, files) for job in jobs]
    return add(crate, f"#control/{stage}", "ControlAction", name=f"Jobs of {stage}", instrument=step, object=done)


def _add_tool(crate: ROCrate, jobs: Sequence[Record], contents: Contents, files: Mapping[str, Entity]) -> Entity:
    """Say of a stage's script, which is its tool, what it needs: modules of the project, and packages."""
    script = jobs[0].script
    tool = files[script]
    packages = {("python", job.python) for job in jobs}
    packages |= {(name, version) for job in jobs for name, version in job.packages.items() if version}
    tool["softwareRequirements"] = [
        *(files[module] for module in contents.modules[script] if module != script),
        *(add_package(crate, name, version) for name, version in sorted(packages)),
    ]
    if commit := _commit(jobs):
        tool["softwareVersion"] = commit
    return tool


def _add_job(crate: ROCrate, job: Record, tool: Entity, files: Mapping[str, Entity]) -> Entity:
    """Add what a job did, what it read and wrote, and what it cost."""
    named = " ".join([job.rule, *job.wildcards.values()])
    device = f", device: {job.device['name']}" if job.device else ""
    read = [files[path] for path in sorted(job.inputs)]
    action = add(
        crate,
        job_id(job),
        "CreateAction",
        name=named,
        description=f"{named}, in Python {job.python} on {job.platform}, threads: {job.threads}{device}",
        identifier=job.id,
        instrument=tool,
        startTime=job.started,
        endTime=job.ended,
        object=[*read, *add_origin(crate, job), *add_values(crate, job.wildcards), *add_values(crate, job.params)],
        result=[files[path] for path in sorted(job.outputs)],
        resourceUsage=add_costs(crate, job),
    )
    crate.root_dataset.append_to("mentions", action)
    return action


def _add_run(crate: ROCrate, study: str, contents: Contents, result: str, files: Mapping[str, Entity]) -> Entity:
    """Add the run of the whole workflow: from what no job made to the last result and what that was made from."""
    jobs = list(contents.jobs.values())
    last = next(job for job in jobs if result in job.outputs)
    made = {path for job in jobs for path in job.outputs} | contents.jobs.keys()
    read = {path for job in jobs for path in job.inputs} - made
    run = add(
        crate,
        "#run",
        "CreateAction",
        name=f"Run of the study {study}",
        description=f"snakemake report --config study={study}",
        instrument=crate.mainEntity,
        startTime=min(job.started for job in jobs),
        endTime=max(job.ended for job in jobs),
        object=[*(files[path] for path in sorted(read)), *add_values(crate, {"study": study})],
        result=[files[path] for path in sorted(last.outputs.keys() | (made & last.inputs.keys()))],
    )
    crate.root_dataset.append_to("mentions", run)
    return run


def _add_engine(crate: ROCrate, run: Entity, controls: Sequence[Entity], engine: str) -> None:
    """Add that Snakemake carried out each step."""
    home = "https://snakemake.github.io/"
    snakemake = add(crate, home, "SoftwareApplication", name="Snakemake", url=home, softwareVersion=engine)
    organized = add(
        crate,
        "#engine",
        "OrganizeAction",
        name=f"Run of Snakemake {engine}",
        instrument=snakemake,
        object=list(controls),
        result=run,
        startTime=run["startTime"],
        endTime=run["endTime"],
    )
    crate.root_dataset.append_to("mentions", organized)


def _commit(jobs: Sequence[Record]) -> str | None:
    """Return the commit at which the last job ran, ``-dirty`` if files differed from it; None outside of git."""
    git = max(jobs, key=lambda job: job.ended).git
    return None if git is None else git["commit"] + ("" if git["clean"] else "-dirty")
