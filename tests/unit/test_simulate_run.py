"""A run on other machines: on graphs whose schedules can be told by hand."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulate_run import Planned, Times, critical_path, on_gpus, read_blocks, wall_time

from sna.errors import InputError


def job(seconds: float, *parents: str, with_model: bool = False) -> Planned:
    return Planned("rule", seconds, with_model, frozenset(parents))


#: One job, then four of 3 s that compute with a model, then one of 2 s; another chain beside them.
FAN = {
    "first": job(1),
    **{f"layer {number}": job(3, "first", with_model=True) for number in range(4)},
    "aside": job(4),
    "last": job(2, *(f"layer {number}" for number in range(4)), "aside"),
}


@pytest.mark.parametrize(
    ("cores", "gpus", "seconds"), [(1, 0, 19), (2, 0, 12), (4, 0, 9), (5, 0, 6), (64, 0, 6), (64, 2, 9), (64, 1, 15)]
)
def test_a_run_takes_what_its_schedule_says(cores, gpus, seconds):
    assert wall_time(FAN, cores, gpus) == seconds


def test_the_critical_path_is_the_longest_chain():
    jobs = FAN | {"aside": job(3)}
    first, layer, last = critical_path(jobs)
    assert (first, last) == ("first", "last")
    assert layer.startswith("layer")


def test_a_gpu_speeds_up_what_computes_with_a_model_alone():
    faster = on_gpus(FAN, start=1, speed=3)
    assert (faster["layer 0"].seconds, faster["aside"].seconds) == (2, 4)


@given(st.lists(st.tuples(st.integers(1, 9), st.sets(st.integers(0, 19)), st.booleans()), min_size=1, max_size=20))
def test_no_machine_is_faster_than_the_chain_or_than_all_of_its_cores(drawn):
    jobs = {
        str(number): job(seconds, *(str(parent) for parent in parents if parent < number), with_model=with_model)
        for number, (seconds, parents, with_model) in enumerate(drawn)
    }
    chain, work = sum(jobs[name].seconds for name in critical_path(jobs)), sum(each.seconds for each in jobs.values())
    for cores in (1, 2, 7):
        # Graham's bound: a core is idle only while a job of some chain runs.
        assert max(chain, work / cores) <= wall_time(jobs, cores, 0) <= chain + (work - chain) / cores
    assert wall_time(jobs, 1, 0) == work


def recorded(rule: str, seconds: float, **wildcards: str) -> SimpleNamespace:
    return SimpleNamespace(
        rule=rule, wildcards=wildcards, cost={"cpu_seconds": seconds}, params={"n_layers": 10, "device": "cpu"}
    )


def planned(rule: str, params: dict, **wildcards: str) -> SimpleNamespace:
    output = SimpleNamespace(record=f"results/paper/{rule}/{wildcards}.json")
    return SimpleNamespace(rule=SimpleNamespace(name=rule), wildcards_dict=wildcards, params=params, output=output)


def test_a_job_that_was_not_measured_is_estimated_from_its_rule():
    seconds = {layer: 5 + 2 * (9 - layer) for layer in (0, 4, 9)}
    records = {str(n): recorded("amplify_layer", taken, model="m", layer=str(n)) for n, taken in seconds.items()}
    records["rank"] = recorded("rank_neurons", 40, model="m")
    records["sum"] = recorded("analyze_layers", 7)
    records["fetch"] = recorded("fetch_model", 30, model="m")
    times = Times(records, {"big": 3})
    assert times.estimate(planned("amplify_layer", {"n_layers": 20}, model="big", layer="9"), 2) == pytest.approx(65)
    # Twice as many layers, each of which takes three times as long.
    assert times.estimate(planned("rank_neurons", {"n_layers": 20}, model="big"), 2) == pytest.approx(240)
    assert times.estimate(planned("analyze_layers", {}), 2) == 14
    assert times.estimate(planned("fetch_model", {}, model="big"), 2) == 30
    with pytest.raises(InputError, match=r"--block: give other=FACTOR"):
        times.estimate(planned("rank_neurons", {"n_layers": 20}, model="other"), 2)
    assert times.estimate(planned("plot_grid", {}), 2) == 0


def test_a_study_of_two_models_or_one_layer_cannot_be_scaled():
    with pytest.raises(InputError, match=r"--measured: name a study of one model"):
        Times({"0": recorded("amplify_layer", 5, model="m", layer="0")}, {})


def test_factors_are_read_or_refused():
    assert read_blocks(["gpt2=2.0", "gpt2-medium=3.6"]) == {"gpt2": 2.0, "gpt2-medium": 3.6}
    with pytest.raises(InputError, match=r"write each as MODEL=FACTOR"):
        read_blocks(["gpt2"])
