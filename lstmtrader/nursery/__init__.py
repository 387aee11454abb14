"""Fresh processes, at once: a nursery has imported the libraries, and forks whenever one is wanted.

::

    beginning    the parent's end: have a fresh process call a function
    serving      the nursery itself
"""
