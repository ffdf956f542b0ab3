"""Selective Neuron Amplification: the library that the workflow's scripts share.

Imports run one way: ``errors`` and ``files`` know nothing of the rest; ``config``, ``tasks`` and ``tables`` describe
what goes in and out; the model modules (``families`` to ``engine``) do the arithmetic; ``statistics``, ``claims`` and
``report`` read tables only, and never load a model.
"""
