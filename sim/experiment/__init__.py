"""Experiments: the same plan on many days."""
