"""Where models and reviews come from: those sections of the configuration."""

import re
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sna.inputs.fields import LayerCount, Name, Names, Number, Section

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _pinned(revision: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{40}", revision):
        raise ValueError("must be all 40 digits of a commit; a branch or a tag can move")
    return revision


def _inside_the_package(path: str) -> str:
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError("must be a path inside the package's wheel, such as package/model.gguf")
    return path


class _Model(Section):
    layers: LayerCount = Field(description="Number of transformer blocks; checked against the weights.")
    license: str = Field(
        description="The weights' licence (SPDX, or its name and address), shown before the download and in the report."
    )


class _FetchedModel(_Model):
    weights: Literal["float32", "bfloat16"] = Field(
        default="float32",
        description=(
            "What the weights are stored in, on the disk and in memory; products are made in float32 all the same. "
            "bfloat16 takes half the room, and rounds weights that were not published in it."
        ),
    )


class PackageFile(Section):
    """A file inside a Python package: a model in GGUF, or a part of one."""

    package: str = Field(description="Name of the package.")
    version: str = Field(description="Its exact version.")
    file: Annotated[str, AfterValidator(_inside_the_package)] = Field(description="The file inside the wheel.")
    sha256: Sha256 | None = Field(
        default=None,
        description="SHA-256 of the part, so that a message can name a part that is another one; one part needs none.",
    )


class PackageModel(_FetchedModel):
    """A model whose weights ship inside Python packages, as one GGUF file or the parts of one."""

    source: Literal["package"]
    parts: list[PackageFile] = Field(min_length=1, description="The files of which the GGUF file is joined, in order.")
    size: Annotated[int, Field(ge=1), Number] = Field(description="Size of the joined file, in bytes.")
    sha256: Sha256 = Field(description="SHA-256 of the joined file.")


class HubModel(_FetchedModel):
    """A model on the Hugging Face hub, pinned to one commit."""

    source: Literal["hub"]
    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$", description="owner/name on the hub.")
    revision: Annotated[str, AfterValidator(_pinned)] = Field(description="The commit, all 40 digits.")


class FolderModel(_FetchedModel):
    """A model in a local folder, as transformers' save_pretrained leaves it."""

    source: Literal["path"]
    path: str = Field(description="The folder; relative to where Snakemake runs.")


class TunedModel(_Model):
    """Another model of the configuration, trained further on some tasks."""

    source: Literal["tuned"]
    base: Name = Field(description="The other model: a name from `models` that is not itself tuned.")
    method: Literal["lora", "full"] = Field(
        description="What is trained: a low-rank adapter, which is then added to the weights, or all weights."
    )
    tasks: Names = Field(description="Tasks whose prompts a rule makes.")
    prompts: Annotated[int, Field(ge=1, le=10_000), Number] = Field(
        description="How many prompts of each task; none is one that the task is measured on."
    )
    steps: Annotated[int, Field(ge=1, le=100_000), Number] = Field(description="Updates, of 8 prompts each.")
    learning_rate: Annotated[float, Field(gt=0, le=1), Number] = Field(
        description="Of the first update; it falls to 0 in a line."
    )
    seed: Annotated[int, Field(ge=0, lt=2**63), Number] = Field(
        description="Decides the prompts, their order and where the adapter begins."
    )


class Described(Section):
    """What readers are told of a model; fetching it has nothing to do with it."""

    title: str = Field(min_length=1, description="The model's name in full, with what was done to its weights.")
    description: str = Field(min_length=1, description="What the model is, in a sentence that the report prints.")


class DescribedPackageModel(PackageModel, Described):
    """A model whose weights ship inside Python packages, as the configuration has it."""


class DescribedHubModel(HubModel, Described):
    """A model on the Hugging Face hub, as the configuration has it."""


class DescribedFolderModel(FolderModel, Described):
    """A model in a local folder, as the configuration has it."""


class DescribedTunedModel(TunedModel, Described):
    """A model that is tuned here, as the configuration has it."""


class _Reviews(Section):
    license: str = Field(description="The sentences' licence (SPDX, or unknown), shown in the report.")


class PackageReviews(_Reviews):
    """Rated sentences in an archive inside a Python package's source archive."""

    source: Literal["package"]
    package: str = Field(description="Name of the package.")
    version: str = Field(description="Its exact version.")
    sha256: Sha256 = Field(description="SHA-256 of the source archive.")
    archive: str = Field(description="The tar archive inside it that holds the file.")
    file: str = Field(description="The file in that archive: number, mean rating and sentence, separated by tabs.")


class HubReviews(_Reviews):
    """Labelled sentences in a dataset repository on the Hugging Face hub, pinned to one commit."""

    source: Literal["hub"]
    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$", description="owner/name on the hub.")
    revision: Annotated[str, AfterValidator(_pinned)] = Field(description="The commit, all 40 digits.")
    file: str = Field(description="The Parquet file, with the columns sentence and label (0 or 1).")


class FileReviews(_Reviews):
    """Labelled sentences in a local file, as GLUE has them."""

    source: Literal["path"]
    path: str = Field(description="The tab-separated file; relative to where Snakemake runs.")


Model = Annotated[PackageModel | HubModel | FolderModel, Field(discriminator="source")]
DescribedModel = Annotated[
    DescribedPackageModel | DescribedHubModel | DescribedFolderModel | DescribedTunedModel,
    Field(discriminator="source"),
]
Reviews = Annotated[PackageReviews | HubReviews | FileReviews, Field(discriminator="source")]
