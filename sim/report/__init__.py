"""From a summary to what a person reads: tables for the terminal, JSON and CSV."""
