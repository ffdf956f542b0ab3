"""The interactive explorer, a Streamlit app: `make explorer`.

Reads config.yaml, the studies' results and the fetched models; writes nothing.
"""

from importlib import import_module
from threading import Thread

import streamlit as st
from explorer_pages.state import Screen

SCREENS = {
    "results": st.Page("explorer_pages/results.py", title="Results", url_path="results", default=True),
    "try": st.Page("explorer_pages/try_it.py", title="Try it", url_path="try"),
    "sweep": st.Page("explorer_pages/sweep.py", title="Sweep live", url_path="sweep"),
    "together": st.Page("explorer_pages/together.py", title="Several tasks at once", url_path="together"),
    "calibrations": st.Page("explorer_pages/calibrations.py", title="Calibrations", url_path="calibrations"),
}

st.set_page_config(page_title="Selective Neuron Amplification", layout="wide")
chosen = st.navigation(list(SCREENS.values()), position="hidden")
# Not the navigation's own links, which have no query: these lead to a screen as it was left.
for name, page in SCREENS.items():
    st.sidebar.page_link(page, query_params=Screen(name).get("address"))
chosen.run()
# Torch, which most screens need, takes seconds to import: it is, while one looks at the first.
Thread(target=import_module, args=("explorer_pages.models",), daemon=True).start()
