"""Files that a researcher starts from: a project, and classes of one's own with their tests."""
