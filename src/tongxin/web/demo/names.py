"""Invented names and numbers that pass every check and belong to nobody.

Names are drawn at random from surnames by their real frequency and given-name characters of a generation. Identity
numbers carry a county code that GB/T 2260 never assigned (…9901), with a right check character; mobile numbers come
from one block of the form 199 000x xxxx.
"""

import random
from datetime import date

_SURNAMES = {
    "王": 71, "李": 70, "张": 67, "刘": 52, "陈": 45, "杨": 31, "赵": 22, "黄": 21, "周": 20, "吴": 20,
    "徐": 16, "孙": 15, "胡": 13, "朱": 13, "高": 12, "林": 12, "何": 11, "郭": 11, "马": 11, "罗": 9,
    "梁": 8, "宋": 8, "郑": 8, "谢": 7, "韩": 7, "唐": 7, "冯": 6, "于": 6, "董": 6, "萧": 5,
    "程": 5, "曹": 5, "袁": 5, "邓": 5, "许": 5, "傅": 4, "沈": 4, "曾": 4, "彭": 4, "吕": 4,
    "单": 1, "解": 1, "欧阳": 1, "上官": 1,
}  # fmt: skip
_GIVEN = {
    ("F", "old"): "秀英玉兰桂珍淑华素琴凤芝惠敏月娥文静雅贞",
    ("M", "old"): "建国志德明福永祥振华文彬国栋树林宗泽长庚",
    ("F", "mid"): "丽娟红霞艳萍晓燕海燕雪梅小琳春莉冬静玲芳",
    ("M", "mid"): "伟强军勇磊刚涛斌晓东海峰立新志远宏宇卫平",
    ("F", "young"): "欣怡梓涵雨桐诗琪思颖佳宁若汐可馨语嫣一诺",
    ("M", "young"): "浩然子轩宇辰俊杰博文奕泽铭轩睿天佑嘉豪书",
}
# Simplified and traditional forms of the same name: ledgers of old staff mix both.
TRADITIONAL = {
    "张": "張", "刘": "劉", "陈": "陳", "杨": "楊", "赵": "趙", "黄": "黃", "吴": "吳", "孙": "孫", "马": "馬", "罗": "羅",
    "郑": "鄭", "谢": "謝", "韩": "韓", "冯": "馮", "萧": "蕭", "邓": "鄧", "许": "許", "国": "國", "华": "華", "兰": "蘭",
    "凤": "鳳", "丽": "麗", "军": "軍", "伟": "偉", "刚": "剛", "东": "東",
}  # fmt: skip
_PROVINCES = ("11", "12", "13", "21", "31", "32", "33", "34", "37", "41", "42", "43", "44", "51", "61")
NEVER_ASSIGNED_COUNTY = "9901"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_PHONES = 100_000


def draw_surname(rng: random.Random) -> str:
    """This function will draw a surname by its frequency in the population."""
    return rng.choices(tuple(_SURNAMES), weights=tuple(_SURNAMES.values()))[0]


def draw_name(rng: random.Random, *, surname: str, sex: str, born: date) -> str:
    """This function will make a full name that fits the sex (M or F) and the generation."""
    generation = "old" if born.year < 1962 else ("mid" if born.year < 1998 else "young")
    letters = _GIVEN[sex, generation]
    size = 1 if rng.random() < 0.18 else 2
    return surname + "".join(rng.sample(letters, size))


def identity_number(area: str, born: date, order: int) -> str:
    """This function will build an 18-character number with the check character of GB 11643 (ISO 7064 MOD 11-2).

    `area` has 6 digits; `order` is 0-999, odd for men.
    """
    first_17 = f"{area}{born:%Y%m%d}{order:03d}"
    return first_17 + _CHECK[sum(w * int(d) for w, d in zip(_WEIGHTS, first_17, strict=True)) % 11]


class Numbers:
    """Gives identity and mobile numbers, each once."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._used: set[str] = set()
        self._phones = iter(rng.sample(range(_PHONES), _PHONES))

    def identity(self, *, sex: str, born: date) -> str:
        """This function will draw an identity number that nobody can hold, not given before."""
        while True:
            order = self._rng.randrange(500) * 2 + (sex == "M")
            number = identity_number(self._rng.choice(_PROVINCES) + NEVER_ASSIGNED_COUNTY, born, order)
            if number not in self._used:
                self._used.add(number)
                return number

    def phone(self) -> str:
        """This function will give the next mobile number of the block. Raises StopIteration after 100,000."""
        return f"199000{next(self._phones):05d}"
