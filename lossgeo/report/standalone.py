"""Interactive figures as pages of their own: one file each, which opens offline and fetches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossgeo.report.mathematics import inline
from lossgeo.report.text import escape

if TYPE_CHECKING:
    import plotly.graph_objects as go

POLICY = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:"
"""The page's security policy: its own code runs, nothing is fetched. Shaders need `eval`, scripts set styles."""

CONFIG = {"displaylogo": False, "responsive": True, "showSendToCloud": False}
"""Options of plotly, without the button that would upload the figure."""

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
