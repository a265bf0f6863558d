"""Small data sets that ship with the kit, and the one look at whatever data a caller brings.

``sets``  the data sets, as `Split`s ready for ``fit()``: nothing is ever downloaded
``gate``  says which array, row and value of other data ``fit()`` cannot use
"""

from anatomy.data.gate import checked
from anatomy.data.sets import (
    WAVES,
    Split,
    breast_cancer,
    circles,
    diabetes,
    digit_strips,
    digits,
    moons,
    spirals,
    strip_text,
    waves,
    xor,
)
