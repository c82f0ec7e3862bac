"""The proof of a profile: its parts, in one process or several, and what comes of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from uimkit.oneway.policy import EF_ADN, EF_EXT1, EF_LND
from uimkit.profile.build import CardProfile
from uimkit.prover.account import CLAIMS
from uimkit.prover.counterexample import Counterexample
from uimkit.prover.leaks import Leak, declared_leaks
from uimkit.prover.model import RECORD, Size, reduce
from uimkit.prover.parts import PartResult, every_command, everything_around, reading_and_writing
from uimkit.prover.workers import Progress, run_jobs

COMPLETE = Size(2, 1)
MIRRORS = (Size(2, 2), Size(3, 1))
DEEP, CHAINS = Size(2, 2), Size(1, 3)
_COVERED = frozenset({EF_ADN, EF_EXT1, EF_LND})


@dataclass
class Proof:
    """What was proven of a profile, part by part; ``missing`` are parts that were to be visited and have no result.
    ``seconds`` are of the clock on the wall.
    """

    profile: str
    parts: list[PartResult]
    leaks: list[Leak]
    seconds: float
    missing: Sequence[str] = ()

    @property
    def counterexamples(self) -> dict[str, Counterexample]:
        """The shortest one of each claim that does not hold; of equal ones one that is known to be shortest."""
        found: dict[str, Counterexample] = {}
        for part in self.parts:
            for claim, example in part.counterexamples.items():
                if claim not in found or _merit(example) < _merit(found[claim]):
                    found[claim] = example
        return {claim: found[claim] for claim in CLAIMS if claim in found}

    @property
    def refuted(self) -> dict[str, str]:
        """Each claim that does not hold, and what was seen against it; not of each there is a script."""
        found: dict[str, str] = {}
        for part in self.parts:
            found = {**part.refuted, **found}
        found |= {claim: example.what for claim, example in self.counterexamples.items()}
        return {claim: found[claim] for claim in CLAIMS if claim in found}

    @property
    def open_points(self) -> list[str]:
        """Why the proof does not stand for the whole; empty when it does."""
        reasons = [reason for part in self.parts for reason in part.open_points]
        scripts = self.counterexamples
        reasons += [f"{claim} does not hold, but no script shows it" for claim in self.refuted if claim not in scripts]
        return reasons + [f"the part on {name} was left out" for name in self.missing]

    @property
    def complete(self) -> bool:
        """Whether every part's lists were emptied, and every reduction was seen to be sound."""
        return not self.open_points

    @property
    def holds(self) -> bool:
        return not self.refuted

    @property
    def states(self) -> int:
        return sum(part.states for part in self.parts)

    @property
    def transitions(self) -> int:
        return sum(part.transitions for part in self.parts)

    def document(self) -> dict[str, object]:
        """What ``prove --json`` prints."""
        first = next(iter(self.counterexamples.values()), None)
        return {
            "profile": self.profile,
            "holds": self.holds,
            "complete": self.complete,
            "states": self.states,
            "transitions": self.transitions,
            "seconds": round(self.seconds, 1),
            "model": {
                "parts": [
                    {"name": p.name, "states": p.states, "transitions": p.transitions, "seconds": round(p.seconds, 1)}
                    for p in self.parts
                ],
                "record_length": RECORD,
                "not_complete": self.open_points,
            },
            "declared_leaks": [
                {"what": leak.what, "script": ["reset" if a is None else a.hex().upper() for a in leak.script]}
                for leak in self.leaks
            ],
            "counterexample": first.as_hex if first else None,
            "claims": {claim: self._verdict(claim) for claim in CLAIMS},
        }

    def _verdict(self, claim: str) -> dict[str, object]:
        example = self.counterexamples.get(claim)
        return {
            "holds": claim not in self.refuted,
            "counterexample": example.as_hex if example else None,
            "contents": [content.as_hex() for content in example.contents] if example else None,
            "what": self.refuted.get(claim),
            "shortest": example.how_short if example else None,
        }


def _merit(example: Counterexample) -> tuple[int, bool]:
    return len(example.script), not example.shortest


def prove(
    profile: CardProfile,
    *,
    deep: bool = False,
    sizes: Sequence[Size] = (),
    workers: int = 2,
    progress: Progress = lambda part, states, transitions: None,
) -> Proof:
    """Prove P1 to P5 for small cards of a profile, or find what breaks them (docs/proof.md).

    The default parts are always there; ``deep`` and ``sizes`` add to them. Raises ProfileError when the profile has
    nothing to prove, or protects what the proof does not cover.
    """
    started = time.monotonic()
    _require_covered(profile)
    jobs: list[Callable[[Progress], PartResult]] = [partial(everything_around, profile)]
    jobs += [partial(reading_and_writing, profile, MIRRORS[0]), partial(every_command, profile, COMPLETE)]
    jobs += [partial(reading_and_writing, profile, size) for size in (*MIRRORS[1:], *sizes)]
    if deep:
        jobs = [partial(every_command, profile, DEEP), partial(reading_and_writing, profile, CHAINS), *jobs]
    parts = run_jobs(jobs, workers, progress)
    leaks = declared_leaks(reduce(profile, COMPLETE))
    return Proof(profile.name, parts, leaks, time.monotonic() - started, _missing(parts))


def _missing(parts: Sequence[PartResult]) -> list[str]:
    """The parts of every proof that have no result."""
    wanted = ["1 x 1 records", f"{COMPLETE} records, every", *(f"{size} records, reading" for size in MIRRORS)]
    return [name for name in wanted if not any(part.name.startswith(name) and part.states for part in parts)]


def _require_covered(profile: CardProfile) -> None:
    reduce(profile, COMPLETE)
    for path in sorted(profile.product.policy.protected):
        if path not in _COVERED:
            raise profile.error(
                ("oneway", "protected"), f"found {path}; the proof covers {', '.join(sorted(_COVERED))} only"
            )
