"""The frame of our own pages: plain HTML, no script, nothing from another host."""

from html import escape

PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
code, pre { font: 14px/1.45 ui-monospace, monospace; }
h2 { margin-top: 2.5rem; font-size: 1.1rem; }
h2 b { display: inline-block; min-width: 3.2rem; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid #8884; padding: .3rem .8rem .3rem 0; vertical-align: top; }
td:first-child { white-space: nowrap; width: 12rem; }
pre { background: #8881; padding: .8rem; overflow-x: auto; }
"""

_FRAME = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
<h1>{title}</h1>
{body}
</html>
"""


def render_frame(title: str, body: str) -> str:
    """One of our pages; the body is HTML already, the title is text."""
    return _FRAME.format(title=escape(title), style=_STYLE, body=body)
