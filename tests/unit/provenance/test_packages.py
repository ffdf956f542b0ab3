"""Which packages a process has loaded, and in which versions; what a lock and an environment pin."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from sna.errors import InputError
from sna.files import write_text
from sna.provenance.packages import LOCK, Pin, installed_otherwise, read_environment, read_lock

SCRIPTS = Path(__file__).parents[3] / "scripts"


def loaded(more: str, *path: Path) -> dict[str, str]:
    """Return what a new process says that it has loaded, after some imports."""
    program = f"import sys; sys.path[:0] = {[*map(str, path), str(SCRIPTS)]}\n"
    program += f"from sna.provenance.loaded import loaded_packages\n{more}\nprint(loaded_packages())"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    return eval(printed)


def test_what_is_loaded_is_known_by_the_name_of_its_package_and_what_is_only_installed_is_not():
    packages = loaded("import PIL, contourpy, dateutil.tz")
    expected = {name: version(name) for name in ("pillow", "contourpy", "numpy", "python-dateutil", "pyyaml")}
    assert expected.items() <= packages.items()
    assert {"scipy", "torch", "seaborn"}.isdisjoint(packages)


@pytest.mark.parametrize("listed", ["top_level.txt", "RECORD"])
def test_of_a_package_that_is_installed_twice_the_one_that_python_finds_first_is_known(tmp_path, listed):
    info = "contourpy-1.0.dist-info"
    write_text(tmp_path / "contourpy" / "__init__.py", "")
    write_text(tmp_path / info / "METADATA", "Metadata-Version: 2.1\nName: contourpy\nVersion: 1.0\n")
    write_text(tmp_path / info / listed, "contourpy\n" if listed == "top_level.txt" else "contourpy/__init__.py,,\n")
    assert loaded("import contourpy", tmp_path)["contourpy"] == "1.0"


def test_a_lock_may_pin_a_package_for_each_python_and_what_it_says_of_files_does_not_count(tmp_path):
    hashed = "".join(f" \\\n    --hash=sha256:{digit * 64}" for digit in "01")
    markers = ("python_full_version < '3.12'", "python_full_version >= '3.12'")
    lines = [f"soup_sieve=={number} ; {marker}{hashed}" for number, marker in zip("12", markers, strict=True)]
    write_text(tmp_path / LOCK, "# via make lock\n" + "\n".join([f"numpy==2.4.6{hashed}", *lines]))
    assert read_lock(tmp_path) == {"numpy": Pin(LOCK, ("2.4.6",)), "soup-sieve": Pin(LOCK, ("1", "2"))}


def test_an_environments_pins_have_pythons_names(tmp_path):
    write_text(
        tmp_path / "some.yaml", "dependencies:\n  - python=3.11\n  - pytorch=2.13.0\n  - huggingface_hub=1.33.0\n"
    )
    pins = read_environment(tmp_path, "some.yaml")
    assert pins["torch"] == Pin("some.yaml", ("2.13.0",))
    assert pins["huggingface-hub"].versions == ("1.33.0",)


def test_what_is_installed_otherwise_than_locked_is_said(tmp_path):
    write_text(tmp_path / LOCK, f"numpy==1.0\nscipy=={version('scipy')}\nsetuptools==1.0\nno-such-package==1.0\n")
    assert installed_otherwise(tmp_path) == [f"numpy {version('numpy')}, not 1.0"]
    with pytest.raises(InputError, match="no such lock"):
        installed_otherwise(tmp_path / "elsewhere")
