"""The panel: what a person sees and touches at the station, as a local web page; and what it says of them, never."""
