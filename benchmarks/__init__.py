"""Measurements that print what was measured beside what is expected; nothing here is part of the tests."""
