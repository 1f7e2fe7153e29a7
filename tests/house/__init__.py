"""The house rules that no other test would miss: pins and layers."""
