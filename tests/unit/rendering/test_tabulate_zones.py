from tabulate_zones import main

from sna.experiments.summary import zone_ranges
from sna.files import write_json

UNDEFINED = {"value": None, "low": None, "high": None}
EMPTY = {"n": 0, "tasks": [], "mean": UNDEFINED, "best": None, "share_above_negligible": None}
STATISTICS = {
    "small": {
        "boundaries": [0.07, 0.1],
        "negligible": 7.0,
        "zones": {
            "1": {
                "n": 2,
                "tasks": ["addition", "rhymes"],
                "mean": {"value": 27.85, "low": 1 / 3, "high": 40.0},
                "best": {"value": 70.3, "low": 50.0, "high": 90.5, "task": "rhymes"},
                "share_above_negligible": 0.5,
            },
            "2": EMPTY,
            "3": EMPTY,
        },
    }
}

HELD_OUT = {
    "small": {
        "zones": {
            "1": {
                "mean": {"value": 2 / 3, "low": -4.0, "high": 9.0},
                "best": {"value": 12.5, "low": -1.0, "high": 30.0, "task": "addition"},
                "share_above_negligible": 0.0,
            },
            "2": EMPTY,
            "3": EMPTY,
        }
    }
}


def test_each_zone_is_a_row_with_both_gains_and_what_is_undefined_is_empty(tmp_path):
    write_json(tmp_path / "zones.json", STATISTICS)
    write_json(tmp_path / "held_out.json", HELD_OUT)
    main(tmp_path / "zones.json", tmp_path / "held_out.json", tmp_path / "zones.csv")
    gains = ["mean", "mean_low", "mean_high", "best", "best_low", "best_high", "best_task", "share_above_negligible"]
    assert (tmp_path / "zones.csv").read_text().splitlines() == [
        ",".join(["model,zone,range,tasks,names", *gains, *(f"held_out_{name}" for name in gains)]),
        f'small,1,below 0.07,2,"addition, rhymes",27.85,{1 / 3},40.0,70.3,50.0,90.5,rhymes,0.5,'
        f"{2 / 3},-4.0,9.0,12.5,-1.0,30.0,addition,0.0",
        "small,2,0.07 to 0.10,0,,,,,,,,,,,,,,,,,",
        "small,3,above 0.10,0,,,,,,,,,,,,,,,,,",
    ]


def test_ranges_show_as_many_decimals_as_the_boundaries_have():
    assert zone_ranges((0.075, 0.1)) == {1: "below 0.075", 2: "0.075 to 0.100", 3: "above 0.100"}
