"""What the technician runs at the box: watching badges, finding their rules, asking how the box is."""
