"""How Sphinx builds the documentation: `make docs` writes it to docs/site."""

import inspect
import os
from pathlib import Path
from typing import get_origin

import sources

project = "Selective Neuron Amplification"
extensions = ["myst_nb", "numpydoc", "sphinx.ext.apidoc", "sphinx.ext.autodoc"]
exclude_patterns = ["conf.py", "sources.py", "site", "jupyter_execute", "reference/modules.rst"]

html_theme = "furo"
html_title = project
html_show_sphinx = False
html_copy_source = False

# The tutorial is Python with its text in comments, and runs whenever the documentation is built.
nb_custom_formats = {".py": ["jupytext.reads", {"fmt": "py:percent"}]}
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_output_stderr = "remove"

# The reference: a page for each package of the library, without the word lists of the banks.
apidoc_modules = [
    {
        "path": "../scripts/sna",
        "destination": "reference",
        "exclude_patterns": ["../scripts/sna/bank"],
        "module_first": True,
    }
]
# Documented members alone; on a package's page Sphinx heeds this and not the entry that apidoc_modules has for it.
os.environ["SPHINX_APIDOC_OPTIONS"] = "members"
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {"exclude-members": "model_config"}
# Code in the docstrings' single backticks links to what it names.
default_role = "py:obj"
numpydoc_show_class_members = False


def skip(app, what: str, name: str, member: object, *_) -> bool | None:
    """Leave out of the reference what is not of this library: aliases of types, and what it imports."""
    named = inspect.isclass(member) or inspect.isroutine(member)
    foreign = named and not str(getattr(member, "__module__", "")).startswith("sna.")
    return True if foreign or get_origin(member) else None


def setup(app) -> None:
    """Have the pages filled when they are read, and looked through when they are written."""
    app.connect("autodoc-skip-member", skip)
    app.connect("source-read", lambda app, name, content: content.__setitem__(0, sources.fill(content[0])))
    app.connect("build-finished", lambda app, error: error or sources.check_site(Path(app.outdir)))
