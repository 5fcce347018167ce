"""The voice twin: remembers what was said."""

from hal.ports.errors import DeviceLostError
from hal.ports.voice import Phrases, Sentence


class SimVoice:
    """`said` is each saying, as words; `sentences` the latest one."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.sentences: tuple[Sentence, ...] = ()
        self._plugged = True

    def say(self, sentences: tuple[Sentence, ...], phrases: Phrases) -> None:
        """Raises `DeviceLostError` while unplugged."""
        if not self._plugged:
            raise DeviceLostError("voice", "unplugged")
        self.sentences = sentences
        if sentences:
            self.said.append(" ".join(phrases.phrase(sentence) for sentence in sentences))

    async def aclose(self) -> None:
        """Silent."""
        self.sentences = ()

    def unplug(self) -> None:
        """Fault: no sound card."""
        self._plugged = False
