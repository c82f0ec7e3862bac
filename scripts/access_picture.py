"""Draws docs/access.svg: who may do what on the one-way card, from the policy itself."""

from __future__ import annotations

from html import escape
from pathlib import Path

from uimkit.profile.access import NOT_THERE, Row, access_matrix
from uimkit.profile.load import load_profile

PICTURE = Path(__file__).parents[1] / "docs" / "access.svg"
PROFILE = "china-telecom-oneway"
ROW, NAME, CELL, HEAD = 17, 170, 132, 64
SHOWN = ("read", "seek", "update")
COLOURS = {"ALW": "#d7f0d2", "CHV1": "#e6f3fb", "CHV2": "#cfe3f3", "ADM": "#ececec", "NEV": "#dcdcdc", "-": "#ffffff"}
MIRROR, HIDDEN = "#ffe3a8", "#f6c9c4"


def picture() -> str:
    """The matrix as SVG, without a font or picture from elsewhere."""
    rows = access_matrix(load_profile(PROFILE))
    pairs = list(zip(rows[::2], rows[1::2], strict=True))
    width, height = NAME + 2 * len(SHOWN) * CELL + 20, HEAD + ROW * len(pairs) + 20
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        f"<title>Access to the files of {PROFILE}, by side</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for side, title in enumerate(("a GSM or PHS phone (restricted)", "a CDMA phone, after its evidence")):
        x = NAME + side * len(SHOWN) * CELL
        lines.append(f'<text x="{x + 4}" y="24" font-size="14" font-weight="bold">{title}</text>')
        lines += [
            f'<text x="{x + i * CELL + 4}" y="{HEAD - 10}" font-weight="bold">{operation.upper()}</text>'
            for i, operation in enumerate(SHOWN)
        ]
    for number, pair in enumerate(pairs):
        y = HEAD + number * ROW
        lines.append(f'<text x="8" y="{y + 12}">{escape(pair[0].name)} {pair[0].path[-9:]}</text>')
        for side, row in enumerate(pair):
            lines += [
                cell(row, operation, NAME + (side * len(SHOWN) + i) * CELL, y) for i, operation in enumerate(SHOWN)
            ]
    return "\n".join([*lines, "</svg>"]) + "\n"


def cell(row: Row, operation: str, x: int, y: int) -> str:
    text = row.effects[operation]
    condition = "ADM" if text.startswith("ADM") else text
    colour = HIDDEN if text == NOT_THERE else MIRROR if ":" in text else COLOURS[condition]
    box = f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="{ROW - 2}" fill="{colour}"/>'
    return f'{box}<text x="{x + 4}" y="{y + 12}">{escape(text)}</text>'


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
