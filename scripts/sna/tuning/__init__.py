"""Fine-tuning: a model whose weights are trained further on a task's prompts."""
