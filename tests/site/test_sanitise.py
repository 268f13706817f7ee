"""What is kept of rendered Markdown, and what goes."""

from __future__ import annotations

import pytest

from milestones.site.sanitise import clean

KEPT = [
    '<h2 id="a">A<a class="headerlink" href="#a" title="Permanent link">¶</a></h2>',
    '<div class="highlight"><pre><span></span><code><span class="k">def</span></code></pre></div>',
    '<div class="admonition note"><p class="admonition-title">Note</p></div>',
    '<details class="tip" open=""><summary>More</summary></details>',
    '<div class="tabbed-set" data-tabs="1:2"><input checked="checked" id="__tabbed_1_1" name="__tabbed_1" '
    'type="radio"><label for="__tabbed_1_1">A</label></div>',
    '<ul class="task-list"><li class="task-list-item"><input type="checkbox" disabled="" checked=""> x</li></ul>',
    '<table><thead><tr><th align="right">a</th></tr></thead></table>',
    '<p>a cell with style="text-align: right;" is to the right</p>',
    '<span class="twemoji"><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
    '<path d="M0 0h1z"></path></svg></span>',
    '<sup id="fnref:1"><a class="footnote-ref" href="#fn:1">1</a></sup>',
    '<span class="arithmatex">\\(x^2\\)</span>',
    '<a href="../other/">x</a><a href="https://example.org/?a=1&amp;b=2">y</a><a href="mailto:a@example.org">z</a>',
    '<img alt="A" src="a.png" loading="lazy">',
    "<p>{{slot:header}}</p>",
    '<abbr title="x">y</abbr><kbd>Ctrl</kbd><mark>m</mark><del>d</del><sub>1</sub>',
]


@pytest.mark.parametrize("html", KEPT)
def test_kept(html: str) -> None:
    assert clean(html) == html


def test_alignment_needs_no_inline_style() -> None:
    assert clean('<table><tr><td style="text-align: center;">a</td></tr></table>').count('<td align="center">') == 1


RUNS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<style>body{display:none}</style>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="  java\tscript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:x">x</a>',
    '<iframe src="https://evil.example"></iframe>',
    '<object data="x"></object><embed src="x">',
    '<form action="/x"><button formaction="javascript:alert(1)">x</button></form>',
    "<svg><script>alert(1)</script></svg>",
    '<svg onload="alert(1)"><a xlink:href="javascript:alert(1)">x</a></svg>',
    '<svg><animate attributeName="href" values="javascript:alert(1)"/></svg>',
    '<svg><foreignObject><iframe src="javascript:alert(1)"></iframe></foreignObject></svg>',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=x"><link rel="stylesheet" href="x">',
    '<p style="background:url(https://evil.example/x)">x</p>',
    '<td style="text-align:left;position:fixed">x</td>',
    '<rect fill="url(https://evil.example/x)"/>',
    '<img srcset="data:image/png;base64,x 1x, javascript:alert(1) 2x">',
    '<input type="image" src="x" formaction="x">',
    "<template><script>alert(1)</script></template>",
    "<!-- <script>alert(1)</script> -->",
]


@pytest.mark.parametrize("html", RUNS)
def test_what_runs_goes(html: str) -> None:
    cleaned = clean(html).lower()
    for bad in (
        "<script",
        "<style",
        "<iframe",
        "<object",
        "<embed",
        "<form",
        "<button",
        "<base",
        "<meta",
        "<link",
        "<template",
        "<!--",
        "<animate",
        "<foreignobject",
        "javascript:",
        "vbscript:",
        "data:",
        " onerror",
        " onload",
        "url(",
        "position",
        "formaction",
        'type="image"',
    ):
        # A word of these may stay as text of an attribute that only shows it.
        assert bad not in cleaned.replace("&lt;", "").replace('title="</noscript><img src=x onerror=alert(1)>"', "")
