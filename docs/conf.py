"""How Sphinx builds the documentation: `make docs` writes it to docs/site."""

from pathlib import Path

import sources

project = "Selective Neuron Amplification"
extensions = ["myst_nb", "numpydoc", "sphinx.ext.apidoc", "sphinx.ext.autodoc"]
exclude_patterns = ["conf.py", "sources.py", "site"]

html_theme = "furo"
html_title = project
html_show_sphinx = False
html_copy_source = False

# The tutorial is Python with its text in comments, and runs whenever the documentation is built.
nb_custom_formats = {".py": ["jupytext.reads", {"fmt": "py:percent"}]}
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 600

# The reference: a page for each package of the library, without the word lists of the banks.
apidoc_modules = [
    {
        "path": "../scripts/sna",
        "destination": "reference",
        "exclude_patterns": ["../scripts/sna/bank"],
        "module_first": True,
        "automodule_options": {"members"},
    }
]
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {"exclude-members": "model_config"}
# Code in the docstrings' single backticks links to what it names.
default_role = "py:obj"
numpydoc_show_class_members = False


def setup(app) -> None:
    """Have the pages filled when they are read, and looked through when they are written."""
    app.connect("source-read", lambda app, name, content: content.__setitem__(0, sources.fill(content[0])))
    app.connect("build-finished", lambda app, error: error or sources.check_site(Path(app.outdir)))
