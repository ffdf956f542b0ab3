"""The packages that a process has loaded, whatever its code names."""

import sys
from importlib.metadata import Distribution, distributions

from sna.provenance.packages import normalize


def loaded_packages() -> dict[str, str]:
    """Return the versions of the installed packages of which this process has imported something, by name."""
    loaded = {name.partition(".")[0] for name in list(sys.modules)}
    found: dict[str, str] = {}
    for distribution in distributions():
        # To read its name and version takes longer.
        if not loaded.isdisjoint(_modules(distribution)):
            # Of two of one name Python imports from the one that comes first.
            found.setdefault(normalize(distribution.name), distribution.version)
    return dict(sorted(found.items()))


def _modules(distribution: Distribution) -> set[str]:
    """Return the names that a distribution has at the top of where it is installed."""
    listed = distribution.read_text("top_level.txt")
    if listed:
        return set(listed.split())
    files = (distribution.read_text("RECORD") or "").splitlines()
    return {file.partition(",")[0].partition("/")[0].partition(".")[0] for file in files}
