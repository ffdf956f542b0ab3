from tabulate_controls import main

from sna.files import write_json

TASK = {
    "selected": 12.5,
    "drawn": {"value": 1 / 3, "low": -2.0, "high": 4.0},
    "share_beaten": 0.95,
    "pvalue": 0.04,
    "pvalue_corrected": 0.08,
}
COMPARISON = {"by_task": {"addition": TASK, "rhymes": TASK}, "correction": "Benjamini-Hochberg"}
STATISTICS = {"small": {"draws": 20, "kinds": {"random": COMPARISON, "matched": COMPARISON}}}


def test_each_kind_of_draws_and_task_is_a_row(tmp_path):
    write_json(tmp_path / "controls.json", STATISTICS)
    main(tmp_path / "controls.json", tmp_path / "controls.csv")
    figures = f"12.5,{1 / 3},-2.0,4.0,0.95,0.04,0.08,Benjamini-Hochberg"
    assert (tmp_path / "controls.csv").read_text().splitlines() == [
        "model,kind,task,selected,drawn,drawn_low,drawn_high,share_beaten,pvalue,pvalue_corrected,correction",
        f"small,random,addition,{figures}",
        f"small,random,rhymes,{figures}",
        f"small,matched,addition,{figures}",
        f"small,matched,rhymes,{figures}",
    ]
