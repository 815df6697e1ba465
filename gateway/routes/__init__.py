"""One route at work: when it runs, which files it finds, whose turn it is, when it tries again."""
