"""Personal-data marks: what every stored field is, why it is kept and when it goes.

Every model names all of its fields in `marks = marked(...)`; a test fails for a field without a mark.
Levels follow the trust contract: 1 technical, 2 internal work fact, 3 identifies a person, 4 reaches a person
(phone, address), 5 sensitive (health, ID number, whereabouts).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    level: int
    purpose: str
    keep: str

    @property
    def is_personal(self) -> bool:
        return self.level >= 3


#: Technical columns and facts about places: not about a person.
TECHNICAL = Mark(1, "operation", "archive")
#: Facts of the work that name nobody.
WORK = Mark(2, "operation", "archive")
#: Who somebody is.
IDENTITY = Mark(3, "identify", "close+30d")
#: How to reach somebody, and where they live.
REACH = Mark(4, "reach", "close+30d")
#: Health facts, whereabouts, status in the outbreak.
HEALTH = Mark(5, "disease-control", "close+30d")
#: Government identity numbers.
ID_NUMBER = Mark(5, "identify", "close+30d")
#: Hours and duties of those who serve; kept for recognition.
SERVICE = Mark(3, "recognition", "archive")


def marked(technical: str = "", /, **personal: Mark) -> Mapping[str, Mark]:
    """Return the marks of a model: `technical` lists plain fields by name, keywords give a mark a field."""
    marks = dict.fromkeys(technical.split(), TECHNICAL)
    both = marks.keys() & personal.keys()
    if both:
        raise ValueError(f"fields marked twice: {sorted(both)}")
    marks.update(personal)
    return marks
