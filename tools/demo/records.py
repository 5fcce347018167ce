"""The audit records of a demonstration, verified as anybody can verify them: with the CA's certificate alone."""

from pathlib import Path

from firmware.audit.verify import Report, verify_path
from firmware.vault.identity import TrustAnchor
from tools.edgemesh.audits import DIRECTORY
from tools.edgemesh.process import all_roles
from tools.edgemesh.site import Site


def verified(site: Site, station: Path) -> list[Report]:
    """The station's and every role's, each held against what the others remember of it."""
    anchor = TrustAnchor(site.ca_file.read_bytes())
    places = [station, *(site.path(role) / DIRECTORY for role in all_roles(site))]
    witnessed = [seen for place in places for seen in verify_path(place, anchor).witnessed]
    return [verify_path(place, anchor, witnessed=witnessed) for place in places]
