"""An interactive figure as a page of its own: one file that opens offline and asks for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossgeo.report.mathematics import inline
from lossgeo.report.text import escape

if TYPE_CHECKING:
    import plotly.graph_objects as go

POLICY = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:"
"""The page may run what is in it and reach nothing: shaders are compiled with `eval`, styles are set by scripts."""

CONFIG = {"displaylogo": False, "responsive": True, "showSendToCloud": False}
"""Without the button that would upload the figure."""

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
html, body {{ height: 100%; margin: 0; font: 14px/1.45 system-ui, sans-serif; color: #3b3b3b; }}
body {{ display: flex; flex-direction: column; }}
figure {{ flex: 1; min-height: 0; margin: 0; }}
p {{ margin: 0; padding: 0.8em 1.2em; max-width: 60em; }}
</style>
</head>
<body>
<figure>{drawing}</figure>
<p>{caption}</p>
</body>
</html>
"""


def standalone(fig: go.Figure, title: str, caption: str) -> str:
    """The page with `fig` above its `caption`; the same figure gives the same page."""
    drawing = fig.to_html(
        full_html=False,
        include_plotlyjs=True,
        div_id="figure",
        default_height="100%",
        config=CONFIG,
    )
    return PAGE.format(policy=POLICY, title=escape(title), drawing=drawing, caption=inline(caption))
