"""Diagram: boxes, arrows and words, placed in CSS pixels on any Axes."""

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.transforms import Affine2D

from anatomy.draw import style

FADED = 0.2  # opacity of parts that are not lit


class Diagram:
    """Draws parts, each of one or more artists, on a sheet of width x height CSS pixels.

    Places are counted from the top left of the sheet. On a caller's Axes the sheet is put in
    the middle, as large as fits; the limits and the looks of these Axes are left alone.
    """

    def __init__(self, width, height, ax=None):
        if ax is None:
            ax = style.figure(width, height).add_axes((0, 0, 1, 1))
            ax.set_axis_off()
        self.ax, self.parts = ax, {}
        box = ax.bbox
        fit = min(box.width / width, box.height / height)  # dots per CSS pixel
        self.zoom = fit * 72 / ax.get_figure(root=True).dpi  # points per CSS pixel
        x, y = fit / box.width, fit / box.height
        sheet = Affine2D().scale(x, -y).translate((1 - width * x) / 2, (1 + height * y) / 2)
        self._place = sheet + ax.transAxes

    def panel(self, part, place, color, fill, linewidth=1.5):
        """A rectangle with round corners; place is (left, top, width, height)."""
        left, top, width, height = place
        patch = FancyBboxPatch(
            (left, top), width, height, boxstyle="round,pad=0,rounding_size=5", facecolor=fill,
            edgecolor=color, linewidth=linewidth * self.zoom, transform=self._place,
        )  # fmt: skip
        self._keep(part, self.ax.add_artist(patch))

    def box(self, part, place, color, lines):
        """A tinted panel with centred lines, each (text, looks for ``style.write``), if any."""
        lines = [(text, look) for text, look in lines if text]
        left, top, width, height = place
        self.panel(part, place, color, style.tint(color))
        heights = [look.get("size", style.TEXT) + 5 for _, look in lines]
        y = top + (height - sum(heights)) / 2
        for (text, look), high in zip(lines, heights, strict=True):
            look = {"ha": "center", "room": width - 8, "color": color, **look}
            self.write(part, left + width / 2, y + high / 2, text, **look)
            y += high

    def arrow(self, part, start, end, color, head=13):
        """An arrow from one place to another."""
        patch = FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=head * self.zoom, color=color,
            linewidth=2 * self.zoom, shrinkA=0, shrinkB=0, joinstyle="miter", capstyle="butt",
            transform=self._place,
        )  # fmt: skip
        self._keep(part, self.ax.add_artist(patch))

    def write(self, part, x, y, text, *, room=None, size=style.TEXT, **look):
        """A line of text, cut to ``room`` CSS pixels; returns the Text."""
        if room:
            font = {name: look[name] for name in ("bold", "mono") if name in look}
            text = style.shorten(text, room, size=size, **font)
        look = {"size": size * self.zoom, "transform": self._place, **look}
        return self._keep(part, style.write(self.ax, x, y, text, **look))

    def light(self, parts):
        """Show these parts at full strength and fade all others."""
        for part, artists in self.parts.items():
            for artist in artists:
                artist.set_alpha(1 if part in parts else FADED)

    def _keep(self, part, artist):
        artist.set_clip_on(False)
        self.parts.setdefault(part, []).append(artist)
        return artist
