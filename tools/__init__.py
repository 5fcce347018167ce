"""Tools for people who build, test and run Lockgate."""
