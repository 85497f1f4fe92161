"""What a benchmark starts as a process of its own: a peer, driven from its documentation.

These modules run in the peers' environment too, where nothing of ours is installed: they import
the standard library, each other, and a peer when it is asked for.
"""
