"""A report as one HTML file that needs nothing beside it: to read on a screen, to print on A4, to keep."""

from __future__ import annotations

import base64
from html import escape
from string import Template

from .content import Figure, Report, Section, Table
from .style import STYLE

NOTICE = "Research software, not a medical device."
_EXPLANATION = "Nothing on this page may be used to treat a patient unless it has been checked by other means."
# The policy lets a browser load nothing from anywhere: patients' pages stay where they are.
_PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="DosePaintingHRS $version">
<title>$title</title>
<style>
$style</style>
</head>
<body>
<header>
<p class="notice"><strong>$notice</strong> $explanation</p>
<h1>$title</h1>
<dl>
<dt>$subject</dt><dd>$patient</dd>
<dt>Created</dt><dd>$created</dd>
<dt>Software</dt><dd>DosePaintingHRS $version</dd>
</dl>
</header>
<main>
$sections
</main>
<footer><p>DosePaintingHRS $version &middot; $created &middot; $notice</p></footer>
</body>
</html>
""")


def render(report: Report) -> str:
    """Return a report as the text of one HTML file.

    Parameters
    ----------
    report : Report
        What to show; all of its text is taken as plain text, whatever characters it holds.

    Returns
    -------
    str
        An HTML 5 document in UTF-8 with its style and pictures inside, without scripts.
    """
    return _PAGE.substitute(
        title=escape(report.title),
        subject=escape(report.subject),
        patient=escape(report.patient),
        created=escape(report.created),
        version=escape(report.software_version),
        notice=NOTICE,
        explanation=_EXPLANATION,
        style=STYLE,
        sections="\n".join(map(_section, report.sections)),
    )


def _section(section: Section) -> str:
    parts = [f"<h2>{escape(section.title)}</h2>"]
    parts += [f"<p>{escape(text)}</p>" for text in section.paragraphs]
    parts += [_figure(figure) for figure in section.figures]
    if section.table is not None:
        parts.append(_table(section.table))
    return "\n".join(["<section>", *parts, "</section>"])


def _figure(figure: Figure) -> str:
    caption = escape(figure.caption)
    picture = base64.b64encode(figure.png).decode("ascii")
    return (
        f'<figure><img alt="{caption}" src="data:image/png;base64,{picture}">'
        f"{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>"
    )


def _table(table: Table) -> str:
    # A column of numbers is read down its decimal places, so it stands flush right.
    numeric = [bool(table.rows) and all(_is_number(row[column]) for row in table.rows) for column in range(len(table.header))]
    caption = f"<caption>{escape(table.caption)}</caption>\n" if table.caption else ""
    head = "".join(
        f'<th scope="col"{_flush(right)}>{escape(text)}</th>' for text, right in zip(table.header, numeric, strict=True)
    )
    body = "\n".join(_row(row, numeric) for row in table.rows)
    header = f"<thead><tr>{head}</tr></thead>\n" if any(table.header) else ""
    return f'<div class="wide"><table>\n{caption}{header}<tbody>\n{body}\n</tbody></table></div>'


def _row(row: tuple[str, ...], numeric: list[bool]) -> str:
    cells = [
        f'<th scope="row">{escape(text)}</th>' if column == 0 and not right else f"<td{_flush(right)}>{escape(text)}</td>"
        for column, (text, right) in enumerate(zip(row, numeric, strict=True))
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _flush(right: bool) -> str:
    return ' class="number"' if right else ""


def _is_number(text: str) -> bool:
    first = text.split(" ", 1)[0]
    try:
        float(first.replace("−", "-").rstrip("%"))
    except ValueError:
        return False
    return True
