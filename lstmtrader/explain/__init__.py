"""What a trained network looks at and remembers: gates, memory, attribution, gradients.

::

    choice       which forecast is meant: symbol, bar, fold
    fits         the network that made it, from the cache or fitted again
    reading      a test slice, as the network reads it
    cells        the gates of a recurrent layer, step by step
    gates        the gates along one window, and the memory they make
    attribution  feature x lag, by integrated gradients
    importance   what permuting a feature costs
    gradients    how far back the gradient reaches
    explaining   all of it together
"""
