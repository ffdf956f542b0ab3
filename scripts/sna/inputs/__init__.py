"""What people write, and what is refused: the configuration, the tasks, and every YAML file."""
