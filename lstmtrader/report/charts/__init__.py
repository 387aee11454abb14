"""Charts of the tear sheet: pure functions from plain tables to figures.

A function that has nothing to draw returns None, and the page leaves its box out.
"""
