"""The arrays of a model and a state, found through one table of addresses each.

Handing some forty arrays from function to function costs more than the work they do; a table is one pointer. Used as
``the.row(s)[v, R_START]``. Whoever calls compiled code must hold the model and the state as long as it runs.
"""
# What `carray` gives has no type that mypy knows; nor does numba say that it exports it.
# mypy: disable-error-code="no-any-return,attr-defined"

import numpy as np
from numba import carray

from tongxin.engines.planner.search.jit import address, compiled
from tongxin.engines.planner.search.layout import (
    PERSON_COLUMNS,
    TASK_COLUMNS,
    VISIT_COLUMNS,
    Flags,
    Floats,
    Ints,
    Model,
    Small,
    State,
    Table,
)


def table_of(arrays: Model | State) -> Table:
    """Return address and shape of each array, three numbers an array, in the order of the tuple's fields."""
    rows = []
    for array in arrays:
        if not array.flags.c_contiguous:
            raise ValueError("the search needs contiguous arrays")
        rows.append((array.ctypes.data, *(*array.shape, 1, 1)[:2]))
    return np.array(rows, dtype=np.int64).ravel()


@compiled
def task(m: Table) -> Ints:
    """Return ``Model.task``."""
    return carray(address(m[0]), (m[1], TASK_COLUMNS), np.int64)


@compiled
def visit(m: Table) -> Ints:
    """Return ``Model.visit``."""
    return carray(address(m[3]), (m[4], VISIT_COLUMNS), np.int64)


@compiled
def person(m: Table) -> Ints:
    """Return ``Model.person``."""
    return carray(address(m[6]), (m[7], PERSON_COLUMNS), np.int64)


@compiled
def window(m: Table) -> Ints:
    """Return ``Model.window``."""
    return carray(address(m[9]), (m[10], m[11], 2), np.int64)


@compiled
def head(m: Table) -> Ints:
    """Return ``Model.head``."""
    return carray(address(m[12]), (m[13], m[14]), np.int64)


@compiled
def spot(m: Table) -> Ints:
    """Return ``Model.spot``."""
    return carray(address(m[15]), (m[16], 4), np.int64)


@compiled
def walk(m: Table) -> Small:
    """Return ``Model.walk``."""
    return carray(address(m[18]), (m[19], m[20]), np.int32)


@compiled
def can(m: Table) -> Flags:
    """Return ``Model.can``."""
    return carray(address(m[21]), (m[22], m[23]), np.bool_)


@compiled
def able(m: Table) -> Small:
    """Return ``Model.able``."""
    return carray(address(m[24]), (m[25], m[26]), np.int32)


@compiled
def near(m: Table) -> Small:
    """Return ``Model.near``."""
    return carray(address(m[27]), (m[28], m[29]), np.int32)


@compiled
def link(m: Table) -> Ints:
    """Return ``Model.link``."""
    return carray(address(m[30]), (m[31], 5), np.int64)


@compiled
def before(m: Table) -> Small:
    """Return ``Model.before``."""
    return carray(address(m[33]), (m[34], m[35]), np.int32)


@compiled
def after(m: Table) -> Small:
    """Return ``Model.after``."""
    return carray(address(m[36]), (m[37], m[38]), np.int32)


@compiled
def known(m: Table) -> Small:
    """Return ``Model.known``."""
    return carray(address(m[39]), (m[40], m[41]), np.int32)


@compiled
def ppe(m: Table) -> Ints:
    """Return ``Model.ppe``."""
    return carray(address(m[42]), (m[43], 3), np.int64)


@compiled
def const(m: Table) -> Ints:
    """Return ``Model.const``."""
    return carray(address(m[45]), (m[46],), np.int64)


@compiled
def row(s: Table) -> Ints:
    """Return ``State.row``."""
    return carray(address(s[0]), (s[1], s[2]), np.int64)


@compiled
def rank(s: Table) -> Floats:
    """Return ``State.rank``."""
    return carray(address(s[3]), (s[4],), np.float64)


@compiled
def task_now(s: Table) -> Ints:
    """Return ``State.task_now``."""
    return carray(address(s[6]), (s[7], 3), np.int64)


@compiled
def person_now(s: Table) -> Ints:
    """Return ``State.person_now``."""
    return carray(address(s[9]), (s[10], 2), np.int64)


@compiled
def cost(s: Table) -> Ints:
    """Return ``State.cost``."""
    return carray(address(s[12]), (s[13],), np.int64)


@compiled
def tally(s: Table) -> Ints:
    """Return ``State.tally``."""
    return carray(address(s[15]), (s[16],), np.int64)


@compiled
def pool(s: Table) -> Small:
    """Return ``State.pool``."""
    return carray(address(s[18]), (s[19], s[20]), np.int32)


@compiled
def heap(s: Table) -> Small:
    """Return ``State.heap``."""
    return carray(address(s[21]), (s[22],), np.int32)


@compiled
def in_heap(s: Table) -> Ints:
    """Return ``State.in_heap``."""
    return carray(address(s[24]), (s[25],), np.int64)


@compiled
def out(s: Table) -> Ints:
    """Return ``State.out``."""
    return carray(address(s[27]), (s[28], s[29]), np.int64)


@compiled
def job(s: Table) -> Small:
    """Return ``State.job``."""
    return carray(address(s[30]), (s[31],), np.int32)


@compiled
def new_rank(s: Table) -> Floats:
    """Return ``State.new_rank``."""
    return carray(address(s[33]), (s[34],), np.float64)


@compiled
def new_person(s: Table) -> Small:
    """Return ``State.new_person``."""
    return carray(address(s[36]), (s[37],), np.int32)


@compiled
def hint(s: Table) -> Small:
    """Return ``State.hint``."""
    return carray(address(s[39]), (s[40],), np.int32)


@compiled
def stamp(s: Table) -> Ints:
    """Return ``State.stamp``."""
    return carray(address(s[42]), (s[43],), np.int64)


@compiled
def saved_id(s: Table) -> Small:
    """Return ``State.saved_id``."""
    return carray(address(s[45]), (s[46],), np.int32)


@compiled
def saved_row(s: Table) -> Ints:
    """Return ``State.saved_row``."""
    return carray(address(s[48]), (s[49], s[50]), np.int64)


@compiled
def saved_task(s: Table) -> Ints:
    """Return ``State.saved_task``."""
    return carray(address(s[51]), (s[52], 4), np.int64)


@compiled
def saved_rank(s: Table) -> Floats:
    """Return ``State.saved_rank``."""
    return carray(address(s[54]), (s[55],), np.float64)


@compiled
def saved_person(s: Table) -> Ints:
    """Return ``State.saved_person``."""
    return carray(address(s[57]), (s[58], 3), np.int64)


@compiled
def saved_cost(s: Table) -> Ints:
    """Return ``State.saved_cost``."""
    return carray(address(s[60]), (s[61],), np.int64)
