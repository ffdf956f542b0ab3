"""Models and reviews from packages, the hub and local folders."""
