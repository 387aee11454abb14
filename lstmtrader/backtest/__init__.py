"""From target weights to an account whose every fill can be explained."""
