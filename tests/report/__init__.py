"""Tests of the words and tables of results."""
