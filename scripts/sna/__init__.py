"""Selective Neuron Amplification: the library that the workflow's scripts share.

Imports run one way: ``errors`` and ``files`` know nothing of the rest; ``inputs`` and ``tables`` describe what goes in
and out; ``model`` and ``engine`` do the arithmetic; ``statistics``, ``verdicts`` and ``report`` read tables only, and
never load a model.
"""
