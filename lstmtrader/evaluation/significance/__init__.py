"""How much of an account could be luck: sampling error, trials, seeds, and the alternatives."""
