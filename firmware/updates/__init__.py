"""Updates of the whole system: what is offered, when it is put in, whether it stays."""
