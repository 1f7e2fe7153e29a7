"""How the pages are built: `uv run --all-groups sphinx-build docs docs/_build/html`. Nothing is fetched."""

project = "mpp-sim"
author = "the mpp-sim authors"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
language = "en_GB"
myst_heading_anchors = 3
html_theme = "alabaster"
html_theme_options = {"description": "Queues and staffing in a public-service hall", "fixed_sidebar": True, "page_width": "1100px"}
html_show_copyright = False
html_show_sphinx = False
