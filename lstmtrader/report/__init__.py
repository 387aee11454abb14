"""The tear sheet: one offline HTML file."""
