"""The explorer's logic, without a browser: what is chosen is what is computed, linked, and exported."""

import json
import re
import shutil
from urllib.parse import parse_qsl, urlsplit

import pytest
import torch
from explorable import COUNTS, MODEL, MULTIPLIERS, TASKS, make_project, write_config
from made_up_fresh_evidence import fresh_task
from made_up_interventions import made_up_calibration
from project import ROOT
from streamlit.testing.v1 import AppTest
from tiny_models import WIDTH

from sna import formats
from sna.exploration.inventory import StudyFiles, read_config
from sna.exploration.replaying import replay
from sna.exploration.results import best_view
from sna.exploration.views import ResultsView, SweepView, TogetherView, TryView
from sna.inputs.tasks import read_task
from sna.tables import EXPERIMENTS, read_table

#: The screens; the first is the explorer with all of them.
RESULTS = "explorer.py"
TRY, SWEEP, TOGETHER, CALIBRATIONS = (
    f"explorer_pages/{name}.py" for name in ("try_it", "sweep", "together", "calibrations")
)
PROMPT = {"prompt": "The quick brown", "target": " fox"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("explorable") / "project")


@pytest.fixture
def folder(made, monkeypatch):
    monkeypatch.chdir(made)
    return made


def open_screen(page: str = RESULTS, **query: str) -> AppTest:
    """Open a screen by a link."""
    app = AppTest.from_file(str(ROOT / "scripts" / page), default_timeout=120)
    return follow(app, query)


def follow(app: AppTest, query: dict[str, str]) -> AppTest:
    """Put a link into the address bar."""
    app.query_params.clear()
    for name, value in query.items():
        app.query_params[name] = value
    return run(app)


def go_to(app: AppTest, page: str, **query: str) -> AppTest:
    """Go to another screen, as its name beside the screens does, or with a link."""
    return follow(app.switch_page(page), query)


def run(app: AppTest) -> AppTest:
    """Run the script, which must never end in a traceback."""
    app.run()
    assert [error.value for error in app.exception] == []
    return app


def query(app: AppTest) -> dict[str, str]:
    """Return what the permanent link says."""
    [link] = re.findall(r"\[Permanent link\]\((.*)\)", messages(app))
    return dict(parse_qsl(urlsplit(link).query))


def refusals(app: AppTest) -> str:
    """Return what is said about wrong input, and that it is said to be wrong."""
    assert len(app.error) == 1
    return "\n".join(text.value for text in app.text)


def messages(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.info, *app.warning, *app.markdown])


def replayed(view: ResultsView | TryView | SweepView | TogetherView) -> dict:
    return json.loads(json.dumps(replay(view, read_config(), threads=torch.get_num_threads())))


def rows(app: AppTest, number: int = 0) -> list[dict]:
    return app.dataframe[number].value.to_dict(orient="records")


def test_results_open_with_the_best_configuration_and_say_where_it_comes_from(folder):
    app = open_screen()
    experiments = read_table(StudyFiles("tiny", MODEL).experiments, EXPERIMENTS)
    best = best_view(experiments, "tiny", MODEL)
    assert query(app) == best.query()
    assert "results/tiny/experiments.parquet" in messages(app)


def test_a_choice_sets_what_lies_within_it_to_its_best(folder):
    app = open_screen()
    experiments = read_table(StudyFiles("tiny", MODEL).experiments, EXPERIMENTS)
    app.selectbox("results.task").select("antonyms")
    assert query(run(app)) == best_view(experiments, "tiny", MODEL, task="antonyms").query()
    app.selectbox("results.layer").select(0)
    assert query(run(app)) == best_view(experiments, "tiny", MODEL, task="antonyms", layer=0).query()
    app.selectbox("results.multiplier").select(1.5)
    assert query(run(app))["multiplier"] == "1.5"
    assert query(app)["layer"] == "0"


def test_a_link_opens_results_as_they_were(folder):
    view = ResultsView(study="tiny", model=MODEL, task="antonyms", layer=1, neurons=20, multiplier=1.5)
    app = open_screen(**view.query())
    assert query(app) == view.query()
    assert app.selectbox("results.layer").value == 1
    probability = replayed(view)["configuration"]["probability"]
    assert f"{probability:.3f} after" in messages(app)


def test_a_configuration_has_an_interval_and_its_task_what_fresh_prompts_give(folder):
    view = ResultsView(study="tiny", model=MODEL, task="addition", layer=1, neurons=20, multiplier=1.5)
    said = messages(open_screen(**view.query()))
    [cell] = [cell for cell in replayed(view)["grid"] if (cell["neurons"], cell["multiplier"]) == (20, 1.5)]
    assert formats.between((cell["low"], cell["high"]), "percent") in said
    assert -1 < said.find("On 240 fresh prompts for addition") < said.find("The 20 top neurons")


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ({"layer": "99"}, "layer: the study has no 99; choose one of 0, 1, 2, 3"),
        ({"neurons": "many"}, "link: neurons: "),
        ({"task": "*poems*"}, "link: task: "),
        ({"study": "none"}, "study: there is no none; choose one of tiny, empty"),
        ({"colour": "red"}, "link: colour: "),
    ],
)
def test_a_link_to_nothing_says_so_and_shows_no_other_numbers_unless_asked(folder, link, message):
    app = open_screen(**link)
    assert message in refusals(app)
    assert not app.header
    app.button[0].click()
    assert not run(app).error
    assert app.selectbox("results.layer").value in range(4)
    assert dict(app.query_params) == query(app)


def test_a_prompt_is_tried_with_the_numbers_that_a_replay_gives(folder):
    app = open_screen(TRY, **PROMPT, task="antonyms", layers="1,2", neurons="5", multiplier="3", tokens="4")
    view = TryView.of(query(app))
    assert (view.prompt, view.target, view.layers) == ("The quick brown", " fox", [1, 2])
    numbers = replayed(view)
    assert rows(app) == numbers["next_tokens"]
    assert [code.value for code in app.code][:2] == list(numbers["continuation"].values())
    shown = [metric.value for metric in app.metric]
    assert shown[1] == str(numbers["before"]["rank"])
    assert shown[2] == str(numbers["zone"])


def test_a_link_to_a_tasks_neurons_that_the_study_has_not_ranked_says_so(folder):
    app = open_screen(TRY, study="empty", model=MODEL, task="addition", layers="1", neurons="5")
    assert "task: the study has not ranked the neurons of gpt2 by task" in refusals(app)


def test_the_zone_and_what_to_expect_stand_before_the_answer(folder):
    app = open_screen(TRY)
    assert [header.value for header in app.main.header] == [
        "Amplification",
        "Baseline",
        "Before and after",
        "Continuation",
    ]
    assert re.search(r"[Zz]one \d", messages(app))
    assert app.metric[2].label.startswith("Zone (")


def test_a_target_of_several_tokens_is_shown_token_by_token(folder):
    app = open_screen(TRY, prompt="The quick brown", target=" fox jumps", task="antonyms", layers="1", neurons="5")
    numbers = replayed(TryView.of(query(app)))
    assert rows(app) == numbers["target_tokens"]
    whole = [1.0, 1.0]
    for row in rows(app):
        whole = [whole[0] * row["before"], whole[1] * row["after"]]
    assert [app.metric[0].value, app.metric[3].value] == list(map(formats.any_probability, whole))
    assert sum(row["target"] for row in rows(app, 1)) == 1


def test_a_small_probability_is_a_number(folder):
    app = open_screen(TRY, prompt="The quick brown", target=" fox jumps over the lazy dog")
    assert 0 < float(app.metric[0].value) < 1e-4


def test_a_target_without_its_space_earns_a_hint_of_what_the_space_is_worth(folder):
    link = {"prompt": "The quick brown", "listed": "1:2", "tokens": "0"}
    hint = "With a space before it, the target has a probability of "
    app = open_screen(TRY, **link, target=" fox")
    assert hint not in messages(app)
    assert f"{hint}{app.metric[0].value}." in messages(open_screen(TRY, **link, target="fox"))


def test_another_study_and_back_keeps_what_was_chosen(folder):
    app = open_screen(TRY, **PROMPT, task="antonyms", layers="1,2", neurons="5", multiplier="3", study="tiny")
    before = query(app)
    app.selectbox("try.study").select("empty")
    run(app)
    app.selectbox("try.study").select("tiny")
    assert query(run(app)) == before


def test_only_when_uncertain_leaves_a_certain_prompt_alone(folder):
    app = open_screen(TRY, **PROMPT)
    assert "Not amplified" not in messages(app)
    app.toggle("try.uncertain").set_value(True)
    run(app)
    app.number_input("try.below").set_value(0.0001)
    assert "Not amplified" in messages(run(app))
    assert query(app)["below"] == "0.0001"
    assert {row["change"] for row in rows(app)} == {0.0}
    app.number_input("try.below").set_value(1.0)
    assert "Not amplified" not in messages(run(app))


def test_neurons_can_be_listed_by_hand(folder):
    app = open_screen(TRY, **PROMPT)
    app.radio("try.way").set_value("Listed by hand")
    run(app)
    app.text_input("try.listed").input("1: 3, 17; 3: 5")
    view = TryView.of(query(run(app)))
    assert view.listed == {1: [3, 17], 3: [5]}
    assert rows(app) == replayed(view)["next_tokens"]


def test_a_link_to_a_task_opens_with_a_prompt_of_that_task(folder):
    app = open_screen(TRY, task="antonyms", layers="1", neurons="5", multiplier="3")
    prompts = read_task(folder / "tasks" / "antonyms.yaml").evaluation
    assert app.text_area("try.prompt").value == prompts[0].prompt


def test_a_prompt_of_the_study_brings_its_target_and_its_task(folder):
    app = open_screen(TRY)
    app.selectbox("try.example").select_index(-1)
    view = TryView.of(query(run(app)))
    assert view.task == TASKS[-1]
    assert view.prompt == app.text_area("try.prompt").value


def test_the_best_configuration_follows_a_chosen_example(folder):
    app = open_screen(TRY, **PROMPT, task="addition", layers="0,1", neurons="7", multiplier="9")
    app.selectbox("try.example").select_index(-1)
    view = TryView.of(query(run(app)))
    best = best_view(read_table(StudyFiles("tiny", MODEL).experiments, EXPERIMENTS), "tiny", MODEL, task=TASKS[-1])
    assert (view.layers, view.neurons, view.multiplier) == ([best.layer], best.neurons, best.multiplier)


def test_random_neurons_stand_beside_the_chosen_ones_at_a_click(folder):
    app = open_screen(TRY, **PROMPT, task="antonyms", layers="1,2", neurons="5", multiplier="3")
    assert "random ones" not in messages(app)
    app.toggle("try.random").set_value(True)
    view = TryView.of(query(run(app)))
    found = replayed(view)
    mean, low, high = found["random"]["improvement"].values()
    assert f"random ones by {formats.signed(mean)} % on average" in messages(app)
    assert formats.between((low, high), "percent") in messages(app)
    beaten = sum(draw["improvement"] < found["improvement"] for draw in found["random"]["draws"])
    assert f"gain more than {beaten} of the 20" in messages(app)


def test_too_few_other_neurons_are_said_to_be_and_the_rest_is_shown(folder):
    most = ",".join(map(str, range(WIDTH // 2 + 1)))
    app = open_screen(TRY, **PROMPT, listed=f"1:{most}", random="yes")
    assert "at most half can be drawn" in refusals(app)
    assert "Continuation" in [header.value for header in app.main.header]


def test_each_token_of_a_target_can_be_followed_layer_by_layer(folder):
    app = open_screen(TRY, prompt="The quick brown", target=" lazy dog", lens="yes")
    chart = "vega_lite_chart"
    before = len(app.get(chart))
    places = {row["place"]: row["token"] for row in replayed(TryView.of(query(app)))["lens"]}
    assert app.selectbox("try.place").options == list(places.values())
    app.toggle("try.lens").set_value(False)
    assert len(run(app).get(chart)) == before - 1
    assert "lens" not in query(app)


def test_fresh_prompts_come_before_those_that_chose_the_configuration(folder):
    said = messages(open_screen(TRY, **PROMPT, task=TASKS[0]))
    task = fresh_task()
    assert -1 < said.find("On fresh prompts the study `tiny` has") < said.find("In zone")
    assert f"probability by **{formats.estimate(task.improvement, 'percent')}**" in said
    assert formats.estimate(task.random.improvement, "percent") in said
    # Of the last one the study has no fresh prompts.
    assert "had no part in the choice" not in messages(open_screen(TRY, **PROMPT, task=TASKS[-1]))


@pytest.mark.parametrize(("widget", "message"), [("prompt", "Type a prompt"), ("target", "Type a target")])
def test_an_empty_prompt_or_target_is_asked_for(folder, widget, message):
    app = open_screen(TRY, **PROMPT)
    box = app.text_area("try.prompt") if widget == "prompt" else app.text_input("try.target")
    box.input("")
    assert message in messages(run(app))
    assert not app.metric


@pytest.mark.parametrize(
    ("link", "message"),
    [
        (PROMPT | {"prompt": "fox " * 150}, r"has \d+ tokens; the model reads at most 128"),
        ({"prompt": "The quick bro", "target": "wn"}, "does not tokenize cleanly"),
        (PROMPT | {"task": "antonyms", "layers": "1", "neurons": "500"}, "neurons: 500 given; the study ranks 20"),
        (PROMPT | {"listed": "9: 1"}, "the model has no layer 9"),
        (PROMPT | {"listed": "nonsense"}, "write it as in 5: 12, 40; 7: 3"),
    ],
)
def test_what_cannot_be_tried_is_refused_in_words(folder, link, message):
    assert re.search(message, refusals(open_screen(TRY, **link)))


def test_what_somebody_typed_is_shown_as_text_never_as_markup(folder):
    typed = "**bold** :red[red] <b>x</b> $x$ The quick bro"
    app = open_screen(TRY, prompt=typed, target="wn")
    assert typed in refusals(app)
    elements = [*app.markdown, *app.info, *app.warning, *app.error, *app.header, *app.title]
    assert not any("<" in element.value or "**bold" in element.value for element in elements)


def test_a_layer_that_is_taken_away_is_asked_for(folder):
    app = open_screen(TRY, **PROMPT)
    app.multiselect("try.layers").set_value([])
    assert "Choose at least one layer" in messages(run(app))


@pytest.fixture
def explorer(folder) -> AppTest:
    """The explorer with all its screens, at the first of them."""
    app = run(AppTest.from_file(str(ROOT / "scripts" / RESULTS), default_timeout=120))
    assert app.title[0].value == "Results"
    return app


def test_a_link_that_was_followed_before_can_be_followed_again(explorer):
    for multiplier in ("4.5", "3.5", "4.5"):
        go_to(explorer, SWEEP)
        assert query(go_to(explorer, TRY, multiplier=multiplier))["multiplier"] == multiplier


def test_an_address_that_lags_behind_undoes_no_choice(folder):
    app = open_screen(TRY, **PROMPT)
    before = query(app)
    app.number_input("try.multiplier").set_value(4.5)
    run(app)
    assert query(follow(app, before))["multiplier"] == "4.5"


def test_a_sweep_starts_at_a_click_and_has_the_numbers_that_a_replay_gives(folder):
    app = open_screen(SWEEP, **PROMPT, task="antonyms", layers="0,3")
    assert not app.dataframe
    assert "run" not in query(app)
    app.button[0].click()
    run(app)
    link = query(app)
    assert link.pop("run") == "yes"
    expected = replayed(SweepView.of(link))["configurations"]
    assert sorted(rows(app), key=str) == sorted(expected, key=str)
    assert len(expected) == 2 * len(COUNTS) * len(MULTIPLIERS)


def test_a_link_to_a_sweep_sweeps(folder):
    app = open_screen(SWEEP, **PROMPT, task="antonyms", layers="3", run="yes")
    assert len(rows(app)) == len(COUNTS) * len(MULTIPLIERS)


def test_a_sweep_that_was_stopped_keeps_what_it_has_and_can_go_on(folder):
    app = open_screen(SWEEP, **PROMPT, task="antonyms", layers="0,3", run="yes")
    work = app.session_state["sweep.work"]
    whole = len(rows(app))
    del work.rows[1]
    run(app)
    assert "Stopped after 1 of 2 steps" in messages(app)
    assert len(rows(app)) == whole // 2
    app.button[0].click()
    assert len(rows(run(app))) == whole


def test_a_changed_setting_is_another_sweep(folder):
    app = open_screen(SWEEP, **PROMPT, task="antonyms", layers="3", run="yes")
    app.multiselect("sweep.layers").set_value([2])
    run(app)
    assert not app.dataframe
    assert app.button[0].label == "Start"


def test_a_sweep_that_is_too_large_is_refused_in_words(tmp_path, made, monkeypatch):
    folder = tmp_path / "large"
    shutil.copytree(made, folder)
    write_config(folder, neurons=list(range(1, 21)), multipliers=[1 + step / 100 for step in range(30)])
    monkeypatch.chdir(folder)
    app = open_screen(SWEEP, **PROMPT, task="antonyms", layers="0,1,2,3")
    assert "2,400 configurations; the explorer takes at most 2,000. Choose 3 layers or fewer" in refusals(app)


def test_a_sweep_of_nothing_asks_for_something(folder):
    app = open_screen(SWEEP, **PROMPT)
    app.multiselect("sweep.neurons").set_value([])
    assert "Choose at least one layer, one neuron count and one multiplier" in messages(run(app))


def test_tasks_together_have_the_numbers_that_a_replay_gives(folder):
    app = open_screen(TOGETHER, amplified="addition:1;antonyms:2", neurons="5", multiplier="1.5", run="yes")
    link = query(app)
    assert link.pop("run") == "yes"
    view = TogetherView.of(link)
    assert view.amplified == {"addition": 1, "antonyms": 2}
    shown = [{key: value for key, value in row.items() if key != "alone"} for row in rows(app)]
    assert shown == replayed(view)["tasks"]
    alone = {row["task"]: row["alone"] for row in rows(app)}
    assert alone["addition"] == alone["addition"] != alone["syllogisms"]


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ({"measured": "addition,poems"}, "measured: 'poems' has no baseline; choose one of addition, antonyms"),
        ({"measured": "addition,addition"}, "measured: addition given more than once"),
        ({"amplified": "addition:9"}, "there is no layer 9"),
    ],
)
def test_a_link_to_tasks_that_are_not_there_says_so(folder, link, message):
    assert message in refusals(open_screen(TOGETHER, **link))


def test_one_task_alone_can_be_amplified_and_none_is_asked_for(folder):
    app = open_screen(TOGETHER)
    app.multiselect("together.tasks").set_value(["addition"])
    run(app)
    assert list(TogetherView.of(query(app)).amplified) == ["addition"]
    app.multiselect("together.tasks").set_value([])
    assert "Choose one task or more" in messages(run(app))


@pytest.mark.parametrize("page", [TRY, SWEEP, TOGETHER])
def test_a_model_that_is_not_fetched_is_said_to_be_and_how_it_is_fetched(folder, page):
    app = open_screen(page, study="empty", model="unfetched")
    assert "`unfetched` has not been fetched yet" in messages(app)
    assert app.code[0].value == "snakemake --cores all results/models/unfetched/model.safetensors"


@pytest.mark.parametrize(
    ("page", "file"), [(RESULTS, "experiments"), (SWEEP, "neurons/gpt2"), (TOGETHER, "neurons/gpt2")]
)
def test_results_that_are_not_there_are_said_to_be_and_how_they_are_made(folder, page, file):
    app = open_screen(page, study="empty", model=MODEL)
    assert app.code[0].value == f"snakemake --cores all results/empty/{file}.parquet --config study=empty"


def test_without_results_neurons_can_still_be_listed(folder):
    app = open_screen(TRY, study="empty", model=MODEL)
    assert app.radio("try.way").options == ["Listed by hand"]
    assert "no results yet" in messages(app)
    assert TryView.of(query(app)).listed


@pytest.mark.parametrize("page", [RESULTS, TRY, SWEEP, TOGETHER])
def test_a_fresh_project_has_friendly_screens(page, made, tmp_path, monkeypatch):
    folder = tmp_path / "fresh"
    folder.mkdir()
    shutil.copy2(made / "config.yaml", folder)
    shutil.copytree(made / "tasks", folder / "tasks")
    monkeypatch.chdir(folder)
    assert app_says_how(open_screen(page))


def app_says_how(app: AppTest) -> bool:
    return not app.error and bool(app.info) and app.code[0].value.startswith("snakemake --cores all results/")


def test_a_folder_that_is_no_project_is_said_to_be_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "config.yaml: not readable" in refusals(open_screen())


def test_a_damaged_table_is_named(made, tmp_path, monkeypatch):
    folder = tmp_path / "damaged"
    shutil.copytree(made, folder)
    (folder / "results/tiny/experiments.parquet").write_bytes(b"cut short")
    monkeypatch.chdir(folder)
    assert "experiments.parquet: not a whole Parquet file" in refusals(open_screen())


def test_without_a_calibration_the_screen_says_how_one_is_made(folder):
    app = open_screen(CALIBRATIONS)
    assert "No task has been calibrated yet" in messages(app)
    assert app.code[0].value.startswith("snakemake --cores all calibrate --config model=")


def test_a_calibration_is_shown_with_its_advice_and_its_intervention(folder):
    path = folder / "results" / "calibrations" / MODEL / "antonyms" / "recommendation.json"
    found = made_up_calibration(MODEL, "antonyms")
    found.write(path)
    path.with_name("intervention.json").write_text("{}", encoding="utf-8")
    try:
        app = open_screen(CALIBRATIONS)
        [row] = rows(app)
        assert (row["model"], row["task"], row["advice"], row["layer"]) == (MODEL, "antonyms", "don't", "2")
        assert row["gain"] == formats.estimate(found.gain.percent, "percent")
        assert found.advice in [header.value for header in app.main.header]
        assert found.reasons[0] in messages(app)
        assert path.relative_to(folder).as_posix() in messages(app)
        path.write_text("{}", encoding="utf-8")
        assert "recommendation.json: model: " in refusals(open_screen(CALIBRATIONS))
    finally:
        shutil.rmtree(folder / "results" / "calibrations")
