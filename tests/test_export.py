"""A notebook exported to HTML keeps every picture and, for who cannot see it, its text."""

import make_notebooks
import nbformat
import pytest
from nbconvert import HTMLExporter


@pytest.mark.parametrize("path", make_notebooks.find(), ids=lambda path: path.name)
def test_html_keeps_each_picture_and_its_text(path):
    pictures = [
        output.data
        for cell in nbformat.read(path, 4).cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    page, _ = HTMLExporter().from_filename(path)
    whole = "".join(page.split())
    assert pictures
    for data in pictures:
        assert "".join(data["image/png"].split()) in whole
    assert page.count('class="anatomy-description"') == len(pictures)
