"""How fast and how lean, as ratios against peers measured in the same run on the same machine."""
