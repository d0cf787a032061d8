"""Fails before there is a SparkContext."""
raise RuntimeError("no such table: settlements")
