import pytest

from sna.errors import InputError
from sna.files import write_json
from sna.inputs.model_config import read_vocabulary, read_width


def test_the_size_of_the_vocabulary_is_that_of_the_models_config(tmp_path):
    write_json(tmp_path / "config.json", {"vocab_size": 50257, "n_layer": 12})
    assert read_vocabulary(tmp_path / "config.json") == 50257


@pytest.mark.parametrize("config", [{}, {"vocab_size": "many"}, {"vocab_size": 0}])
def test_a_config_without_the_size_of_its_vocabulary_is_named(config, tmp_path):
    write_json(tmp_path / "config.json", config)
    with pytest.raises(InputError, match=r"config.json: vocab_size: .*fetch the model again"):
        read_vocabulary(tmp_path / "config.json")


@pytest.mark.parametrize(
    "config", [{"intermediate_size": 1536}, {"n_inner": 1536, "n_embd": 2}, {"n_inner": None, "n_embd": 384}]
)
def test_the_number_of_neurons_is_that_of_the_models_config(config, tmp_path):
    write_json(tmp_path / "config.json", config)
    assert read_width(tmp_path / "config.json") == 1536


@pytest.mark.parametrize("config", [{}, {"intermediate_size": "many"}, {"n_inner": None}])
def test_a_config_without_the_number_of_neurons_is_named(config, tmp_path):
    write_json(tmp_path / "config.json", config)
    with pytest.raises(InputError, match=r"config.json: intermediate_size: .*fetch the model again"):
        read_width(tmp_path / "config.json")
