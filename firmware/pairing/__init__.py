"""How a box, a computer or a node joins an organisation, stays in it from day to day, and leaves it."""
