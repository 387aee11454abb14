"""Long tables as they come: rows of symbols and times, read leniently, column by column."""
