"""Who plays in the tests: people who take their time, so that a slow machine ends nobody's visit."""

from dataclasses import replace

from tools.panel.cast import CAST, Person

SLOW = 3600
ADA, BEN, CHLOE, DIEGO, YUKI, AMAL = (replace(person, idle_seconds=SLOW) for person in CAST)

EVE = Person("eve", "04A5E5F601", idle_seconds=SLOW)
FINN = Person("finn", "04A5E5F602", idle_seconds=SLOW)
GINA = Person("gina", "04A5E5F603", idle_seconds=SLOW, takes_all=True)
HAL = Person("hal", "04A5E5F605", idle_seconds=SLOW, takes_all=True)
INES = Person("ines", "04A5E5F606", idle_seconds=SLOW, takes_all=True)
WALKER = Person("walker", "04A5E5F604", idle_seconds=3)
"""Goes away: their site lets them stand there for three seconds, and the station for thirty."""

ALL = (ADA, BEN, CHLOE, DIEGO, YUKI, AMAL, EVE, FINN, GINA, HAL, INES, WALKER)
