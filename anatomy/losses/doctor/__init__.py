"""The loss doctor: what cannot work in an output layer, its loss and its targets."""
