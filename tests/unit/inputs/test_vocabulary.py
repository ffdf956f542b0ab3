import pytest

from sna.errors import InputError
from sna.files import write_json
from sna.inputs.vocabulary import read_vocabulary


def test_the_size_of_the_vocabulary_is_that_of_the_models_config(tmp_path):
    write_json(tmp_path / "config.json", {"vocab_size": 50257, "n_layer": 12})
    assert read_vocabulary(tmp_path / "config.json") == 50257


@pytest.mark.parametrize("config", [{}, {"vocab_size": "many"}, {"vocab_size": 0}])
def test_a_config_that_does_not_say_it_is_named(config, tmp_path):
    write_json(tmp_path / "config.json", config)
    with pytest.raises(InputError, match=r"config.json: vocab_size: .*fetch the model again"):
        read_vocabulary(tmp_path / "config.json")
