"""One module a verb of the command line; each has ``run``, which takes what was parsed and returns the exit code."""
