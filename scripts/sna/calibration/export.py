"""A recommendation as an intervention, which can be taken along."""

from collections.abc import Mapping
from typing import Any

from sna.calibration.results import Calibration
from sna.interventions.checksums import hash_weights
from sna.interventions.intervention import AmplifiedModel, CalibratedOn, Intervention
from sna.model.loading import LanguageModel
from sna.statistics.configuration import Configuration
from sna.statistics.estimate import UNDEFINED

#: What fetch_model says of a model's origin besides the model's section of the configuration.
_NOT_CONFIGURED = {"license", "layers", "original_files", "files"}
_NOTHING = Configuration(layer=0, neurons=0, multiplier=1.0)


def export(found: Calibration, model: LanguageModel, origin: Mapping[str, Any] | None = None) -> Intervention:
    """Return what a calibration recommends as an intervention.

    Parameters
    ----------
    found : Calibration
    model : LanguageModel
        That which was calibrated.
    origin : mapping, optional
        What `fetch_model` wrote of it into origin.json; without it the intervention knows its model by the amplified
        neurons' weights alone.

    Returns
    -------
    Intervention
        Also against its advice, which it names; it changes nothing if nothing is recommended.
    """
    chosen, known = found.recommended or _NOTHING, dict(origin or {})
    percent = found.gain.percent if found.gain else UNDEFINED
    return Intervention(
        model=AmplifiedModel(
            name=found.model,
            license=known.get("license", "unknown"),
            origin={key: value for key, value in known.items() if key not in _NOT_CONFIGURED},
            weights=known.get("files", {}).get("model.safetensors", {}).get("sha256"),
            layers=model.adapter.n_layers,
            neurons_per_layer=model.adapter.n_neurons,
        ),
        layer=chosen.layer,
        neurons=found.neuron_ids,
        multiplier=chosen.multiplier,
        ranking=found.ranking,
        output_weights=hash_weights(model.adapter, chosen.layer, found.neuron_ids),
        calibrated_on=CalibratedOn(
            task=found.task,
            prompts=found.searched.prompts,
            baseline=found.baseline.value,
            gain_percent=percent.value,
            gain_low=percent.low,
            gain_high=percent.high,
            advice=found.advice,
        ),
    )
