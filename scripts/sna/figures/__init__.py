"""What the figures share: their style, their panels and the placing of labels."""
