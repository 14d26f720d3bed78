"""The page as a browser takes it: parsed by a parser that did not write it."""

from __future__ import annotations

import base64
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from dosepainting_hrs.report.content import Figure, Report, Section, Table
from dosepainting_hrs.report.html import render

# The smallest PNG there is: one grey pixel (PNG specification, chunks IHDR, IDAT, IEND).
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==")
_VOID = {"meta", "img", "link", "br", "hr", "input"}


class Page(HTMLParser):
    """Collects texts by element, attributes by element, and elements left open or closed out of turn."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.faults: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data.strip()))

    def of(self, tag: str) -> list[str]:
        return [text for element, text in self.texts if element == tag]


def page(*sections: Section, title: str = "HRS of the demo", patient: str = "P1") -> Page:
    report = Report(title=title, patient=patient, created="2025-01-01 12:00", software_version="0.1.0", sections=sections)
    return Page(render(report))


def test_says_what_it_is_whose_and_when() -> None:
    read = page()
    assert read.of("h1") == ["HRS of the demo"]
    assert read.of("dd") == ["P1", "2025-01-01 12:00", "DosePaintingHRS 0.1.0"]
    assert read.of("strong") == ["Research software, not a medical device."]


def test_every_element_is_closed_in_turn() -> None:
    full = Section(
        title="a",
        paragraphs=("b",),
        table=Table(header=("c",), rows=(("d",),), caption="e"),
        figures=(Figure(caption="f", png=PNG),),
    )
    read = page(full, full)
    assert read.open == []
    assert read.faults == []
    assert read.of("h2") == ["a", "a"]


@pytest.mark.parametrize(
    "nasty", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "$title & ${style}", "GTV <5 ml"]
)
def test_text_stays_text_wherever_it_stands(nasty: str) -> None:
    """Names in DICOM files may hold any character; none may become markup or a placeholder."""
    table = Table(header=(nasty,), rows=((nasty,),), caption=nasty)
    section = Section(title=nasty, paragraphs=(nasty,), table=table, figures=(Figure(caption=nasty, png=PNG),))
    read = page(section, title=nasty, patient=nasty)
    for tag in ("title", "h1", "h2", "p", "caption", "figcaption"):
        assert nasty in read.of(tag)
    assert read.of("th") == [nasty, nasty]
    tags = [tag for tag, _ in read.elements]
    assert "script" not in tags
    assert tags.count("img") == 1


def test_pictures_lie_inside_and_nothing_comes_from_elsewhere() -> None:
    section = Section(title="a", figures=(Figure(caption="HRS in red", png=PNG),))
    read = page(section)
    (image,) = [attributes for tag, attributes in read.elements if tag == "img"]
    assert image["alt"] == "HRS in red"
    kind, _, data = str(image["src"]).partition(",")
    assert (kind, base64.b64decode(data)) == ("data:image/png;base64", PNG)
    addresses = [value for _, attributes in read.elements for name, value in attributes.items() if name in ("src", "href")]
    assert [one for one in addresses if not str(one).startswith("data:")] == []
    (style,) = read.of("style")
    assert "url(" not in style
    assert "@import" not in style


def test_a_column_of_numbers_stands_flush_right_and_one_of_words_does_not() -> None:
    rows = (("GTV", "30.82 ml", "1.2"), ("HRS", "-6.48 ml", "none"))
    read = page(Section(title="a", table=Table(header=("region", "volume", "Dice"), rows=rows)))
    cells = [(tag, attributes.get("class")) for tag, attributes in read.elements if tag in ("th", "td")]
    assert cells == [
        ("th", None),
        ("th", "number"),
        ("th", None),
        *[("th", None), ("td", "number"), ("td", None)] * 2,
    ]


def test_a_table_without_headings_has_no_header_line() -> None:
    read = page(Section(title="a", table=Table(header=("", ""), rows=(("Dice", "0.9"),))))
    assert "thead" not in [tag for tag, _ in read.elements]
    assert read.of("td") == ["0.9"]


def test_looks_right_on_paper_and_on_dark_screens() -> None:
    (style,) = page().of("style")
    for rule in ("@page { size: A4", "@media print", "@media (prefers-color-scheme: dark)"):
        assert rule in style


def test_needs_no_drawing_or_template_library() -> None:
    """The report is written without pictures when the report extra is absent."""
    code = (
        "import sys\n"
        "for name in ('matplotlib', 'jinja2'): sys.modules[name] = None\n"
        "from dosepainting_hrs.report.html import render\n"
        "from dosepainting_hrs.report.content import Report\n"
        "print(render(Report(title='t', patient='p', created='c', software_version='v', sections=()))[:15])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("<!DOCTYPE html>", "")
