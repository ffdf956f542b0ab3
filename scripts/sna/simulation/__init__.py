"""Studies in which amplification does nothing, made of a study's own noise: what would its rules say of them?"""
