"""lm-evaluation-harness on an amplified model: the model class `sna`, which takes an intervention besides.

    python -m sna.interventions.harness run --model sna \
        --model_args pretrained=FOLDER_OR_NAME,intervention=intervention.json --tasks arc_easy

is lm-evaluation-harness with that class; in Python, `lm_eval.simple_evaluate(model="sna", ...)` knows it once this
module is imported. The harness, `lm_eval`, is not among what the workflow installs.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from lm_eval.api.registry import register_model
from lm_eval.models.huggingface import HFLM

from sna.interventions.intervention import Intervention


@register_model("sna")
class AmplifiedLM(HFLM):
    """A model of transformers whose neurons are amplified in all that the harness asks of it.

    Parameters
    ----------
    pretrained : str
        Folder or name of the model, as for the harness' class `hf`.
    intervention : str or Path
        The file that calibrate wrote.
    **kwargs
        As for the class `hf`.

    Raises
    ------
    InputError
        As `Intervention.read` and `Intervention.applied`.
    """

    def __init__(self, pretrained: str, intervention: str | Path, **kwargs: Any) -> None:
        super().__init__(pretrained=pretrained, **kwargs)
        # The network is this object's own, and amplified for as long as the object lasts.
        self.amplification = ExitStack()
        self.amplification.enter_context(Intervention.read(intervention).applied(self.model))


if __name__ == "__main__":
    from lm_eval.__main__ import cli_evaluate

    cli_evaluate()
