"""What a calibration finds, and by which rule it advises."""

from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from sna.errors import InputError
from sna.files import write_json
from sna.statistics.configuration import Configuration
from sna.statistics.estimate import Estimate

#: The rule by which a calibration says that amplification is worth it, in words. What it asks of other prompts' targets
#: was added on 2026-11-28: on random weights 7 of 40 sets of prompts that begin alike earned "use it", as neurons
#: raised all targets of a set. Seen by then: those, and antonyms in smollm2-135m, in three of its layers.
RULE = (
    "Use it if all of this holds. On prompts that had no part in the choice, the interval of the gain lies above 0, in "
    "percent and in logits. In logits it is more than random neurons gain, of the same layer, number and multiplier: "
    "the interval of the difference lies above 0, and hardly any set of them would do as well, even with a set for "
    "every layer. It raises a prompt's own target more than other prompts' targets: the interval of that difference "
    "lies above 0 too. On prose that had no part in the choice, perplexity and predictions stay within the margins. "
    "Otherwise: don't."
)
USE = "Use it."
DO_NOT = "Don't: fine-tune the model or put examples into the prompt instead."


@dataclass(frozen=True)
class Margins:
    """How much amplification may change of prose, which no task asks for.

    Attributes
    ----------
    perplexity : float
        By how many percent perplexity may rise.
    divergence : float
        Kullback-Leibler divergence of the amplified predictions from the unamplified ones, in nats a token.
    """

    perplexity: float = 5.0
    divergence: float = 0.05


@dataclass(frozen=True)
class SideEffects:
    """What amplification does to prose.

    Attributes
    ----------
    perplexity_before, perplexity_after : float
    divergence : float
        Kullback-Leibler divergence of the amplified predictions from the unamplified ones, in nats a token.
    """

    perplexity_before: float
    perplexity_after: float
    divergence: float

    @property
    def rise(self) -> float:
        """By how many percent perplexity rises."""
        return 100 * (self.perplexity_after / self.perplexity_before - 1)

    def within(self, margins: Margins) -> bool:
        """Say whether prose stays within the margins.

        Parameters
        ----------
        margins : Margins

        Returns
        -------
        bool
        """
        return self.rise <= margins.perplexity and self.divergence <= margins.divergence


@dataclass(frozen=True)
class HeldOutGain:
    """The gain on prompts that had no part in the choice: of each fold under what the other one chose.

    Attributes
    ----------
    percent : Estimate
        ``100 * (mean p / mean p0 - 1)``; bootstrap interval over prompts, the two choices as they are.
    logits : Estimate
        Mean over the prompts; t interval.
    right_before, right_after : float
        Share of the prompts whose target is the model's first choice.
    """

    percent: Estimate
    logits: Estimate
    right_before: float
    right_after: float


@dataclass(frozen=True)
class RandomNeurons:
    """What random neurons of the same layer, number and multiplier do to the same prompts.

    Attributes
    ----------
    draws : int
        How many sets there are.
    percent : Estimate
        Their gain: mean over the sets, and the interval that holds the middle ones.
    difference : Estimate
        The selected neurons' logit gain less the mean of the random ones', mean over the prompts; t interval.
    pvalue, pvalue_corrected : float
        Of a random set that does at least as well, and the same for as many sets as layers were searched.
    """

    draws: int
    percent: Estimate
    difference: Estimate
    pvalue: float
    pvalue_corrected: float


@dataclass(frozen=True)
class OtherTargets:
    """What amplification does to the other prompts' targets, asked for after the same prompts.

    What raises them as much tells the words of all answers, not the answer.

    Attributes
    ----------
    logits : Estimate
        Their gain in logits: mean over the prompts; t interval.
    difference : Estimate
        The own target's gain less theirs, likewise.
    """

    logits: Estimate
    difference: Estimate


@dataclass(frozen=True)
class LayerGain:
    """A layer's largest gain within the grid, in percent, on the prompts that chose it: a map, no promise."""

    layer: int
    neurons: int
    multiplier: float
    percent: float


@dataclass(frozen=True)
class Searched:
    """The configurations that were searched, by layer, number of neurons and multiplier, and on how many prompts."""

    prompts: int
    layers: list[int]
    neurons: list[int]
    multipliers: list[float]

    @property
    def configurations(self) -> int:
        """How many there are."""
        return len(self.layers) * len(self.neurons) * len(self.multipliers)


@dataclass(frozen=True)
class Calibration:
    """Amplification of one task in one model.

    Attributes
    ----------
    model, task : str
        Their names.
    searched : Searched
        What was tried.
    baseline : Estimate
        Mean probability of the target, unamplified; bootstrap interval over prompts.
    zone : int
        The paper's zone of that.
    margins : Margins
    ranking : str
        Checksum of the ranked neurons, as `sna.interventions.checksums.hash_ranking` has it.
    layers : list of LayerGain
    recommended : Configuration or None
        The best of all prompts among those that leave prose within the margins; None if none does. Nothing that follows
        is there then but the reasons.
    neuron_ids : list of int
        The neurons that it amplifies.
    chosen : dict of str to Configuration
        What each fold of the prompts chose.
    in_sample : float or None
        The gain of `recommended` on the prompts that chose it, in percent: the optimistic figure.
    gain : HeldOutGain or None
        What to expect on other prompts of this kind.
    random : RandomNeurons or None
    others : OtherTargets or None
        None also if all prompts have the same target.
    prose, prose_random : SideEffects or None
        By the recommended neurons and, on average, by random ones; on prose that had no part in the choice.
    use : bool
        Whether amplification is worth it, by `RULE`.
    reasons : list of str
        Sentences: all that speaks against it, or what speaks for it.
    """

    model: str
    task: str
    searched: Searched
    baseline: Estimate
    zone: int
    margins: Margins
    ranking: str
    layers: list[LayerGain]
    recommended: Configuration | None = None
    neuron_ids: list[int] = field(default_factory=list)
    chosen: dict[str, Configuration] = field(default_factory=dict)
    in_sample: float | None = None
    gain: HeldOutGain | None = None
    random: RandomNeurons | None = None
    others: OtherTargets | None = None
    prose: SideEffects | None = None
    prose_random: SideEffects | None = None
    use: bool = False
    reasons: list[str] = field(default_factory=list)

    @property
    def advice(self) -> str:
        """The advice, in a sentence."""
        return USE if self.use else DO_NOT

    def write(self, path: str | Path) -> None:
        """Write it as JSON.

        Parameters
        ----------
        path : str or Path
        """
        write_json(path, asdict(self) | {"advice": self.advice, "rule": RULE})

    @classmethod
    def read(cls, path: str | Path) -> "Calibration":
        """Return what `write` wrote.

        Parameters
        ----------
        path : str or Path

        Returns
        -------
        Calibration

        Raises
        ------
        InputError
            If the file is missing, or no such JSON.
        """
        try:
            return _CALIBRATION.validate_json(Path(path).read_bytes())
        except OSError as error:
            raise InputError(f"{path}: not readable ({error.strerror}); calibrate the task first") from None
        except ValidationError as error:
            wrong = error.errors()[0]
            key = ".".join(map(str, wrong["loc"]))
            raise InputError(f"{path}: {key}: {wrong['msg']}; calibrate the task again") from None


_CALIBRATION = TypeAdapter(Calibration)
