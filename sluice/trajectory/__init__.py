"""How well the calls that were made match the calls that were expected."""
