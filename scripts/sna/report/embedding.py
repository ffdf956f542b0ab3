"""Files inside the page: data URIs, the packed table of experiments, and the library that sorts tables."""

import base64
import gzip
import re
from importlib import resources

import itables
import pandas as pd

from sna.report.standalone import text_uri

#: The columns of the page's table of experiments, in its order.
EXPERIMENT_COLUMNS = [
    "model", "task", "category", "layer", "neurons", "multiplier", "baseline", "probability", "improvement"
]  # fmt: skip
#: Of probabilities and improvements. More digits would double the size, and no reader needs them; the file has all.
_SIGNIFICANT_DIGITS = 5


def svg_uri(content: str) -> str:
    """Write an SVG file as a URI that holds it, as short as it goes without any loss that a reader could see.

    Comments and indentation are left out; five significant digits are a hundredth of a point; the fonts, which
    matplotlib names with every text, are named once.

    Parameters
    ----------
    content : str
        As matplotlib writes it.

    Returns
    -------
    str
    """
    content = re.sub(r"<!--.*?-->", "", content, flags=re.DOTALL)
    content = re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.5g}", content)
    if fonts := re.search(r"font-family: ([^;\"]+)", content):
        content = re.sub(r"font-family: [^;\"]+(; )?", "", content)
        content = content.replace("<svg ", f'<svg style="font-family: {fonts[1].replace(chr(39), "")}" ', 1)
    content = re.sub(r"[ \t\r\n]+", " ", content).replace("> <", "><").replace('"', "'")
    content = content.replace("xlink:href", "href")
    return text_uri(content, "image/svg+xml")


def pack_experiments(experiments: pd.DataFrame) -> str:
    """Return all experiments as the data URI of a gzipped CSV file, which is download and source of the page's table.

    Parameters
    ----------
    experiments : DataFrame
        A table that keeps `sna.tables.EXPERIMENTS`.

    Returns
    -------
    str
    """
    csv = experiments[EXPERIMENT_COLUMNS].to_csv(
        index=False, lineterminator="\n", float_format=f"%.{_SIGNIFICANT_DIGITS}g"
    )
    # Without the time of packing the same table gives the same bytes.
    packed = base64.b64encode(gzip.compress(csv.encode(), mtime=0)).decode("ascii")
    return f"data:application/gzip;base64,{packed}"


def read_table_library() -> tuple[str, str]:
    """Return script and style sheet of DataTables (MIT licence), of which itables ships one bundle.

    The bundle is a module that exports its parts; inside a page's own script nothing can import it, so that its main
    part becomes a constant instead.
    """
    folder = resources.files(itables) / "html"
    bundle = (folder / "dt_bundle.js").read_text(encoding="utf-8")
    script, found = re.subn(r"\bexport\{[^}]*?([\w$]+) as default\b[^}]*\};?", r"const DataTable=\1;", bundle)
    if found != 1:
        raise RuntimeError("itables: dt_bundle.js has no single default export; envs/ pins another version")
    # In a page's script this would open a comment.
    script = script.replace("<!--", r"<\!--")
    return script, (folder / "dt_bundle.css").read_text(encoding="utf-8")
