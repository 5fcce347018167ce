"""The one language of lights, sounds and sentences: pure data, for drivers and for the published page."""
