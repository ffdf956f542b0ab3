from tabulate_interference import main

from sna.files import write_json

UNDEFINED = {"value": None, "low": None, "high": None}
FLUENCY = {
    "log_probability": {"value": -0.5, "low": -1 / 3, "high": -0.25},
    "perplexity": {"before": 20.0, "after": 33.0},
}
CONFIGURATION = {"layer": 4, "neurons": 50, "multiplier": 1.5}


def crossed(value, pvalue, fluency=None):
    improvement = {"value": value, "low": value - 1, "high": value + 1}
    return {
        "prompts": 12,
        "improvement": improvement,
        "pvalue": pvalue,
        "pvalue_corrected": pvalue and 2 * pvalue,
        "fluency": fluency,
    }


STATISTICS = {
    "small": {
        "configurations": {"addition": CONFIGURATION, "rhymes": CONFIGURATION | {"layer": 7}},
        "matrix": {
            "addition": {"addition": crossed(70.5, None), "rhymes": crossed(-20.25, 0.0005, FLUENCY)},
            "rhymes": {
                "addition": crossed(0.0, 1.0) | {"improvement": UNDEFINED},
                "rhymes": crossed(5.0, None, FLUENCY),
            },
        },
        "correction": "Benjamini-Hochberg",
        "statements": {"any": None},
    }
}


def test_each_pair_is_a_row_and_what_is_undefined_is_empty(tmp_path):
    write_json(tmp_path / "interference.json", STATISTICS)
    main(tmp_path / "interference.json", tmp_path / "interference.csv")
    assert (tmp_path / "interference.csv").read_text().splitlines() == [
        "model,source,layer,neurons,multiplier,task,prompts,improvement,improvement_low,improvement_high,pvalue,"
        "pvalue_corrected,log_probability,log_probability_low,log_probability_high,perplexity_before,perplexity_after,"
        "correction",
        "small,addition,4,50,1.5,addition,12,70.5,69.5,71.5,,,,,,,,Benjamini-Hochberg",
        "small,addition,4,50,1.5,rhymes,12,-20.25,-21.25,-19.25,0.0005,0.001,"
        f"-0.5,{-1 / 3},-0.25,20.0,33.0,Benjamini-Hochberg",
        "small,rhymes,7,50,1.5,addition,12,,,,1.0,2.0,,,,,,Benjamini-Hochberg",
        f"small,rhymes,7,50,1.5,rhymes,12,5.0,4.0,6.0,,,-0.5,{-1 / 3},-0.25,20.0,33.0,Benjamini-Hochberg",
    ]
