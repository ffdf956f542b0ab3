from tabulate_reviews import main

from sna.files import write_json

UNDEFINED = {"value": None, "low": None, "high": None}


def comparison(after, n=10, corrected=None, **more):
    empty = n == 0
    return {
        "n": n,
        "before": None if empty else 0.5,
        "after": None if empty else after,
        "difference": UNDEFINED if empty else {"value": 1 / 3, "low": -1.5, "high": 20.0},
        "pvalue": None if empty else 0.25,
        "pvalue_corrected": corrected,
        "probability_difference": UNDEFINED if empty else {"value": 2.5, "low": 2.0, "high": 3.0},
    } | more


def groups(after):
    return {
        "bins": [
            comparison(after + 0.01, corrected=0.5, low=0.5, high=0.75),
            comparison(None, n=0, low=0.75, high=1.0),
        ],
        "uncertain": comparison(after + 0.02, low=0.5, high=0.6),
        "confident": comparison(after + 0.03, low=0.9, high=1.0),
        "by_label": {"negative": comparison(after + 0.04), "positive": comparison(after + 0.05)},
    }


STATISTICS = {"small": groups(0.25) | {"accuracy": comparison(0.25), "shift_only": comparison(0.125) | groups(0.125)}}


def test_each_group_is_a_row_beside_what_a_shift_gives_and_what_is_undefined_is_empty(tmp_path):
    write_json(tmp_path / "reviews.json", STATISTICS)
    main(tmp_path / "reviews.json", tmp_path / "reviews.csv")
    change, probability = f"{1 / 3},-1.5,20.0", "2.5,2.0,3.0"
    assert (tmp_path / "reviews.csv").read_text().splitlines() == [
        "model,group,n,before,after,difference,difference_low,difference_high,pvalue,pvalue_corrected,shift_only,"
        "probability_difference,probability_difference_low,probability_difference_high",
        f"small,all,10,0.5,0.25,{change},0.25,,0.125,{probability}",
        f"small,confidence 0.5 to 0.75,10,0.5,0.26,{change},0.25,0.5,0.135,{probability}",
        "small,confidence 0.75 to 1,0,,,,,,,,,,,",
        f"small,uncertain: below 0.6,10,0.5,0.27,{change},0.25,,0.145,{probability}",
        f"small,confident: from 0.9,10,0.5,0.28,{change},0.25,,0.155,{probability}",
        f"small,negative,10,0.5,0.29,{change},0.25,,0.165,{probability}",
        f"small,positive,10,0.5,0.3,{change},0.25,,0.175,{probability}",
    ]
