"""One layer as it is: shapes, weights, parameters, state, and the call that creates it."""
