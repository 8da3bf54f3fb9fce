"""What people write for kinds of responders and skills, in Chinese and English."""

import re
from collections.abc import Iterable

_KINDS = (
    ("MEDIC", "医护|医生|医师|护士|医务|大夫|medic|doctor|nurse|physician"),
    ("DRIVER", "司机|驾驶|driver"),
    ("VOLUNTEER", "志愿|义工|volunteer"),
    ("STAFF", "职工|员工|工作人员|社区|网格|物业|保安|干部|下沉|staff|employee|worker|official"),
)
_SKILLS = (
    ("SAMPLING", "采样|核酸|咽拭子|鼻拭子|swab|sampling|sampler"),
    ("REGISTRATION", "登记|扫码|录入|信息|register|registration|scan|clerk"),
    ("GUARD", "值守|守门|执勤|卡口|秩序|巡逻|保安|guard|watch|order keeping|security"),
    ("CARRY", "搬运|配送|送货|物资|体力|跑腿|carry|deliver|lifting|supplies"),
    ("CALLS", "电话|联络|回访|客服|接线|call|phone|hotline|liaison"),
    ("DRIVING", "驾驶|司机|开车|driv"),
    ("TRACING", "流调|溯源|调查|tracing|investigat|epidemiolog"),
    ("DISINFECTION", "消毒|消杀|disinfect"),
)
#: Notes on a person that are no skills and need no doubt.
_NOT_SKILLS = re.compile(r"党员|团员|退役军人|方言|粤语|英语|english|cantonese|无|暂无|none|-", re.IGNORECASE)


def kind_of(text: str) -> tuple[str, bool]:
    """Return the kind that a text means, and whether it was understood; nothing written is a volunteer."""
    if not text.strip():
        return "VOLUNTEER", True
    for kind, words in _KINDS:
        if re.search(words, text, re.IGNORECASE) or text.strip().upper() == kind:
            return kind, True
    return "VOLUNTEER", False


def skills_of(texts: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the skills that the texts mean, in their fixed order, and the texts that mean none."""
    found: set[str] = set()
    strange: list[str] = []
    for text in texts:
        meant = {
            code for code, words in _SKILLS if re.search(words, text, re.IGNORECASE) or text.strip().upper() == code
        }
        found |= meant
        if not meant and text.strip() and not _NOT_SKILLS.fullmatch(text.strip()):
            strange.append(text)
    return [code for code, _ in _SKILLS if code in found], strange
