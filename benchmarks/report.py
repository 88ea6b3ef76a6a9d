"""The results as Markdown, and as a chart in SVG."""

import cProfile
import platform
import pstats
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import psycopg
import pydantic
from measuring import AGAIN, OURS, Comparison, Measured

DOCS = Path(__file__).parent.parent / "docs"
PROFILED, LINES = 2.0, 6  # seconds, and the number of functions to show
LEFT, WIDTH, BAR = 420, 900, 16  # of the chart, in pixels

_profiles: dict[str, list[str]] = {}


def table(measured: Measured) -> str:
    """Return the ways of one comparison."""
    comparison = measured.comparison
    lines = [
        f"### {comparison.name}",
        "",
        "| way | µs each | ratio | spread |",
        "|---|---|---|---|",
    ]
    for way in sorted(measured.times, key=measured.ratio):
        lines.append(
            f"| {f'**{way}**' if way == OURS else way} | {measured.microseconds(way):.2f}"
            f" | {measured.ratio(way):.2f} | ±{measured.spread(way):.2f} |"
        )
    return "\n".join([*lines, ""])


def remember_profile(comparison: Comparison) -> None:
    """Profile our way, by function."""
    profile, end = cProfile.Profile(), time.perf_counter() + PROFILED
    while time.perf_counter() < end:
        profile.runcall(comparison.ways[OURS])
    stats = pstats.Stats(profile)
    entries: Mapping[tuple[str, int, str], tuple[float, ...]] = stats.stats  # type: ignore[attr-defined]
    total = sum(entry[2] for entry in entries.values())
    top = sorted(entries.items(), key=lambda item: -item[1][2])[:LINES]
    _profiles[comparison.name] = [
        f"{entry[2] / total:.0%} `{Path(file).name}:{function}`"
        for (file, _, function), entry in top
    ]


def write(results: Mapping[str, list[Measured]]) -> None:
    """Write docs/benchmarks.md and docs/benchmarks.svg."""
    measured = [one for group in results.values() for one in group]
    (DOCS / "benchmarks.svg").write_text(chart(measured))
    (DOCS / "benchmarks.md").write_text("\n".join(_page(results, measured)))


def _page(results: Mapping[str, list[Measured]], measured: list[Measured]) -> Iterator[str]:
    versions = f"CPython {platform.python_version()}, psycopg {psycopg.__version__}, pydantic {pydantic.VERSION}"
    yield from (
        "# Benchmarks",
        "",
        f"This page was written by `make bench` on {datetime.now(UTC):%Y-%m-%d}, with {versions}. A comparison has",
        "several ways to do the same work, which take turns in one run. The first way is 1.00. Ratios are ratios of",
        "medians. The spread is half of the interquartile range. The noise is the ratio of the first way when it is",
        "measured a second time. Times are processor time of client and server; for pipelines and notifications they",
        "are elapsed time.",
        "`python benchmarks --compare CHECKOUT` compares two commits.",
        "",
        "![The time of each way, compared with the same work by hand](benchmarks.svg)",
        "",
        "| work | ratio | spread | noise | goal | |",
        "|---|---|---|---|---|---|",
    )
    for one in measured:
        if OURS in one.times:
            goal = one.comparison.goal
            verdict = "" if goal is None else "**missed**" if one.misses else "reached"
            yield (
                f"| {one.comparison.name} | {one.ratio(OURS):.2f} | ±{one.spread(OURS):.2f}"
                f" | {one.ratio(AGAIN):.2f} | {'' if goal is None else f'{goal:.2f}'} | {verdict} |"
            )
    yield ""
    if _profiles:
        yield from ("## Profiles of those that miss their goal", "")
        yield from (
            "Measured with cProfile, which makes Python calls more expensive than they are.",
            "",
        )
        for name, lines in _profiles.items():
            yield f"- {name}: {', '.join(lines)}"
        yield ""
    for group, ones in results.items():
        yield from (f"## {group.capitalize()}", "")
        yield from map(table, ones)


def chart(measured: list[Measured]) -> str:
    """Return a bar for each way, as long as its time, with a line at 1.00."""
    scale, top = (WIDTH - LEFT - 60) / 4, 10
    parts: list[str] = []
    for one in measured:
        if OURS not in one.times:
            continue
        parts.append(
            f'<text x="0" y="{top + 12}" class="name">{escape(one.comparison.name)}</text>'
        )
        top += 20
        for way in (way for way in one.times if way != AGAIN):
            ratio = one.ratio(way)
            kind = "ours" if way == OURS else "other"
            parts += [
                f'<text x="{LEFT - 8}" y="{top + 12}" class="way">{escape(way)}</text>',
                f'<rect x="{LEFT}" y="{top}" width="{min(ratio, 4) * scale:.0f}" height="{BAR - 3}"'
                f' class="{kind}"/>',
                f'<text x="{LEFT + min(ratio, 4) * scale + 5:.0f}" y="{top + 12}">{ratio:.2f}</text>',
            ]
            top += BAR
        top += 10
    line = (
        f'<line x1="{LEFT + scale:.0f}" y1="0" x2="{LEFT + scale:.0f}" y2="{top}" stroke="#888"/>'
    )
    style = (
        "text{font:12px sans-serif;fill:#777}.name{font-weight:bold}.way{text-anchor:end}"
        ".ours{fill:#2a7}.other{fill:#9ab}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}">'
        f"<style>{style}</style>\n" + "\n".join([*parts, line]) + "\n</svg>\n"
    )
