"""Directions of the residual stream that tell a task's prompts from other text."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from sna.engine.packed_pass import PackedPass
from sna.engine.prefix_tree import pack, split
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt


@torch.inference_mode()
def mean_residuals(model: LanguageModel, texts: Sequence[str], layer: int) -> np.ndarray:
    """Return the residual stream that leaves a layer, averaged over each text's tokens but the first.

    The first position carries values of its own, far larger than all others, which would hide what texts differ by.

    Parameters
    ----------
    model : LanguageModel
    texts : sequence of str
    layer : int
        From 0.

    Returns
    -------
    ndarray, shape (texts, width)
        Of a text of one token, that token's.
    """
    means = []
    # The target that each text is given here is not looked at: it says which node is the text's last.
    for group in split([TokenizedPrompt(model.encode(text), (0,)) for text in texts]):
        packed = pack(group).to(model.device)
        residual, _ = PackedPass(model.adapter, packed).run_blocks(model.adapter.blocks[: layer + 1])
        of_texts = [residual[packed.ancestors[last]] for last in packed.scored]
        means += [rows[min(1, len(rows) - 1) :].mean(dim=0) for rows in of_texts]
    return torch.stack(means).double().cpu().numpy()


def difference_of_means(task: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    """Return the mean of a task's texts less that of other texts: the vector that steers towards the task [1]_.

    Parameters
    ----------
    task, contrast : ndarray, shape (texts, width)

    Returns
    -------
    ndarray, shape (width,)

    References
    ----------
    .. [1] N. Rimsky et al., Steering Llama 2 via Contrastive Activation Addition, ACL 2024, pages 15504-15522.
    """
    return task.mean(axis=0) - contrast.mean(axis=0)


def probe_direction(task: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    """Return the direction in which a linear probe's log odds of the task grow fastest, as a unit vector.

    The probe is a logistic regression on standardized values with half the squared length of the weights as a penalty,
    as scikit-learn's `StandardScaler` and `LogisticRegression` are by default.

    Parameters
    ----------
    task, contrast : ndarray, shape (texts, width)

    Returns
    -------
    ndarray, shape (width,)
    """
    texts = np.concatenate([task, contrast])
    spread = texts.std(axis=0)
    spread[spread == 0] = 1
    values = torch.from_numpy((texts - texts.mean(axis=0)) / spread)
    signs = torch.cat([torch.ones(len(task)), -torch.ones(len(contrast))]).double()
    direction = _fit(values, signs).numpy() / spread
    return direction / np.linalg.norm(direction)


def _fit(values: Tensor, signs: Tensor) -> Tensor:
    """Return the weights, without the intercept, of a penalized logistic regression: its only minimum."""
    fitted = torch.zeros(values.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [fitted], max_iter=1000, tolerance_grad=1e-9, tolerance_change=1e-14, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        weights, intercept = fitted[:-1], fitted[-1]
        value = softplus(-signs * (values @ weights + intercept)).sum() + weights.square().sum() / 2
        value.backward()
        return value

    optimizer.step(loss)
    return fitted.detach()[:-1]
