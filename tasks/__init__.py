"""Steps (fetch, think, store) with their retry policy, and the doors to the outside."""
