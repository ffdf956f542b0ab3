import numpy as np
import pandas as pd
import pytest
from drawn import contrasts
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sna.figures.colour_bars import SHARES
from sna.figures.heat_maps import heat_map, name_columns
from sna.figures.letters import panel_letters, title_panel
from sna.figures.style import DIVERGING


@pytest.mark.parametrize("colours", [DIVERGING, SHARES])
def test_what_stands_in_a_cell_can_be_read_on_every_colour(colours):
    values = pd.DataFrame(np.linspace(0, 1, 256).reshape(16, 16))
    values.iloc[3, 4] = np.nan
    axes = Figure().subplots()
    title_panel(axes, panel_letters(2), "Titles are texts of a panel too", category="logic")
    heat_map(axes, values, Normalize(0, 1), colours, values.map("{:.2f}".format))
    found = contrasts(axes)
    assert len(found) == 255
    assert min(found) >= 4.5


def test_columns_are_named_under_their_cells():
    axes = Figure().subplots()
    heat_map(axes, pd.DataFrame([[1.0, 2.0]]), Normalize(0, 2), SHARES)
    name_columns(axes, ["one", "two"])
    assert axes.get_xticks().tolist() == [0.5, 1.5]
    assert len(axes.texts) == 0
