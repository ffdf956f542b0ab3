"""The explorer's screens, a file each, and what they share."""
