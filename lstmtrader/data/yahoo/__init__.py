"""Yahoo: the source, and the prices it fills a store with."""
