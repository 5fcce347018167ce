"""The desk: people, badges, PINs, codes, delegations and the sessions of whoever stands at a station."""
