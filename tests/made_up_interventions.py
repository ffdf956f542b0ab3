"""Interventions for tiny models, and a calibration that nothing was computed for."""

from sna.calibration.results import (
    Calibration,
    HeldOutGain,
    LayerGain,
    Margins,
    OtherTargets,
    RandomNeurons,
    Searched,
    SideEffects,
)
from sna.interventions.checksums import hash_weights
from sna.interventions.intervention import AmplifiedModel, CalibratedOn, Intervention
from sna.model.loading import LanguageModel
from sna.statistics.configuration import Configuration
from sna.statistics.estimate import Estimate

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


def made_up_calibration(model: str, task: str) -> Calibration:
    """Return a calibration that advises against amplification."""
    chosen = Configuration(layer=2, neurons=len(NEURONS), multiplier=3.0)
    return Calibration(
        model=model,
        task=task,
        searched=Searched(24, [1, 2], [len(NEURONS)], [3.0]),
        baseline=Estimate(0.05, 0.02, 0.09),
        zone=1,
        margins=Margins(),
        ranking="b" * 64,
        layers=[LayerGain(1, len(NEURONS), 3.0, -2.0), LayerGain(2, len(NEURONS), 3.0, 55.5)],
        recommended=chosen,
        neuron_ids=NEURONS,
        chosen={"first": chosen, "second": chosen},
        in_sample=55.5,
        gain=HeldOutGain(Estimate(31.4, -1.5, 50.0), Estimate(0.2, -0.1, 0.4), 0.25, 0.5),
        random=RandomNeurons(40, Estimate(1.5, -4.0, 6.0), Estimate(0.15, -0.2, 0.5), 0.2, 0.4),
        others=OtherTargets(Estimate(0.1, 0.0, 0.2), Estimate(0.1, -0.1, 0.3)),
        prose=SideEffects(20.0, 20.5, 0.01),
        prose_random=SideEffects(20.0, 20.1, 0.002),
        reasons=["On prompts that had no part in the choice a gain is not certain."],
    )
