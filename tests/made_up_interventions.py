"""Interventions for tiny models."""

from sna.interventions.checksums import hash_weights
from sna.interventions.intervention import AmplifiedModel, CalibratedOn, Intervention
from sna.model.loading import LanguageModel

NEURONS = [3, 141, 59, 26, 500]


def made_up_intervention(model: LanguageModel, layer: int = 2, multiplier: float = 3.0) -> Intervention:
    """Return an intervention that amplifies `NEURONS`."""
    return Intervention(
        model=AmplifiedModel(
            name=model.name,
            license="MIT",
            origin={"source": "path", "path": "models/tiny"},
            weights="a" * 64,
            layers=model.adapter.n_layers,
            neurons_per_layer=model.adapter.n_neurons,
        ),
        layer=layer,
        neurons=NEURONS,
        multiplier=multiplier,
        ranking="b" * 64,
        output_weights=hash_weights(model.adapter, layer, NEURONS),
        calibrated_on=CalibratedOn(
            task="antonyms",
            prompts=24,
            baseline=0.05,
            gain_percent=31.4,
            gain_low=10.0,
            gain_high=50.0,
            advice="Use it.",
        ),
    )
