"""Prompts packed as a prefix tree: nothing computed twice, nothing attended to that should not be."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sna.engine.prefix_tree import PackedPrompts, pack, split
from sna.model.prompts import TokenizedPrompt

# Few different tokens, so that prompts often begin alike.
tokens = st.integers(0, 2)
prompts = st.builds(
    TokenizedPrompt,
    prompt=st.lists(tokens, min_size=1, max_size=6).map(tuple),
    target=st.lists(tokens, min_size=1, max_size=4).map(tuple),
)
batches = st.lists(prompts, min_size=1, max_size=8)


def prefix_of(packed: PackedPrompts, node: int) -> tuple[int, ...]:
    """Return what a node attends to, in order."""
    return tuple(packed.tokens[packed.ancestors[node]].tolist())


def prefixes_of(batch: list[TokenizedPrompt]) -> set[tuple[int, ...]]:
    return {item.context[:end] for item in batch for end in range(1, len(item.context) + 1)}


@given(batch=batches)
def test_every_distinct_prefix_is_a_node_once_and_attends_to_its_own_prefixes_alone(batch):
    packed = pack(batch)
    found = [prefix_of(packed, node) for node in range(len(packed.tokens))]
    assert len(found) == len(set(found))
    assert set(found) == prefixes_of(batch)


@given(batch=batches)
def test_a_node_comes_after_its_parents_at_its_own_depth(batch):
    packed = pack(batch)
    assert torch.equal(packed.ancestors, packed.ancestors.tril())
    assert packed.ancestors.diagonal().all()
    assert packed.depths.tolist() == [len(prefix_of(packed, node)) - 1 for node in range(len(packed.tokens))]


@given(batch=batches)
def test_every_target_token_is_scored_where_it_is_predicted(batch):
    packed = pack(batch)
    found = [
        (number, prefix_of(packed, node), token)
        for number, node, token in zip(
            packed.prompts.tolist(), packed.scored.tolist(), packed.targets.tolist(), strict=True
        )
    ]
    expected = [
        (number, item.prompt + item.target[:end], token)
        for number, item in enumerate(batch)
        for end, token in enumerate(item.target)
    ]
    assert found == expected


@given(batch=batches, variants=st.integers(1, 3), seed=st.integers(0, 2**32 - 1))
def test_a_targets_probability_is_the_product_over_its_own_tokens(batch, variants, seed):
    packed = pack(batch)
    scores = -torch.rand(variants, len(packed.targets), generator=torch.Generator().manual_seed(seed)).double()
    found = packed.probabilities(scores)
    assert found.shape == (variants, len(batch))
    for number in range(len(batch)):
        expected = scores[:, packed.prompts == number].exp().prod(dim=-1)
        torch.testing.assert_close(found[:, number], expected)


def test_the_last_token_of_a_target_is_predicted_but_never_read():
    packed = pack([TokenizedPrompt((1, 2), (3, 4))])
    assert packed.tokens.tolist() == [1, 2, 3]
    assert packed.scored.tolist() == [1, 2]
    assert packed.targets.tolist() == [3, 4]


def test_equal_prompts_with_different_targets_share_all_their_nodes():
    packed = pack([TokenizedPrompt((1, 2), (3,)), TokenizedPrompt((1, 2), (4,))])
    assert len(packed.tokens) == 2
    assert packed.scored.tolist() == [1, 1]


@pytest.mark.parametrize("name", ["tokens", "depths", "ancestors", "scored", "targets", "prompts"])
def test_nothing_is_left_behind_when_prompts_move_to_another_device(name):
    moved = pack([TokenizedPrompt((1, 2), (3,))]).to(torch.device("meta"))
    assert getattr(moved, name).device.type == "meta"


@given(batch=batches, nodes=st.integers(1, 20))
def test_groups_keep_the_prompts_order_and_their_trees_the_bound(batch, nodes):
    groups = list(split(batch, nodes))
    assert [prompt for group in groups for prompt in group] == batch
    for group in groups:
        assert len(group) == 1 or len(pack(group).tokens) <= nodes


@given(batch=batches)
def test_prompts_that_fit_into_one_tree_stay_together(batch):
    assert list(split(batch, len(pack(batch).tokens))) == [batch]
