"""The last lines of a run say where the report is and what it says."""

from sna.verdicts.closing import close


def claim(title: str, measured: str, fresh: str | None) -> dict:
    return {"title": title, "overall": {"measured": {"verdict": measured}, "fresh": fresh and {"verdict": fresh}}}


def test_a_run_ends_with_the_page_and_the_verdicts_in_five_lines(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    claims = [
        claim("Gains are large", "reproduced", "holds"),
        claim("Gains are many", "reproduced", "holds"),
        claim("Gains last", "cannot tell", None),
    ]
    assert close({"study": "mine", "claims": claims}, "results/mine/report.html") == [
        f"The report of the study mine: {tmp_path}/results/mine/report.html",
        "As the paper measured it, of 3 claims: "
        "reproduced 2, partly reproduced 0, not reproduced 0, cannot tell 1, not tested here 0",
        "On fresh prompts, of 2 claims: holds 2, partly holds 0, does not hold 0, cannot tell 0, not tested here 0",
        "Holds on fresh prompts: Gains are large; Gains are many",
        "Does not hold on fresh prompts: none",
    ]
