"""Special-care classes as ledgers write them, and their codes."""

from __future__ import annotations

from tongxin.community.importing.cells import simplified, split_list

CARE_CLASSES: dict[str, tuple[str, str, str]] = {
    "RETIRED_LEADER": ("离退休领导", "Retired leader", "离退休院领导 离休领导 退休院领导 老领导 退休领导 离休干部 离休 退休局级 retiredleader"),
    "ACADEMICIAN": ("院士", "Academician", "两院院士 科学院院士 工程院院士 academician"),
    "RETIRED_STAFF": ("离退休职工", "Retired staff", "退休职工 退休 离退休 离退休人员 退休人员 退休干部 retiredstaff retired"),
    "ELDER_ALONE": ("独居老人", "Elder living alone", "独居 孤寡老人 空巢老人 独居高龄老人 孤老 高龄独居 空巢 elderalone livingalone"),
    "VERY_OLD": ("高龄老人", "Very old person", "高龄 80岁以上 八十岁以上 90岁以上 高龄老年人 veryold elderly elder 老人 老年人"),
    "PREGNANT": ("孕产妇", "Pregnant or newly delivered", "孕妇 产妇 待产 临产孕妇 怀孕 pregnant pregnancy"),
    "INFANT": ("婴幼儿", "Infant", "婴儿 幼儿 新生儿 infant baby"),
    "CHILD_ALONE": ("无人照看儿童", "Child without a carer", "留守儿童 未成年人独自 独自在家儿童 困境儿童 childalone"),
    "DIALYSIS": ("透析", "Dialysis", "肾透析 血透 血液透析 透析患者 尿毒症 肾透析患者 dialysis"),
    "CHEMOTHERAPY": ("放化疗", "Chemotherapy or radiotherapy", "肿瘤化疗 化疗 放疗 肿瘤 癌症 肿瘤放化疗 肿瘤患者 chemotherapy cancer"),
    "DISABLED": ("残疾人", "Disabled", "残疾 重残 肢残 残障 残疾人士 盲人 聋哑 disabled disability"),
    "BEDBOUND": ("卧床", "Bed-bound", "卧床老人 长期卧床 失能 失能老人 半失能 瘫痪 bedbound bedridden"),
    "DEMENTIA": ("认知症", "Dementia", "失智 失智老人 阿尔茨海默 老年痴呆 dementia"),
    "CHRONIC": ("慢性病", "Chronic illness", "慢病 高血压 糖尿病 高血压糖尿病 心脏病 冠心病 慢阻肺 慢病患者 基础病 chronic chronicillness"),
    "SEVERE_ILLNESS": ("重病", "Severe illness", "重症 大病 重大疾病 危重 重病患者 severeillness"),
    "MENTAL_ILLNESS": ("精神障碍", "Mental illness", "精神病 精神疾病 严重精神障碍 mentalillness"),
    "HARDSHIP": ("困难家庭", "Hardship", "困难 低保 低保户 特困 困难户 五保户 低收入 贫困 hardship poverty"),
    "OTHER_MEDICAL": ("其他定期就医", "Other regular treatment", "定期就医 其他医疗需求 othermedical"),
}  # fmt: skip
"""code: (Chinese, English, further words that mean it). Sources of the six medical ones: Haizhu 2022."""

_NOBODY_SPECIAL = frozenset(
    [
        "0",
        "否",
        "无",
        "普通",
        "普通居民",
        "普通人员",
        "一般",
        "一般人员",
        "一般人群",
        "一般居民",
        "正常",
        "健康",
        "无特殊",
        "无特殊情况",
        "常住",
        "常住人口",
        "流动",
        "流动人口",
        "户籍",
        "户籍人口",
        "租户",
        "租客",
        "业主",
        "自住",
        "居民",
        "normal",
        "none",
        "resident",
    ]
)
_BY_WORD: dict[str, str] = {}
for _code, (_zh, _en, _words) in CARE_CLASSES.items():
    for _word in (_code.lower(), _zh, _en.lower().replace(" ", ""), *_words.split()):
        _BY_WORD.setdefault(_word.replace("_", ""), _code)


def read_care_classes(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """This function will give the codes found in a cell and the words that no code fits."""
    codes: list[str] = []
    unknown: list[str] = []
    for part in split_list(text):
        word = simplified(part).lower().replace(" ", "").replace("_", "").replace("-", "")
        if word in _NOBODY_SPECIAL:
            continue
        code = _BY_WORD.get(word) or _BY_WORD.get(word.removesuffix("人员").removesuffix("患者"))
        if code is None:
            unknown.append(part)
        elif code not in codes:
            codes.append(code)
    return tuple(codes), tuple(unknown)


_TITLE_WORDS = sorted((word for word in _BY_WORD if not word.isascii() and len(word) >= 2), key=len, reverse=True)


def care_class_in(text: str) -> str:
    """This function will give the class that a title names, such as 二、院士（17人）; empty if it names none or several."""
    rest = simplified(text).replace(" ", "")
    found = set()
    for word in _TITLE_WORDS:
        if word in rest:
            found.add(_BY_WORD[word])
            rest = rest.replace(word, " ")
    return found.pop() if len(found) == 1 else ""
