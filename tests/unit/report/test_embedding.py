"""Files inside the page: what a reader downloads is what was written, and small."""

import base64
import gzip
import io
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import experiments_of, made_up_prompts
from matplotlib.figure import Figure

from sna.figures.saving import save_figure
from sna.figures.style import styled
from sna.report.embedding import EXPERIMENT_COLUMNS, pack_experiments, read_table_library, svg_uri, text_uri


def content_of(uri):
    return unquote(uri.partition(",")[2])


@given(st.text())
def test_a_text_comes_back_from_its_uri_which_fits_between_double_quotes(text):
    uri = text_uri(text, "text/csv")
    assert content_of(uri) == text
    assert not set('"#&\n') & set(uri)


def test_the_packed_experiments_are_all_there_and_the_same_each_time():
    experiments = experiments_of(made_up_prompts(tasks=3))
    uri = pack_experiments(experiments)
    assert uri == pack_experiments(experiments)
    unpacked = pd.read_csv(io.BytesIO(gzip.decompress(base64.b64decode(uri.partition(",")[2]))))
    assert list(unpacked.columns) == EXPERIMENT_COLUMNS
    assert len(unpacked) == len(experiments)
    pd.testing.assert_frame_equal(unpacked, experiments[EXPERIMENT_COLUMNS], rtol=1e-4, check_dtype=False)


@styled()
def drawn(path):
    figure = Figure(figsize=(9, 9))
    axes = figure.subplots()
    axes.plot([0.123456789, 0.987654321], [1, 2], label="<a & b>")
    axes.legend()
    save_figure(figure, path)
    return path.read_text(encoding="utf-8")


def test_a_shortened_figure_has_the_same_elements_where_they_were(tmp_path):
    before = drawn(tmp_path / "figure.svg")
    after = content_of(svg_uri(before))
    assert len(after) < 0.9 * len(before)
    elements = [list(ElementTree.fromstring(svg).iter()) for svg in (before, after)]
    assert [element.tag for element in elements[0]] == [element.tag for element in elements[1]]
    numbers = [
        [float(number) for element in shown for number in re.findall(r"-?[\d.]+", element.get("d", ""))]
        for shown in elements
    ]
    assert numbers[1] == pytest.approx(numbers[0], abs=0.01)


def test_a_shortened_figure_keeps_its_texts_and_names_their_fonts_once(tmp_path):
    before = drawn(tmp_path / "figure.svg")
    after = content_of(svg_uri(before))
    texts = [[element.text for element in ElementTree.fromstring(svg).iter() if element.tag.endswith("text")]
             for svg in (before, after)]  # fmt: skip
    assert texts[1] == texts[0]
    assert "<a & b>" in texts[1]
    assert ElementTree.fromstring(after).get("style").startswith("font-family: DejaVu Sans, ")
    assert after.count("DejaVu Sans") == 1


def test_the_library_is_a_script_that_exports_nothing_and_ends_where_it_ends():
    script, style = read_table_library()
    assert "const DataTable=" in script
    assert "export{" not in script
    assert "</script" not in script
    assert "<!--" not in script
    assert "@import" not in style
