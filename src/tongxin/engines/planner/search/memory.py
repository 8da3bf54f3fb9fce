"""Making the arrays of a search."""

import numpy as np

from tongxin.engines.planner.search.layout import MAX_HANDS, N_RANDOM, TALLIES, TIERS, Model, State


def new_state(model: Model, *, seed: int) -> State:
    """Return an empty state for a model; ``plan.clear`` or ``plan.rebuild`` must fill it."""
    tasks, visits, people = len(model.task), len(model.visit), len(model.person)
    width = model.head.shape[1]
    whole = np.int64
    state = State(
        row=np.zeros((visits + people, width), whole),
        rank=np.zeros(tasks),
        task_now=np.zeros((tasks, 3), whole),
        person_now=np.zeros((people, 2), whole),
        cost=np.zeros(TIERS, whole),
        tally=np.zeros(TALLIES, whole),
        pool=np.zeros((2, tasks), np.int32),
        heap=np.zeros(tasks + people, np.int32),
        in_heap=np.zeros(tasks + people, whole),
        out=np.zeros((MAX_HANDS, width), whole),
        job=np.zeros(max(tasks, 16), np.int32),
        new_rank=np.zeros(tasks),
        new_person=np.zeros(visits, np.int32),
        hint=np.zeros(visits, np.int32),
        stamp=np.zeros(visits + people + tasks + people, whole),
        saved_id=np.zeros(visits + people, np.int32),
        saved_row=np.zeros((visits + people, width), whole),
        saved_task=np.zeros((tasks, 4), whole),
        saved_rank=np.zeros(tasks),
        saved_person=np.zeros((people, 3), whole),
        saved_cost=np.zeros(TIERS, whole),
    )
    state.tally[N_RANDOM] = (seed * 2654435761 + 88172645463325252) % (2**63 - 25) or 1
    return state
