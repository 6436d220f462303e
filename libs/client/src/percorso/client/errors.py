"""What can go wrong between this client and a Percorso: a tree whose messages are sentences for people.

PercorsoError
├── NoStack       no running local system was found
├── NoToken       the call needs a token that nobody gave
├── Unreachable   the connection broke or timed out: the outcome is unknown
├── Unavailable   429, 502, 503 or 504: unknown or not done, the same call may be made again
├── Failed        another 5xx: the outcome is unknown, and a fault for the operators
├── Refused       the service understood and said no
└── BadAnswer     the answer is not what the contract promises
"""

from percorso.client.problems import Problem


class PercorsoError(Exception):
    """Carry one sentence that a user can act on; it never holds an identifier of a person."""


class NoStack(PercorsoError):
    """No running local system was found."""


class NoToken(PercorsoError):
    """The call needs a token that nobody gave."""


class Unreachable(PercorsoError):
    """The connection broke or timed out: the outcome of the call is unknown."""


class Unavailable(PercorsoError):
    """The service cannot now; making the same call again is safe."""

    def __init__(self, sentence: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s


class Failed(PercorsoError):
    """The service failed with a status that no client can mend: the outcome is unknown."""


class Refused(PercorsoError):
    """The service understood the call and said no; `problem` says why, `body` is its full answer."""

    def __init__(self, sentence: str, *, status: int, problem: Problem, body: bytes = b"") -> None:
        super().__init__(sentence)
        self.status = status
        self.problem = problem
        self.body = body


class BadAnswer(PercorsoError):
    """The answer is not what the contract promises: another server, or another version."""
