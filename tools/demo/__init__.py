"""The main job on embedded defaults: a mesh, a printer, a station and a person, on this machine."""
