"""A notebook exported to HTML keeps every picture and, for who cannot see it, its text."""

import make_notebooks
import nbformat
import pytest
from nbconvert import HTMLExporter


@pytest.mark.parametrize("path", make_notebooks.find(), ids=lambda path: path.name)
def test_html_keeps_each_picture_and_its_text(path):
    cells = [
        [output.get("data", {}) for output in cell.get("outputs", [])]
        for cell in nbformat.read(path, 4).cells
    ]
    pictures = [data for outputs in cells for data in outputs if "image/png" in data]
    pyplot = [data for data in pictures if data["text/plain"].startswith("<Figure")]
    page, _ = HTMLExporter().from_filename(path)
    whole = "".join(page.split())
    assert pictures
    for data in pictures:
        assert "".join(data["image/png"].split()) in whole
    assert page.count('class="anatomy-description"') == len(pictures) - len(pyplot)
    for outputs in cells:  # a student's own picture: the cell says what it shows
        assert len(outputs) > 1 or not any(data in pyplot for data in outputs)
