"""What writes the pictures and tables of the pages; the pages themselves are Markdown."""
