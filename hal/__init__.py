"""What the board can do: ports, drivers, twins. Knows no users, jobs or mesh."""
