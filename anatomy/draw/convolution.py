"""A convolution at one position of its window: patch times kernel, summed, is one output."""

from itertools import zip_longest

import numpy as np
from matplotlib.patches import PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import Normal, Stroke

from anatomy.draw import style
from anatomy.draw.arithmetic import arguments, describe, sizes, sums, window
from anatomy.draw.diagram import Diagram
from anatomy.draw.grid import Grid, brief
from anatomy.draw.picture import LOCK, Picture

WIDTH, HEIGHT = 800, 540  # CSS pixels, as all places below, from the top left
SIDE, TOP = 252, 64  # of image and feature map
IMAGE, MAP, BAR = 12, 496, 753  # where image, feature map and its scale begin
BOX = 293, TOP, 174, 128  # the layer, between the two
GRIDS, WIDE, HIGH = 356, 204, 140  # top and size of the three below:
PATCH, KERNEL, PRODUCTS = 12, 240, 468  # where each begins
SUM = 692, GRIDS + 14, 98, 112
PAST = 0.72  # how much the cells still to come are faded


def convolution(convolution, *, row=0, column=0, channel=0, kernel=""):
    """An image, the window of a convolution on it, and the feature map that it fills.

    Patch times kernel, summed over all cells and channels, plus the bias, lands in one cell of
    the feature map. Image pixels and cells of the feature map have one size, so that a stride
    is seen to shrink it. Cells that the window comes to later, in reading order, are pale.

    Args:
        convolution: what ``anatomy.layers.convolution.convolve()`` returned.
        row, column: the cell of the feature map, from 0.
        channel: which channel of image and kernel is drawn, from 0; the sum is over all.
        kernel: what the kernel is called, such as "vertical edge".

    Returns:
        ConvolutionPicture: a Picture; ``update()`` takes the same arguments, and is fast where
        only row and column are new.

    Raises:
        ValueError: for a row, a column or a channel that is not there.

    Source: Dumoulin, Visin, A guide to convolution arithmetic for deep learning (2016).
    """
    picture = ConvolutionPicture()
    picture.update(convolution, row=row, column=column, channel=channel, kernel=kernel)
    return picture


class ConvolutionPicture(Picture):
    """Above, the image, the layer and its feature map; below, the arithmetic of one cell."""

    def __init__(self):
        with LOCK:
            self._diagram = Diagram(WIDTH, HEIGHT)
            self._ax = self._diagram.ax
            super().__init__(self._ax.get_figure())
            self._ax.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0), autoscale_on=False)
            self._shown = None, None, None
            self._write_words()
            self._add_images()
            self._add_moving()

    def update(self, convolution, *, row=0, column=0, channel=0, kernel=""):
        """Show this; the arguments are those of ``draw.convolution``."""
        counts = convolution.rows.count, convolution.columns.count, convolution.image.shape[-1]
        at = {"row": row, "column": column, "channel": channel}
        for (name, value), count in zip(at.items(), counts, strict=True):
            if not 0 <= value < count:
                raise ValueError(f"{name} is {value}; there are {count}, from 0 to {count - 1}.")
        with LOCK:
            same = self._shown[0] is convolution and self._shown[1:] == (channel, kernel)
            self._shown, self._at = (convolution, channel, kernel), (row, column)
            if not same:
                self._set_words(convolution, kernel)
                self._set_images(convolution, channel)
                self.stale()
            self._move(convolution, row, column)
            self._calculate(convolution, row, column, channel)

    def describe(self):
        convolution, channel, kernel = self._shown
        return describe(convolution, *self._at, channel, kernel)

    def _write_words(self):
        """What is written; of the words that change, places only."""
        write, quiet = self._diagram.write, {"color": style.QUIET}
        write("title", 12, 20, "Convolution", size=style.TITLE, bold=True)
        write("title", 118, 20, "patch × kernel, summed, is one cell of the feature map", **quiet)
        write("title", IMAGE, 46, "image", bold=True)
        write("title", MAP, 46, "feature map", bold=True)
        self._sizes = [
            write("title", x, 46, "", size=style.SMALL, **quiet) for x in (IMAGE + 48, MAP + 88)
        ]
        left, _, width, _ = BOX
        middle, way = left + width / 2, TOP + 64
        self._diagram.panel("layer", BOX, style.LAYERS, style.tint(style.LAYERS))
        self._diagram.arrow("layer", (IMAGE + SIDE + 5, way), (left, way), style.LAYERS)
        self._diagram.arrow("layer", (left + width, way), (MAP - 5, way), style.LAYERS)
        look = {"ha": "center", "color": style.LAYERS, "bold": True}
        write("layer", middle, TOP + 18, "layers.Conv2D", **look)
        write("size", middle, TOP + 158, "output size", **look)
        look = {"ha": "center", "size": 10}
        self._arguments = []
        for i, letter in enumerate(("", "k", "s", "p", "d")):  # those of the formula below
            y = TOP + 38 + 17 * i
            self._arguments.append(write("layer", left + 16, y, "", mono=True, size=10))
            write("layer", left + width - 18, y, letter, size=10, **quiet)
        write("size", middle, TOP + 177, "⌊(n + p − d·(k − 1) − 1) / s⌋ + 1", **look, **quiet)
        self._formula = [write("size", middle, TOP + y, "", **look) for y in (197, 213, 232, 248)]
        for x, text in ((KERNEL, "×"), (PRODUCTS, "=")):
            write("grids", x - 12, GRIDS + HIGH / 2, text, size=18, ha="center", **quiet)
        write("grids", SUM[0] - 10, GRIDS + HIGH / 2, "→", size=15, ha="center", **quiet)
        y, self._beneath = GRIDS + HIGH + 13, []
        for x, name, color in ((PATCH, "patch", style.DATA), (KERNEL, "kernel", style.OPTIMIZER),
                               (PRODUCTS, "products", style.LAYERS)):  # fmt: skip
            x += WIDE / 2
            write("grids", x, y, name, bold=True, ha="center", color=color)
            self._beneath.append(
                write("grids", x, y + 16, "", mono=name == "patch", **look, **quiet)
            )
        self._diagram.panel("sum", SUM, style.LAYERS, style.PAPER, 1)

    def _add_images(self):
        """Image and feature map, the hatched padding, and the scale of the map."""

        def image(cmap):
            look = {"cmap": cmap, "interpolation": "nearest", "aspect": "auto"}
            return self._ax.imshow(np.zeros((1, 1)), zorder=1, **look)

        def frame(**look):
            look = {"edgecolor": style.QUIET, "linewidth": 0.8, "zorder": 1} | look
            return self._ax.add_patch(Rectangle((0, 0), 0, 0, fill=False, **look))

        self._zeros = frame(hatch="//////", hatchcolor="#A0A9B2", hatch_linewidth=0.8)
        self._image, self._map, scale = image("gray_r"), image("RdBu_r"), image("RdBu_r")
        self._frames = frame(), frame(zorder=2.5)
        scale.set(data=np.linspace(1, -1, 128)[:, None], extent=(BAR, BAR + 6, TOP + SIDE, TOP))
        scale.set_clim(-1, 1)
        look = {"size": 10, "color": style.QUIET}
        places = TOP + 5, TOP + SIDE / 2, TOP + SIDE - 5
        self._ends = [self._diagram.write("map", BAR + 8, y, "", **look) for y in places]
        self._patch, self._kernel, self._products = (
            Grid(self._ax, x, GRIDS, WIDE, HIGH) for x in (PATCH, KERNEL, PRODUCTS)
        )

    def _add_moving(self):
        ax, halo = self._ax, [Stroke(linewidth=4, foreground=style.PAPER), Normal()]
        blue = {"fill": False, "edgecolor": style.DATA}
        self._to_come = Polygon([(0, 0)], facecolor=style.PAPER, alpha=PAST, linewidth=0, zorder=2)
        self._window = Rectangle((0, 0), 0, 0, **blue, linewidth=2, zorder=4, path_effects=halo)
        self._taps = PathPatch(Path([(0, 0)]), **blue, linewidth=0.9, zorder=5)
        self._mark = Rectangle((0, 0), 0, 0, fill=False, edgecolor=style.INK, linewidth=1.6,
                               zorder=4, path_effects=halo)  # fmt: skip
        self._links = [
            ax.plot([], [], color=color, linewidth=1, alpha=0.55, zorder=3.5)[0]
            for color in (style.DATA, style.DATA, style.LAYERS)
        ]
        left, top, width, _ = SUM
        lines = {18: {}, 36: {}, 64: {"size": 14, "bold": True}, 94: {}}
        small = {"size": style.SMALL, "color": style.QUIET}
        self._sums = [
            self._diagram.write(
                "sum", left + width / 2, top + y, "", ha="center", **(look or small)
            )
            for y, look in lines.items()
        ]
        patches = [self._to_come, self._window, self._taps, self._mark]
        for patch in patches:
            ax.add_patch(patch)
        patches.append(self._frames[1])
        grids = [*self._patch.artists, *self._products.artists]
        texts = [self._beneath[0], self._beneath[2], *self._sums]
        for artist in sorted(
            [*patches, *self._links, *grids, *texts], key=lambda a: a.get_zorder()
        ):
            self.moves(artist)

    def _set_words(self, convolution, kernel):
        shape = convolution.image.shape
        padded = convolution.padded.shape[:2]
        self._sizes[0].set_text(f"{shape}" + f", padded to {padded}" * (padded != shape[:2]))
        self._sizes[1].set_text(f"{(*convolution.feature_map.shape, 1)}, pale: to come")
        for texts, lines in (
            (self._arguments, arguments(convolution)), (self._formula, sizes(convolution))
        ):  # fmt: skip
            for text, line in zip_longest(texts, lines, fillvalue=""):
                text.set_text(line)
        self._beneath[1].set_text(style.shorten(kernel, WIDE, size=10))

    def _set_images(self, convolution, channel):
        """Image and map at one scale, each in the middle of its place; room for the grids."""
        high, wide, _ = convolution.padded.shape
        self._pixel = pixel = SIDE / max(high, wide)
        rows, columns = convolution.rows, convolution.columns
        self._corner = corner = middle(IMAGE, wide * pixel, high * pixel)
        self._cells = middle(MAP, columns.count * pixel, rows.count * pixel)
        inner = corner[0] + columns.before * pixel, corner[1] + rows.before * pixel
        place(self._zeros, corner, wide * pixel, high * pixel)
        image, values = convolution.image[..., channel], convolution.feature_map
        for artist, frame, at, array in zip(
            (self._image, self._map), self._frames, (inner, self._cells), (image, values),
            strict=True,
        ):  # fmt: skip
            height, width = array.shape[0] * pixel, array.shape[1] * pixel
            artist.set(data=array, extent=(at[0], at[0] + width, at[1] + height, at[1]))
            place(frame, at, width, height)
        end = float(np.abs(values).max()) or 1.0
        self._map.set_clim(-end, end)
        for text, value in zip(self._ends, (end, 0.0, -end), strict=True):
            text.set_text(brief(value, 38))
        signed, largest = convolution.image.min() < 0, np.abs(convolution.image).max() or 1.0
        self._image.set(cmap="RdBu_r" if signed else "gray_r", clim=(-largest * signed, largest))
        self._patch.sign(signed)
        for grid in (self._patch, self._kernel, self._products):
            grid.fit(*convolution.kernel.shape[:2])
        strongest = np.abs(convolution.kernel).max()
        self._largest = largest, largest * strongest
        self._kernel.show(convolution.kernel[..., channel], strongest)

    def _move(self, convolution, row, column):
        """The window to its place on the image, and to its cell of the feature map."""
        pixel, rows, columns = self._pixel, convolution.rows, convolution.columns
        left = self._corner[0] + column * columns.strides * pixel
        top = self._corner[1] + row * rows.strides * pixel
        width, height = columns.reach * pixel, rows.reach * pixel
        place(self._window, (left, top), width, height)
        x = left + np.arange(columns.kernel_size) * columns.dilation_rate * pixel
        y = top + np.arange(rows.kernel_size) * rows.dilation_rate * pixel
        self._taps.set_path(squares(x, y, pixel))
        x, y = self._cells[0] + column * pixel, self._cells[1] + row * pixel
        end = self._cells[0] + columns.count * pixel
        bottom = self._cells[1] + rows.count * pixel
        below, right = y + pixel, x + pixel
        self._to_come.set_xy([(right, y), (end, y), (end, bottom), (self._cells[0], bottom),
                              (self._cells[0], below), (right, below)])  # fmt: skip
        side = max(pixel, 6)
        place(self._mark, (x + (pixel - side) / 2, y + (pixel - side) / 2), side, side)
        box, foot = self._patch.box, top + height
        for link, start, stop in zip(
            self._links,
            ((left, foot), (left + width, foot), (x + pixel / 2, below)),
            (box[:2], (box[2], box[1]), (SUM[0] + SUM[2] / 2, SUM[1])),
            strict=True,
        ):
            link.set_data(*zip(start, stop, strict=True))

    def _calculate(self, convolution, row, column, channel):
        """The numbers of this position."""
        self._patch.show(convolution.patch(row, column)[..., channel], self._largest[0])
        products = convolution.products(row, column)
        self._products.show(products[..., channel], self._largest[1])
        self._beneath[0].set_text(window(convolution, row, column, channel))
        this, total, output = sums(convolution, row, column, channel)
        channels = convolution.image.shape[-1]
        part = f"channel {channel} (0 to {channels - 1}), sum {brief(this, 50)}"
        self._beneath[2].set_text(part if channels > 1 else "")
        lines = (
            f"{f'all {channels}:' if channels > 1 else 'sum'} {brief(total, 50, digits=4)}",
            f"+ bias {brief(convolution.bias, 50)}",
            f"= {brief(output, SUM[2] - 28, 14, 4, True)}",
            f"row {row}, col {column}",
        )
        for text, line in zip(self._sums, lines, strict=True):
            text.set_text(line)


def middle(left, width, height):
    """Left top corner of something in the middle of a place for an image."""
    return left + (SIDE - width) / 2, TOP + (SIDE - height) / 2


def place(rectangle, corner, width, height):
    """Move a Rectangle."""
    rectangle.set(xy=corner, width=width, height=height)


def squares(lefts, tops, side):
    """The outlines of squares, one at each of these places, as one Path."""
    corners = np.array([(0, 0), (side, 0), (side, side), (0, side), (0, 0)])
    points = [corners + np.array((x, y)) for y in tops for x in lefts]
    codes = [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY] * len(points)
    return Path(np.concatenate(points), codes)
