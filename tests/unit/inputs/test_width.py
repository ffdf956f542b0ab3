import pytest

from sna.errors import InputError
from sna.files import write_json
from sna.inputs.width import read_width


@pytest.mark.parametrize(
    "config", [{"intermediate_size": 1536}, {"n_inner": 1536, "n_embd": 2}, {"n_inner": None, "n_embd": 384}]
)
def test_the_number_of_neurons_is_that_of_the_models_config(config, tmp_path):
    write_json(tmp_path / "config.json", config)
    assert read_width(tmp_path / "config.json") == 1536


@pytest.mark.parametrize("config", [{}, {"intermediate_size": "many"}, {"n_inner": None}])
def test_a_config_that_does_not_say_it_is_named(config, tmp_path):
    write_json(tmp_path / "config.json", config)
    with pytest.raises(InputError, match=r"config.json: intermediate_size: .*fetch the model again"):
        read_width(tmp_path / "config.json")
