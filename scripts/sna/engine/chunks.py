"""How much is computed at once: enough to fill the device's products, as little as its caches or its memory ask for."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Chunks:
    """How much is computed at once.

    Attributes
    ----------
    rows : int
        Rows that are multiplied by a weight.
    tile : int
        Vocabulary entries whose logits are held, for that many rows.
    held : int
        Bytes of residual stream, over all variants and inputs of a sweep.
    """

    rows: int
    tile: int
    held: int

    def times(self, factor: int) -> "Chunks":
        """Return chunks that are larger by a factor.

        Parameters
        ----------
        factor : int

        Returns
        -------
        Chunks
        """
        return Chunks(self.rows * factor, self.tile * factor, self.held * factor)


#: Of one core: rows fill a product, and what it reads and writes stays in the cache.
CPU = Chunks(rows=2**10, tile=2**10, held=2**27)
# A GPU takes up to so many times as much; more makes its products no faster.
_LARGEST = 8
# For each time as much it has so many bytes of memory: most stay free, for the weights and for other jobs.
_PER_TIME = 2**31


def chunks_on(device: torch.device) -> Chunks:
    """Return how much is computed at once on a device.

    What counts is all of a GPU's memory, not what is free of it now: products of other sizes are rounded otherwise, and
    the same sweep is to give the same bytes whoever else uses the GPU.

    Parameters
    ----------
    device : torch.device

    Returns
    -------
    Chunks
    """
    if device.type != "cuda":
        return CPU
    memory = torch.cuda.get_device_properties(device).total_memory
    return CPU.times(min(_LARGEST, max(1, memory // _PER_TIME)))
