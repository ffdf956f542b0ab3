"""A task's prompts as one packed sequence, in which every distinct prefix is computed once.

A causal model's state at a token depends on the tokens before it only. Prompts that begin alike therefore share those
states: they form a tree whose nodes are the distinct prefixes, and a token attends to its ancestors.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sna.model.prompts import TokenizedPrompt

# Nodes of a tree. A node's attention runs over all of them, ancestors or not, so beyond this many the products that
# prompts share no longer pay for the attention that they do not.
NODES = 128


@dataclass(frozen=True)
class PackedPrompts:
    """Prompts packed as a prefix tree of T nodes, with S scored target tokens.

    Attributes
    ----------
    tokens : Tensor of int, shape (T,)
        The last token of each distinct prefix.
    depths : Tensor of int, shape (T,)
        Its position in the prompt, from 0.
    ancestors : Tensor of bool, shape (T, T)
        Row i holds True at the prefixes of node i, itself included: what it attends to.
    scored : Tensor of int, shape (S,)
        The node at which each target token is predicted.
    targets : Tensor of int, shape (S,)
        The target tokens.
    prompts : Tensor of int, shape (S,)
        The number of the prompt that each target token belongs to.
    n_prompts : int
    """

    tokens: Tensor
    depths: Tensor
    ancestors: Tensor
    scored: Tensor
    targets: Tensor
    prompts: Tensor
    n_prompts: int

    def to(self, device: torch.device) -> "PackedPrompts":
        """Return the same prompts on another device.

        Parameters
        ----------
        device : torch.device

        Returns
        -------
        PackedPrompts
        """
        moved = {name: value.to(device) for name, value in vars(self).items() if isinstance(value, Tensor)}
        return replace(self, **moved)

    def probabilities(self, log_probabilities: Tensor) -> Tensor:
        """Return each target's probability, the product over its tokens.

        Parameters
        ----------
        log_probabilities : Tensor, shape (..., S)
            Of each scored target token.

        Returns
        -------
        Tensor, shape (..., prompts)
        """
        return self.sums(log_probabilities).exp()

    def hold_throughout(self, said: Tensor) -> Tensor:
        """Return whether something that is said of target tokens holds for all tokens of a prompt's target.

        Parameters
        ----------
        said : Tensor of bool, shape (..., S)

        Returns
        -------
        Tensor of bool, shape (..., prompts)
        """
        return self.sums((~said).int()) == 0

    def sums(self, values: Tensor) -> Tensor:
        """Return the sum of what target tokens have over each prompt.

        Parameters
        ----------
        values : Tensor, shape (..., S)

        Returns
        -------
        Tensor, shape (..., prompts)
            On the CPU, which adds in the same order every time.
        """
        values = values.cpu()
        sums = values.new_zeros(*values.shape[:-1], self.n_prompts)
        return sums.index_add_(-1, self.prompts.cpu(), values)


def split(prompts: Sequence[TokenizedPrompt], nodes: int = NODES) -> Iterator[list[TokenizedPrompt]]:
    """Yield prompts in groups, in order, so that each group's tree stays small.

    Parameters
    ----------
    prompts : sequence of TokenizedPrompt
    nodes : int
        How many nodes a group's tree has at most, unless it holds one prompt only.

    Yields
    ------
    list of TokenizedPrompt
    """
    group: list[TokenizedPrompt] = []
    prefixes: set[tuple[int, ...]] = set()
    for prompt in prompts:
        own = {prompt.context[:end] for end in range(1, len(prompt.context) + 1)}
        if group and len(prefixes | own) > nodes:
            yield group
            group, prefixes = [], set()
        group.append(prompt)
        prefixes |= own
    if group:
        yield group


def pack(prompts: Sequence[TokenizedPrompt]) -> PackedPrompts:
    """Return prompts as a prefix tree.

    Parameters
    ----------
    prompts : sequence of TokenizedPrompt

    Returns
    -------
    PackedPrompts
        Each distinct prefix is one node; parents come before children.
    """
    nodes: dict[tuple[int, ...], int] = {}
    parents: list[int | None] = []
    scored: list[tuple[int, int, int]] = []
    for number, prompt in enumerate(prompts):
        path: list[int] = []
        for end in range(1, len(prompt.context) + 1):
            prefix = prompt.context[:end]
            if prefix not in nodes:
                nodes[prefix] = len(nodes)
                parents.append(path[-1] if path else None)
            path.append(nodes[prefix])
        scored.extend((path[position], token, number) for position, token in prompt.scored)

    ancestors = torch.eye(len(nodes), dtype=torch.bool)
    for node, parent in enumerate(parents):
        if parent is not None:
            ancestors[node] |= ancestors[parent]
    at, targets, numbers = torch.tensor(scored).unbind(dim=1)
    return PackedPrompts(
        tokens=torch.tensor([prefix[-1] for prefix in nodes]),
        depths=torch.tensor([len(prefix) - 1 for prefix in nodes]),
        ancestors=ancestors,
        scored=at,
        targets=targets,
        prompts=numbers,
        n_prompts=len(prompts),
    )
