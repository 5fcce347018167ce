"""Programs nobody here wrote, run privately as peers: printers and print servers to test and measure against."""
