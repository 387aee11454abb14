"""Prices from CSV and Parquet files."""
