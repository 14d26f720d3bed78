"""How a report looks: on a light or dark screen, and on A4."""

STYLE = """\
:root {
  color-scheme: light dark;
  --ink: #1b2430; --soft: #5b6878; --line: #d8dee6; --paper: #ffffff; --page: #f3f5f8; --accent: #0f5c8c;
  --warn-ink: #6b3d00; --warn-paper: #fff4dc; --warn-line: #e2a63b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4e9f0; --soft: #9aa7b8; --line: #323d4b; --paper: #171d26; --page: #0e1218; --accent: #6bb8ea;
    --warn-ink: #ffdf9e; --warn-paper: #33270f; --warn-line: #a97821;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.75rem 2.25rem; max-width: 62rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
html { background: var(--page); }
.notice {
  margin: 0 0 1.5rem; padding: .6rem .9rem; border: 1px solid var(--warn-line); border-left-width: 5px; border-radius: 4px;
  background: var(--warn-paper); color: var(--warn-ink);
}
h1 { margin: 0 0 .75rem; font-size: 1.7rem; line-height: 1.2; letter-spacing: -.01em; }
h2 {
  margin: 2rem 0 .6rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line);
  color: var(--accent); font-size: 1.15rem;
}
p { margin: .4rem 0; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1.2rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 1rem 0; break-inside: avoid; }
figure img { display: block; width: 100%; height: auto; border-radius: 4px; }
figcaption, caption { color: var(--soft); font-size: .9em; text-align: left; }
figcaption { margin-top: .4rem; }
caption { padding: 0 0 .4rem; }
.wide { margin: 1rem 0; overflow-x: auto; }
table { min-width: 60%; border-collapse: collapse; }
th, td { padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid var(--line); color: var(--soft); font-weight: 600; }
tbody th { font-weight: 500; }
td { font-variant-numeric: tabular-nums; }
.number { text-align: right; padding-right: .2rem; padding-left: .8rem; }
tr { break-inside: avoid; }
footer { margin-top: 2.5rem; padding-top: .6rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .85em; }
@page { size: A4; margin: 11mm 13mm; }
@media print {
  :root {
    color-scheme: light;
    --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --page: #fff; --accent: #000;
    --warn-ink: #000; --warn-paper: #fff; --warn-line: #000;
  }
  body { padding: 0; max-width: none; font-size: 8pt; line-height: 1.25; }
  .notice { margin-bottom: .8rem; padding: .3rem .6rem; }
  h1 { margin-bottom: .4rem; font-size: 15pt; }
  h2 { margin: .6rem 0 .25rem; font-size: 10.5pt; break-after: avoid; }
  p { margin: .1rem 0; }
  figure, .wide { margin: .35rem 0; }
  figure img { max-height: 95mm; width: auto; max-width: 100%; }
  table { break-inside: avoid; }
  caption { padding-bottom: .1rem; }
  th, td { padding-top: .12rem; padding-bottom: .12rem; }
  footer { margin-top: 1rem; }
  figure img { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
