"""An amplification that can be taken along: a JSON file that says what is amplified, in which model, and what for.

Three lines apply it to a network that transformers loaded:

    intervention = Intervention.read("intervention.json")
    with intervention.applied(network):
        network.generate(...)
"""

import json
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from pydantic import AfterValidator, Field, ValidationError
from transformers import PreTrainedModel

from sna.engine.reference import amplified
from sna.errors import InputError
from sna.files import write_text
from sna.inputs.fields import LARGEST_MULTIPLIER, Section, explain, without_duplicates
from sna.interventions.checksums import hash_weights
from sna.model.adapters import adapt, check_architecture
from sna.model.architecture import ArchitectureAdapter

#: Of the files that this library writes and reads.
FORMAT_VERSION = 1

Index = Annotated[int, Field(ge=0)]
Size = Annotated[int, Field(ge=1)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class AmplifiedModel(Section):
    """The model whose neurons are amplified."""

    name: str
    license: str = Field(description="Of the weights, to which the neurons' numbers belong.")
    origin: dict[str, Any] = Field(description="Where the weights come from, as config.yaml has it.")
    weights: Sha256 | None = Field(description="SHA-256 of the safetensors file that was calibrated.")
    layers: Size
    neurons_per_layer: Size


class CalibratedOn(Section):
    """What the amplification was chosen for, and what it promises."""

    task: str
    prompts: Size
    baseline: float | None = Field(description="Mean probability of the target, unamplified.")
    gain_percent: float | None = Field(description="On prompts that had no part in the choice; None if not measured.")
    gain_low: float | None
    gain_high: float | None
    advice: str


class Intervention(Section):
    """Neurons of a layer, and what their activations are multiplied by; without neurons it changes nothing.

    `output_weights` is the checksum of the weights by which the amplified neurons write into the residual stream, as
    `sna.interventions.checksums.hash_weights` has it: by it a network is known whose file is not at hand.
    """

    format_version: Literal[1] = FORMAT_VERSION
    model: AmplifiedModel
    layer: Index
    neurons: Annotated[list[Index], AfterValidator(without_duplicates)]
    multiplier: Annotated[float, Field(gt=0, le=LARGEST_MULTIPLIER)]
    ranking: Sha256 = Field(description="Checksum of the ranking that the neurons are the first of.")
    output_weights: Sha256
    calibrated_on: CalibratedOn

    @classmethod
    def read(cls, path: str | Path) -> "Intervention":
        """Return the intervention that a file holds.

        Parameters
        ----------
        path : str or Path

        Returns
        -------
        Intervention

        Raises
        ------
        InputError
            If the file is missing, is no JSON, has another format version, or a key is missing, unknown or wrong.
        """
        raw = _read_object(path)
        version = raw.get("format_version")
        if version != FORMAT_VERSION:
            raise InputError(
                f"{path}: format_version: {version!r} given; this library reads {FORMAT_VERSION}: calibrate again, or "
                "install the version of the library that wrote the file"
            )
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            raise explain(error, path) from None

    def write(self, path: str | Path) -> None:
        """Write it as JSON, whole or not at all.

        Parameters
        ----------
        path : str or Path
        """
        write_text(path, self.model_dump_json(indent=2) + "\n")

    @contextmanager
    def applied(self, network: PreTrainedModel) -> Generator[PreTrainedModel]:
        """Amplify a network for as long as the block runs.

        Its weights are not touched. What holds for threads, see `sna.engine.reference.amplified`.

        Parameters
        ----------
        network : PreTrainedModel
            As transformers loads it, in whatever precision and on whatever device.

        Yields
        ------
        PreTrainedModel
            The network.

        Raises
        ------
        InputError
            If its architecture is not supported, or its depth or width is not that of the model.

        Warns
        -----
        UserWarning
            If the amplified neurons have other weights: those of another model of the same size, of a fine-tuned
            one, or the same ones rounded.
        """
        check_architecture(network.config.model_type, "network.config.model_type")
        target = _Network(self.model.name, adapt(network), network.device)
        self._check_shape(target.adapter)
        if hash_weights(target.adapter, self.layer, self.neurons) != self.output_weights:
            warnings.warn(
                f"output_weights: the amplified neurons of layer {self.layer} have other weights here than in "
                f"{self.model.name}: this is another model, or a fine-tuned or rounded one, whose gain nobody measured",
                stacklevel=3,
            )
        with amplified(target, {self.layer: self.neurons}, self.multiplier):
            yield network

    def _check_shape(self, adapter: ArchitectureAdapter) -> None:
        """Refuse a network of another shape than the model."""
        for key, ours, theirs in (
            ("layers", self.model.layers, adapter.n_layers),
            ("neurons_per_layer", self.model.neurons_per_layer, adapter.n_neurons),
        ):
            if ours != theirs:
                raise InputError(
                    f"model.{key}: {ours} in the intervention, {theirs} in the network: load {self.model.name}, for "
                    "which it was made, or calibrate this network's model"
                )
        if self.layer >= adapter.n_layers:
            raise InputError(f"layer: {self.layer} given; the network's last is {adapter.n_layers - 1}")
        if beyond := [neuron for neuron in self.neurons if neuron >= adapter.n_neurons]:
            raise InputError(f"neurons: there is no neuron {beyond[0]}; the last of a layer is {adapter.n_neurons - 1}")


@dataclass(frozen=True)
class _Network:
    """A network that is amplified, without a tokenizer."""

    name: str
    adapter: ArchitectureAdapter
    device: torch.device


def _read_object(path: str | Path) -> Mapping[str, Any]:
    try:
        raw = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"{path}: not readable ({error.strerror}); give the intervention.json that calibrate wrote"
        ) from None
    except ValueError as error:
        raise InputError(f"{path}: not JSON ({error}); give the intervention.json that calibrate wrote") from None
    if not isinstance(raw, dict):
        raise InputError(f"{path}: must hold a JSON object; give the intervention.json that calibrate wrote")
    return raw
