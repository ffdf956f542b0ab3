"""What the stages between the engine and the statistics compute."""
