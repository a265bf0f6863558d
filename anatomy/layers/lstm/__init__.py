"""LSTM: gates that decide what a cell state forgets, takes in and shows."""
