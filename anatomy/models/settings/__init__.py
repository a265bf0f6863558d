"""What a layer was made with and called with, as text."""
