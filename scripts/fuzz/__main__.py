"""``python -m fuzz TARGET [LIBFUZZER OPTIONS]``: run a target under atheris. `make fuzz` runs all (CONTRIBUTING.md)."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

TARGETS = ("apdu", "image", "stream", "profile")
_ROOT = Path(__file__).parent.parent.parent


def main() -> None:
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is missing: pip install '.[fuzz]'")
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"expected one of {', '.join(TARGETS)}")
    target = sys.argv[1]
    with atheris.instrument_imports(include=["uimkit"]):
        one_input = import_module(f"fuzz.{target}").one_input
    found = _ROOT / "build" / "fuzz" / target
    found.mkdir(parents=True, exist_ok=True)
    corpus = _ROOT / "tests" / "fuzz" / "corpus"
    options = [f"-artifact_prefix={found}/../{target}-", f"-dict={corpus / 'words.dict'}", "-timeout=20"]
    atheris.Setup([sys.argv[0], *options, *sys.argv[2:], str(found), str(corpus / target)], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
