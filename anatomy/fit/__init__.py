"""The fit: its history, the loop that it goes round, and one step of it."""
