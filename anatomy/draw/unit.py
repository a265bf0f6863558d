"""One unit of a Dense layer: input, kernel, products, sum, activation; beneath, all the units."""

import numpy as np

from anatomy.draw import style
from anatomy.draw.gallery import Gallery, largest
from anatomy.draw.image import Tensor, as_image
from anatomy.draw.outputs import Outputs, span
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.quick import Quick
from anatomy.draw.scale import plain, round_up
from anatomy.draw.style import number

WIDTH, TOP, SIDE = 800, 46, 140  # CSS pixels, as all places below; SIDE: of the large images
IMAGES = {"input x": 12, "kernel": 176, "products": 340}  # their left
SUM, CURVE = (500, 124), (670, 110)  # left and width of the sum and of the curve
OUTPUTS, GALLERY = 258, 336  # their tops
POINTS = 129  # of the curve: enough to be smooth, and one of them is at 0
FOR, AGAINST = "#B2182B", "#2166AC"  # the red and the blue of signed tensors, to write with


def unit(layer, x, *, unit=0, kernels=None, among=None, label=""):
    """What one unit of a Dense layer does with one input: activation(x . kernel + bias).

    Args:
        layer: a built ``keras.layers.Dense``; its own call gives all the outputs.
        x: one input, (features,). Square vectors from 7 x 7 on are shown as images.
        unit: which unit, from 0.
        kernels: dict name -> kernel (features, units), one or two of them, such as "before
            training" and "after 3 epochs". None: the layer's own.
        among: inputs (n, features) that the scales are made for, so that they stay as they
            are while x changes. None: x alone.
        label: what x is, such as "sample 12, y = 7".

    Returns:
        UnitPicture: a Picture; its ``update()`` takes the same arguments.

    Raises:
        TypeError, ValueError: for a layer that is no built Dense, an x that does not fit it,
            or a unit that is not there.

    Source: https://keras.io/api/layers/core_layers/dense/
    """
    picture = UnitPicture()
    picture.update(layer, x, unit=unit, kernels=kernels, among=among, label=label)
    return picture


class UnitPicture(Picture):
    """Above, the arithmetic of one unit; below, the outputs and the kernels of all units."""

    def __init__(self):
        super().__init__(style.figure(WIDTH, GALLERY))
        self._linear = self._built = self._scaled = None

    def update(self, layer, x, *, unit=0, kernels=None, among=None, label=""):
        """Show another unit, layer or input; the arguments are those of ``draw.unit``."""
        check(layer)
        x, (features, units) = np.asarray(x, "float32"), layer.kernel.shape
        if x.shape != (features,):
            raise ValueError(
                f"x has shape {x.shape}; Dense {layer.name!r} takes one vector, ({features},)."
            )
        if not 0 <= unit < units:
            raise ValueError(f"unit is {unit}; there are {units}, from 0 to {units - 1}.")
        with LOCK:
            self.unit, self.label, self.x = unit, label, x
            self._compute(layer)
            if not all(np.isfinite(part).all() for part in (x, self.kernel, self.sums)):
                raise ValueError(
                    f"x, or the weights of Dense {layer.name!r}, are no finite numbers: did its "
                    "training diverge?"
                )
            self._kernels = kernels or {"": self.kernel}
            self._build(x[None] if among is None else among)
            for part in ("images", "sum", "curve", "outputs"):
                getattr(self, f"_draw_{part}")()
            self._gallery.mark(unit, len(self._kernels))

    @property
    def words(self):
        """What the unit does, and which output is the largest, in one sentence."""
        z, a = number(self.sums[self.unit]), number(self.outputs[self.unit])
        unit = f"unit {self.unit} of {len(self.sums)}"
        return f"{unit}: the sum is {z}, {self.activation} gives {a}; {self._largest()}."

    def describe(self):
        small, large, inked = self.x.min(), self.x.max(), np.count_nonzero(self.x)
        positive, negative = self._evidence()
        ends = [
            f"{name or 'its own'}, up to ±{number(np.abs(k).max())}"
            for name, k in self._kernels.items()
        ]
        return "\n".join([
            f"One unit of a Dense layer, {self.words}",
            f"Input x{', ' * bool(self.label)}{self.label}: {self.x.size} numbers from "
            f"{number(small)} to {number(large)}, {inked} of them not 0.",
            f"Products of x and the kernel of unit {self.unit}: {number(positive)} for, "
            f"{number(negative)} against; with the bias {number(self.bias)} the sum "
            f"z = {number(self.sums[self.unit])}.",
            f"Activation: {self.activation}(z) = {number(self.outputs[self.unit])}.",
            f"Kernels: {'; '.join(ends)}.",
        ])  # fmt: skip

    def _compute(self, layer):
        """Sums and outputs of all units, by Keras: without an activation, and by the layer."""
        import keras

        shape = layer.kernel.shape
        if self._linear is None or self._linear.kernel.shape != shape:
            zeros = {"dtype": layer.compute_dtype, "kernel_initializer": "zeros"}
            self._linear = keras.layers.Dense(shape[1], **zeros)
            self._linear.build((None, shape[0]))
        self._linear.kernel.assign(layer.kernel)
        self._linear.bias.assign(keras.ops.zeros(shape[1]) if layer.bias is None else layer.bias)
        self.kernel = numbers(layer.kernel)
        self.bias = numbers(self._linear.bias)[self.unit]
        self.products = self.x * self.kernel[:, self.unit]
        self.sums, self.outputs = (numbers(call(self.x[None]))[0] for call in (self._linear, layer))
        self.activation, self._activate = named(layer.activation), layer.activation

    def _evidence(self):
        """The sum of the positive products, and that of the negative ones."""
        products = self.products.astype(float)
        return products[products > 0].sum(), products[products < 0].sum()

    def _largest(self):
        best = self.outputs.argmax()
        if len(self.outputs) == 1:
            return "there is no other unit"
        if (self.outputs == self.outputs[0]).all():
            return f"all outputs are {number(self.outputs[0])}"
        if best == self.unit:
            return "no output is larger"
        return f"the largest output is unit {best}, {number(self.outputs[best])}"

    def _build(self, among):
        """The artists, for this shape of layer; the scales, for these kernels and inputs."""
        wanted = (*self.kernel.shape, len(self._kernels), bool(among.min() < 0))
        if wanted != self._built:
            self._built, self._scaled, self._shown = wanted, None, None
            self._lay_out(*wanted)
        first = self._gallery.first(self.unit)
        scaled = [first, list(self._kernels), *self._kernels.values(), self.kernel, among]
        if self._scaled is None or not all(map(np.array_equal, scaled, self._scaled)):
            self._scaled = scaled
            self._reach = np.abs(numbers(self._linear(among))).max()
            self._scale_images(largest(among) if wanted[-1] else among.max(), largest(self.kernel))
            self._gallery.show(self._kernels, first)
            self._rest()

    def _scale_images(self, most, end):
        """The kernel and the products share a scale where x ends at 1: a product is a weight."""
        for tensor, high in zip(self._images, (most, end, end * most), strict=True):
            tensor.show([0] * len(self.x), largest=high)
        if not self._images[0].signed:  # as dark as it is: brightness is to be seen
            self._images[0].image.set_clim(0, most or 1)
            low, _, high = self._images[0].artists[2:]
            low.set_text("0")
            high.set_text(f"{most:.2g}")

    def _lay_out(self, features, units, count, signed):
        high = GALLERY + Gallery.height(features, units, count) + 4
        self.figure.clear()
        self.figure.set_size_inches(WIDTH / 72, high / 72)
        self.moving.clear()
        self.stale()
        self._sheet = style.axes(self.figure, 0, 0, WIDTH, high)
        self._sheet.set_axis_off()
        self._sheet.set(xlim=(0, WIDTH), ylim=(high, 0), autoscale_on=False)
        self._lay_out_images(signed)
        self._lay_out_sum()
        self._lay_out_curve()
        self._write(12, OUTPUTS - 28, "outputs", bold=True)
        self._told = self._moving(84, OUTPUTS - 28)
        self._outputs = Outputs(self.figure, OUTPUTS, units)
        self._gallery = Gallery(self.figure, GALLERY, features, units, count)
        for artist in (*self._outputs.artists, *self._gallery.frames):
            self.moves(artist)

    def _lay_out_images(self, signed):
        self._images = []
        for (title, left), sign in zip(IMAGES.items(), ("×", "=", ""), strict=True):
            tensor = Tensor(self.figure, left, TOP, SIDE, signed=signed or title != "input x")
            for artist in (tensor.image, *tensor.ax.spines.values()):
                self.moves(artist)
            self._images.append(tensor)
            self._write(left, 15, title, bold=True)
            self._write(left + SIDE + 12, TOP + SIDE / 2, sign, size=20, ha="center")
        small = {"size": style.SMALL, "color": style.QUIET}
        self._label = self._moving(IMAGES["input x"], 33, **small)
        self._which = self._moving(IMAGES["kernel"], 33, **small)
        each = "number" if as_image(self.x).shape[0] == 1 else "pixel"
        self._write(IMAGES["products"], 33, f"each {each} × its weight", **small)

    def _lay_out_sum(self):
        left, wide = SUM
        self._write(left, 15, "sum", bold=True)
        self._write(left, 33, "of products and bias", size=style.SMALL, color=style.QUIET)
        self._terms = []
        for name, y, color in (("for", 18, FOR), ("against", 46, AGAINST),
                               ("bias", 74, style.INK), ("z", 114, style.INK)):  # fmt: skip
            look = {"color": color, "bold": name == "z"}
            self._write(left, TOP + y, name, **look)
            self._terms.append(self._moving(left + wide, TOP + y, ha="right", **look))
        rule = {"color": style.INK, "linewidth": 0.8}
        self._sheet.plot([left, left + wide], [TOP + 94] * 2, **rule)

    def _lay_out_curve(self):
        left, wide = CURVE
        self._curve = style.axes(self.figure, left, TOP, wide, SIDE)
        self._formula = self._write(left - 24, 15, bold=True)
        self._gives = self._moving(left - 24, 33, size=style.SMALL, color=style.QUIET)
        look = {"ha": "right", "size": style.SMALL, "color": style.QUIET}
        self._axis = self._write(left + wide, TOP + SIDE + 30, **look)
        self._guide = self._lines(self._curve, "--", color=style.QUIET, linewidth=1, zorder=3)
        look = {"color": style.LAYERS, "linewidth": 2, "zorder": 4, "solid_capstyle": "round"}
        self._line = self._lines(self._curve, "-", **look)
        look = {"color": style.LOSS, "markersize": 9, "zorder": 5, "clip_on": False}
        self._point = self._lines(self._curve, "o", **look)

    def _draw_images(self):
        values = self.x, self.kernel[:, self.unit], self.products
        for tensor, value in zip(self._images, values, strict=True):
            tensor.image.set_data(as_image(value))
        self._label.set_text(style.shorten(self.label, SIDE + 18, size=style.SMALL))
        self._which.set_text(f"of unit {self.unit}: {len(self.x)} weights")

    def _draw_sum(self):
        for text, term in zip(self._terms, (*self._evidence(), self.bias), strict=False):
            text.set_text(f"{term:+.4g}" if term else "0")
        self._terms[-1].set_text(number(self.sums[self.unit]))

    def _draw_curve(self):
        z, a = self.sums[self.unit], self.outputs[self.unit]
        reach = round_up(max(self._reach, abs(z)))
        others = np.repeat(self.sums[None], POINTS, 0)  # a softmax looks at them too
        others[:, self.unit] = grid = np.linspace(-reach, reach, POINTS)
        curve = numbers(self._activate(others))[:, self.unit]
        low, high = span(curve)
        self._line.set_data(grid, curve)
        self._guide.set_data([z, z, -reach], [low, a, a])
        self._point.set_data([z], [a])
        self._gives.set_text(f"= {number(a)}")
        if (self.activation, reach, low, high) != self._shown:
            self._shown = self.activation, reach, low, high
            pair = numbers(self._activate(np.stack([grid, -grid], axis=1)))[:, 0]
            alone = len(self.sums) == 1 or np.allclose(pair, curve, rtol=1e-4, equal_nan=True)
            self._axis.set_text("z" if alone else "z, those of other units fixed")
            self._formula.set_text(style.shorten(f"{self.activation}(z)", 140, bold=True))
            for axis, ticks in (("x", (-reach, 0, reach)), ("y", sorted({low, 0, high}))):
                self._curve.set(**{f"{axis}lim": (ticks[0], ticks[-1]), f"{axis}ticks": ticks,
                                   f"{axis}ticklabels": map(plain, ticks)})  # fmt: skip
            self._rest()

    def _draw_outputs(self):
        ends = span(np.append(self.outputs, self._shown[2:]))
        self._outputs.show(self.outputs, self.unit, ends)
        given = number(self.outputs[self.unit])
        self._told.set_text(f"▾ unit {self.unit} gives {given}; {self._largest()}")

    def _rest(self):
        """What changes with scales and kernels has changed."""
        ends = [text for tensor in self._images for text in tensor.artists[2:]]
        self.rests([*self._gallery.artists, *ends, self._curve, self._formula, self._axis])

    def _moving(self, x, y, **look):
        return self.moves(self._sheet.add_artist(Quick(x, y, **look)))

    def _lines(self, ax, form, **look):
        return self.moves(ax.plot([], [], form, **look)[0])

    def _write(self, x, y, text="", **look):
        return style.write(self._sheet, x, y, text, **look)


def check(layer):
    """Raises for anything but a built Dense layer."""
    import keras

    if not isinstance(layer, keras.layers.Dense):
        raise TypeError(f"layer is {layer!r}; give a keras.layers.Dense.")
    if not layer.built:
        raise ValueError(
            f"Dense {layer.name!r} is not built: give its model a keras.Input(shape) first, "
            "or call the layer on data."
        )


def named(activation):
    """What an activation is called: "relu", or the name of a function or layer of one's own."""
    name = getattr(activation, "__name__", None) or getattr(activation, "name", None)
    return name or type(activation).__name__


def numbers(value):
    """A Keras tensor or variable as float32 numbers of NumPy, a copy."""
    return np.asarray(value).astype("float32")
