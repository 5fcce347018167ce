"""Where the mesh keeps what it knows: the ports of its stores, SQLite and files behind them, memory for simulations."""
