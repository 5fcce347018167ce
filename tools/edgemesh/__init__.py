"""The reference edge mesh: a real server with three roles (job-key vault, holding node, org key service)."""
