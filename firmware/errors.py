"""The root of every error the firmware raises: a stable code, what to do about it, and no secret in the text."""


class LockgateError(Exception):
    """`code` is stable and documented in docs/errors.md; `detail` is safe to log."""

    code = "internal"

    def __init__(self, detail: str = "", *, code: str | None = None) -> None:
        if code is not None:
            self.code = code
        super().__init__(f"{self.code}: {detail}" if detail else self.code)
        self.detail = detail
