"""CTC: the loss of a label whose places in the sequence nobody knows."""
