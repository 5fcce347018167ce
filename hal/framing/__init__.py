"""Sans-IO codecs: bytes in, values out; no sockets, no files, no clocks."""
