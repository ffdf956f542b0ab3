"""Serve the explorer: `make explorer`, or `python scripts/serve_explorer.py` with options of Streamlit's."""

import sys
from pathlib import Path

from streamlit import net_util
from streamlit.web import cli

# A page of another origin that asks for the explorer is refused. But before, Streamlit would ask a server outside for
# this machine's address, to compare the two, and no option keeps it from that.
net_util.get_external_ip = lambda: None  # ty: ignore[invalid-assignment]

if __name__ == "__main__":
    cli.main(["run", str(Path(__file__).with_name("explorer.py")), *sys.argv[1:]], prog_name="streamlit")
