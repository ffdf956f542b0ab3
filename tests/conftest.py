"""What holds for all tests."""

from hypothesis import settings

# A test that is slow once, on a busy machine, is not a wrong one.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
