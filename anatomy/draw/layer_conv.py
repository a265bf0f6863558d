"""Conv2D, opened: windows on the input, a kernel for each filter, the feature maps."""

from anatomy.draw import style
from anatomy.draw.board import kept
from anatomy.draw.opened import WEIGHTS, depth, note, product
from anatomy.draw.sheets import Axis, fitted
from anatomy.layers.conv.facts import slide

MOST = 32  # rows and columns of the input that are drawn, from its top left
SHEET, SHIFT, ROOM = (176, 176), 7, 244  # CSS pixels: a sheet's most, between two, for notes
LEFT, KERNELS, MAPS = 78, 310, 612  # where each of the three columns begins
UNKNOWN = 12  # rows drawn where the input may have any number


class Conv:
    """The input with its first windows, a few of the kernels, and the feature maps."""

    def __init__(self, opened):
        self.opened, self.facts = opened, opened.facts
        layer, self.weight = self.facts.layer, opened.weights["kernel"]
        first = layer.data_format == "channels_first"
        self.input, self.output = (
            (*shape[2:], shape[1]) if first else shape[1:]
            for shape in (self.facts.input_shape, self.facts.output_shape)
        )
        moves = zip(layer.kernel_size, layer.strides, layer.dilation_rate, strict=True)
        self.slides = [
            along(size, layer.padding, *move)
            for size, move in zip(self.input[:2], moves, strict=True)
        ]
        self.layer, self.filters = layer, layer.filters
        self.notes = [*self._told()]
        self.height = 40 + SHEET[1] + 52 + max(depth(*one[1:3], ROOM) for one in self.notes) + 14

    def draw(self, board, top):
        """Draw it on a Board, from this height on."""
        top += 40
        self._input(board, top)
        self._kernels(board, top)
        self._maps(board, top)
        for x, word in ((KERNELS - 39, "∗"), (MAPS - 114, "")):
            board.arrow("flow", (x, top + 88), (x + 32, top + 88), style.LAYERS)
            board.write("flow", x + 16, top + 70, word, ha="center", size=18)
        for x, title, texts, color in self.notes:
            note(board, x, top + SHEET[1] + 52, title, texts, ROOM, color)

    def _input(self, board, top):
        """The input, or its top left, in the zeros of its padding; the first windows on it."""
        slides = self.slides
        seen = self.seen
        whole = [rows + one.before + (one.after if rows == one.size else 0)
                 for rows, one in zip(seen, slides, strict=True)]  # fmt: skip
        wide, high = fitted(whole, SHEET)
        x, y = wide / whole[1], high / whole[0]
        inner = (LEFT + slides[1].before * x, top + slides[0].before * y, seen[1] * x, seen[0] * y)
        self._sheets(board, inner, self.input[2], style.DATA)
        if whole != [*seen]:
            board.frame("input", (LEFT, top, wide, high), style.DATA, dashed=True)
        lines(board, inner, seen)
        window = (slides[1].reach * x, slides[0].reach * y)
        starts = [(min(i, slides[0].count - 1), min(j, slides[1].count - 1))
                  for i, j in ((1, 0), (0, 1), (0, 0))]  # fmt: skip
        for i, j in dict.fromkeys(starts):
            place = (LEFT + j * slides[1].strides * x, top + i * slides[0].strides * y, *window)
            if i or j:
                board.frame("windows", place, style.INK, 1.4, dashed=True)
            else:
                board.mark("windows", place)
        board.write("input", LEFT, top - 24, str(Axis("channels", self.input[2])), bold=True)
        across = (inner[0], top, inner[2], high)
        board.axis_down("axes", (LEFT, inner[1], wide, inner[3]), Axis("height", self.sizes[0]))
        board.axis_right("axes", across, Axis("width", self.sizes[1]))

    @property
    def seen(self):
        """How many rows and columns of the input are drawn."""
        most = (max(MOST, one.reach + 2 * one.strides) for one in self.slides)
        return tuple(map(min, (one.size for one in self.slides), most))

    @property
    def sizes(self):
        """Height and width of the input; "any" where they are open."""
        return ["any" if size is None else size for size in self.input[:2]]

    def _kernels(self, board, top):
        """A few kernels, each the image of its first channel."""
        rows, columns, channels, _ = self.weight.shape
        kernel = self.opened.values.get("kernel")
        shown = kept(self.filters, 4)
        wide, high = fitted((rows, columns), (78, 66))
        for spot, number in enumerate(shown):
            x, y = KERNELS + spot % 2 * 96, top + spot // 2 * 96
            if number is None:
                board.write("kernels", x + 39, y + 33, "…", ha="center", color=style.QUIET, size=16)
                continue
            place = (x, y, wide, high)
            for away in range(min(channels, 3) - 1, 0, -1):
                behind = (x + 4 * away, y - 4 * away, wide, high)
                board.frame("kernels", behind, WEIGHTS, fill=style.tint(WEIGHTS))
            values = None if kernel is None else kernel[:, :, 0, number]
            self.opened.block(board, place, values)
            lines(board, place, (rows, columns))
            look = {"size": 10, "color": style.QUIET}
            board.write("kernels", x, y + high + 11, f"filter {number}", **look)
        text = f"filters={self.filters}"
        board.write("kernels", KERNELS, top - 24, text, bold=True, color=WEIGHTS)

    def _maps(self, board, top):
        """The feature maps, one for each filter; the windows' outputs are marked."""
        shape = [size or UNKNOWN for size in self.output[:2]]
        seen = min(shape[0], MOST), min(shape[1], MOST)
        wide, high = fitted(seen, (SHEET[0] * 0.85, SHEET[1] * 0.85))
        place = (MAPS, top, wide, high)
        self._sheets(board, place, self.filters, style.LAYERS)
        lines(board, place, seen)
        cell = (max(wide / seen[1], 4), max(high / seen[0], 4))
        for i, j in ((1, 0), (0, 1), (0, 0)):
            if i < shape[0] and j < shape[1]:
                spot = (MAPS + j * cell[0], top + i * cell[1], *cell)
                if i or j:
                    board.frame("windows", spot, style.INK, 1.4, dashed=True)
                else:
                    board.mark("windows", spot)
        sizes = ["any" if size is None else size for size in self.output[:2]]
        board.axis_down("axes", place, Axis("height", sizes[0]))
        board.axis_right("axes", place, Axis("width", sizes[1]))
        text = f"{self.filters} feature map{'s' * (self.filters != 1)}"
        board.write("maps", MAPS, top - 24, text, bold=True, color=style.LAYERS)

    def _sheets(self, board, place, count, color):
        """A sheet for each channel, three of them at most."""
        left, top, wide, high = place
        for away in range(min(count, 3) - 1, -1, -1):
            behind = (left + SHIFT * away, top - SHIFT * away, wide, high)
            board.frame("sheets", behind, color, 1.2, fill=style.tint(color))

    def _told(self):
        """The arguments, beneath the parts they make: (left, title, texts, colour)."""
        code, weights = self.opened.code, self.opened.weights
        rates = ["dilation_rate"] * (max(self.layer.dilation_rate) > 1)
        texts = code("kernel_size", "strides", "padding", *rates)
        if rates:
            spans = " and ".join(f"{one.reach}" for one in self.slides)
            texts.append(f"a window spans {spans} pixels")
        texts += ["solid: a window, dashed: the next ones"]
        texts += ["dashed edge: zeros around it"] * any(s.before + s.after for s in self.slides)
        rows, columns = self.seen
        if (rows, columns) != tuple(one.size for one in self.slides):
            texts.append(f"drawn: the first {rows} × {columns} pixels")
        yield 12, f"input {self.facts.input_shape}", texts, style.DATA
        made = [product(weights["kernel"]), weights["kernel"].made_by]
        made += code("groups") if self.layer.groups > 1 else []
        made += ["shown is the first channel of each"] * (weights["kernel"].shape[2] > 1)
        if "bias" in weights:
            made += [f"bias {weights['bias'].shape}: one number a filter", weights["bias"].made_by]
        yield KERNELS - 40, f"kernel {weights['kernel'].shape}", made, WEIGHTS
        names = zip(("height", "width"), self.slides, self.output[:2], strict=True)
        texts = [self._size(*each) for each in names]
        texts += code("activation") + ([] if "bias" in weights else code("use_bias"))
        yield MAPS - 54, f"output {self.facts.output_shape}", texts, style.LAYERS

    def _size(self, name, one, count):
        """How the size of the output comes about."""
        if count is None:
            return f"{name}: by the input's"
        if self.layer.padding == "same":
            return f"{name}: ⌈{one.size} / {one.strides}⌉ = {count}"
        return f"{name}: ⌊({one.size} − {one.reach}) / {one.strides}⌋ + 1 = {count}"


def along(size, padding, kernel_size, strides, dilation_rate):
    """How the window moves along rows or columns; where their number is open, of some."""
    size = size or max(UNKNOWN, dilation_rate * (kernel_size - 1) + 1 + 2 * strides)
    look = {"strides": strides, "padding": padding, "dilation_rate": dilation_rate}
    return slide((size, size), (kernel_size, kernel_size), **look)[0]


def lines(board, place, shape):
    """The lines between the cells of a sheet, where they are not too near each other."""
    (left, top, wide, high), (rows, columns) = place, shape
    if min(wide / columns, high / rows) < 4:
        return
    ys = [top + high * i / rows for i in range(1, rows)]
    xs = [left + wide * j / columns for j in range(1, columns)]
    across = [[(left, y), (left + wide, y)] for y in ys]
    down = [[(x, top), (x, top + high)] for x in xs]
    if across + down:
        board.lines("cells", across + down, ["#AAB4BD"], [0.5], zorder=1)
