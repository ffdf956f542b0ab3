"""Simulated statements on interference: texts and targets make noise, and the sources' own gains are chance."""

import numpy as np
import pytest
from made_up import made_up_interference
from made_up_findings import made_up_sweep

from sna.simulation.statements import simulate_statement
from sna.simulation.studies import lay_out_statements
from sna.simulation.sweep import best_configuration
from sna.statistics.logits import logit_gain

EFFECTS = {("arithmetic", "poetry"): -0.3, ("arithmetic", "arithmetic"): 0.5}
[NAME, *_] = lay_out_statements(made_up_interference())
ROWS = lay_out_statements(made_up_interference(effects=EFFECTS, random=-0.1, fresh=60))[NAME]
SOURCES = [source.name for source in ROWS["fresh"].sources]
SWEEP = made_up_sweep([0.1] * len(SOURCES), [0.5] * len(SOURCES), tasks=SOURCES, layers=3)


def simulate_many(kind, swept, studies=100):
    rng = np.random.default_rng(0)
    return [simulate_statement(ROWS[kind], swept, rng) for _ in range(studies)]


def test_texts_change_neither_by_the_sources_neurons_nor_by_random_ones():
    measured = ROWS["fresh"].tasks[0]
    simulated = [rows.tasks[0] for rows in simulate_many("fresh", None)]
    for name in ("changes", "random"):
        own, many = getattr(measured, name), np.stack([getattr(task, name) for task in simulated])
        assert abs(own.mean()) > 5 * abs(many.mean())
        assert many.std(axis=(0, 2)) == pytest.approx(own.std(axis=1, ddof=1), rel=0.1)


def test_what_a_text_s_changes_have_in_common_stays():
    measured = ROWS["fresh"].tasks[0]
    many = np.concatenate([rows.tasks[0].changes for rows in simulate_many("fresh", None)], axis=1)
    assert np.abs(np.corrcoef(many) - np.corrcoef(measured.changes)).max() < 0.1


def test_targets_keep_their_baselines_and_gain_nothing():
    measured = ROWS["fresh"].tasks[0]
    gains = [logit_gain(rows.tasks[0].probability, rows.tasks[0].baseline) for rows in simulate_many("fresh", None)]
    assert np.abs(np.mean(gains)) < 0.02
    assert np.array_equal(simulate_many("fresh", None, 1)[0].tasks[0].baseline, measured.baseline)


def test_on_fresh_prompts_the_sources_own_targets_gain_nothing():
    gains = [source.own_gains for rows in simulate_many("fresh", None) for source in rows.sources]
    assert np.mean([source.own_gains.mean() for source in ROWS["fresh"].sources]) > 0.2
    assert abs(np.mean(gains)) < 0.02


def test_on_evaluation_prompts_they_gain_what_the_sweep_gained_there_by_chance():
    [rows] = simulate_many("measured", SWEEP, 1)
    for source, task in zip(rows.sources, SWEEP.tasks, strict=True):
        best = best_configuration(task, SWEEP.configurations, source.configuration.layer)
        assert np.array_equal(source.own_gains, logit_gain(task.probability[:, best], task.baseline))
