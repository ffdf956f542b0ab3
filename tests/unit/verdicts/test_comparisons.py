"""comparisons.yaml: it goes with claims.yaml, and a mistake in it is named with claim and key."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from made_up_evidence import EVIDENCE

from sna.errors import InputError
from sna.verdicts.claims import judge, read_claims
from sna.verdicts.comparisons import count_observations, measure_random, read_comparisons
from sna.verdicts.words import WORDS

REPORT = Path(__file__).parents[3] / "report"
CLAIMS = read_claims(REPORT / "claims.yaml")
SHIPPED = read_comparisons(REPORT / "comparisons.yaml", CLAIMS)


def read(folder, entries):
    path = folder / "comparisons.yaml"
    path.write_text(yaml.safe_dump(entries), encoding="utf-8")
    return read_comparisons(path, CLAIMS)


def test_every_figure_of_the_paper_that_a_claim_gives_is_the_one_that_ours_is_drawn_beside():
    for name, comparison in SHIPPED.items():
        figure = CLAIMS[name].expected.get(comparison.paper)
        written = [
            f"{abs(value)}" for key, value in CLAIMS[name].expected.items() if key in ("rho", "percent", "layer")
        ]
        assert (figure is not None) == (bool(written) or name == "sst2-uncertain"), name
        assert figure is None or f"{abs(figure)}" in CLAIMS[name].paper, name


def test_every_mean_says_over_how_many_observations_it_is():
    for name, comparison in SHIPPED.items():
        for kind in WORDS:
            if getattr(comparison, kind):
                n = count_observations(name, CLAIMS[name], kind, comparison, EVIDENCE)
                assert n is None or n >= 2, (name, kind)


def test_random_neurons_have_a_figure_where_the_selected_ones_have_one_on_fresh_prompts():
    def measure(name, **evidence):
        known = EVIDENCE | evidence
        return measure_random(name, CLAIMS[name], SHIPPED[name], judge(name, CLAIMS[name], "fresh", known), known)

    fresh = EVIDENCE["fresh"]
    assert measure("saturation") == fresh.saturation.rho_random
    assert measure("zone1-mean") == fresh.zones["1"].random
    assert measure("zone1-max") == fresh.by_task[fresh.zones["1"].best.task].random.improvement
    assert measure("sst2-uncertain") is None
    assert measure("zone1-max", fresh=replace(fresh, zones=fresh.zones | {"1": fresh.zones["2"]})) is None


def test_what_is_no_mean_is_not_summarized():
    units = {
        getattr(CLAIMS[name], kind).unit for name, found in SHIPPED.items() for kind in WORDS if getattr(found, kind)
    }
    assert units <= {"number", "percent", "nats", "points", "share"}
    assert SHIPPED["zone1-max"].fresh is None
    assert SHIPPED["specialization"].measured is None


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (
            {"satiation": {"paper": "rho", "axis": "rho"}},
            "satiation: there is no such claim; there is scale, saturation",
        ),
        ({"saturation": {"paper": "r", "axis": "rho"}}, "saturation: paper: 'r' is none of its figures; there is rho"),
        (
            {"layer-logic": {"paper": "category", "axis": "layer"}},
            "layer-logic: paper: 'category' is none of its figures; there is layer",
        ),
        ({"saturation": {"paper": "rho"}}, "saturation: .*paper and axis belong together"),
        (
            {"scale": {"random": "fresh.saturation.rho_random"}},
            "scale: random: the claim has no rule for fresh prompts",
        ),
        ({"saturation": {"fresh": {"scale": "correlation"}}}, r"saturation\.fresh: .*a correlation needs n"),
        ({"saturation": {"fresh": {"scale": "median"}}}, r"saturation\.fresh\.scale: "),
        (
            {"scale": {"fresh": {"scale": "mean"}}},
            "scale: fresh: the claim has no such rule, or one without an interval",
        ),
        ({"zone3": {"measured": {"scale": "mean"}}}, "zone3: measured: the claim has no such rule, or one without an"),
    ],
)
def test_a_mistake_is_named_with_file_claim_and_key(tmp_path, entries, said):
    with pytest.raises(InputError, match=rf"comparisons\.yaml: {said}"):
        read(tmp_path, entries)


def test_a_number_that_is_not_there_is_named(tmp_path):
    comparison = read(tmp_path, {"saturation": {"fresh": {"scale": "correlation", "n": "fresh.saturation.m"}}})
    with pytest.raises(InputError, match=r"^saturation: fresh\.n: there is nothing at 'fresh\.saturation\.m'"):
        count_observations("saturation", CLAIMS["saturation"], "fresh", comparison["saturation"], EVIDENCE)
