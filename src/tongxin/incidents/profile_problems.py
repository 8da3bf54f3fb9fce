"""What can be wrong in a profile file, said in both languages: where, what, and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["BadProfiles", "ProblemCode", "ProfileProblem"]


class ProblemCode(StrEnum):
    """One kind of mistake."""

    NO_FOLDER = "NO_FOLDER"
    NO_PROFILE = "NO_PROFILE"
    UNREADABLE = "UNREADABLE"
    TOO_LARGE = "TOO_LARGE"
    BAD_ENCODING = "BAD_ENCODING"
    BAD_TOML = "BAD_TOML"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    UNKNOWN_KEY_GUESS = "UNKNOWN_KEY_GUESS"
    MISSING_KEY = "MISSING_KEY"
    WRONG_TYPE = "WRONG_TYPE"
    EMPTY = "EMPTY"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    UNKNOWN_CODE_GUESS = "UNKNOWN_CODE_GUESS"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    BAD_GRADE = "BAD_GRADE"
    MISSING_SOURCE = "MISSING_SOURCE"
    UNKNOWN_SOURCE = "UNKNOWN_SOURCE"
    UNVERIFIED = "UNVERIFIED"
    WRONG_ID = "WRONG_ID"
    DUPLICATE = "DUPLICATE"
    DATES_REVERSED = "DATES_REVERSED"
    DATES_OVERLAP = "DATES_OVERLAP"
    DATES_GAP = "DATES_GAP"
    UNKNOWN_LEVEL = "UNKNOWN_LEVEL"
    LIFT_CYCLE = "LIFT_CYCLE"
    LIFT_UPWARD = "LIFT_UPWARD"
    LIFT_MISSING = "LIFT_MISSING"
    LEVEL_ORDER = "LEVEL_ORDER"
    LAYER_INCOMPLETE = "LAYER_INCOMPLETE"
    SECONDARY_OFF = "SECONDARY_OFF"
    NO_MANAGEMENT = "NO_MANAGEMENT"
    TEST_DAY_OUTSIDE = "TEST_DAY_OUTSIDE"
    MODEL_INCOMPLETE = "MODEL_INCOMPLETE"
    NOT_ASCENDING = "NOT_ASCENDING"
    POOL_NOT_ALLOWED = "POOL_NOT_ALLOWED"
    NO_GENERAL_APPROVAL = "NO_GENERAL_APPROVAL"


_ENGLISH: dict[ProblemCode, str] = {
    ProblemCode.NO_FOLDER: "The folder of disease profiles does not exist. Check TONGXIN_PROFILES or install again.",
    ProblemCode.NO_PROFILE: "The folder holds no profile. Put at least one .toml file into it.",
    ProblemCode.UNREADABLE: "The file cannot be read ({detail}). Check that it is a file and who may read it.",
    ProblemCode.TOO_LARGE: "The file is larger than {limit} bytes. A profile is a short text; check what was saved here.",
    ProblemCode.BAD_ENCODING: "The file is not UTF-8 text. Save it again as UTF-8.",
    ProblemCode.BAD_TOML: "The file is not valid TOML: {detail}. Correct it at that place.",
    ProblemCode.UNKNOWN_KEY: "This key is not known. Remove it; the known ones are: {known}.",
    ProblemCode.UNKNOWN_KEY_GUESS: "This key is not known. Did you mean {guess}? Rename or remove it.",
    ProblemCode.MISSING_KEY: "This key is missing. Add it: {meaning}.",
    ProblemCode.WRONG_TYPE: "Found {found}, expected {expected}. Write the value in that form.",
    ProblemCode.EMPTY: "This is empty. Write at least one entry.",
    ProblemCode.UNKNOWN_CODE: "{found} is not a known code. Use one of: {known}.",
    ProblemCode.UNKNOWN_CODE_GUESS: "{found} is not a known code. Did you mean {guess}? Known are: {known}.",
    ProblemCode.OUT_OF_RANGE: "{found} is outside {low} to {high}. Check the number and its unit.",
    ProblemCode.BAD_GRADE: "{found} is not a grade. Use A, B, C, D or U.",
    ProblemCode.MISSING_SOURCE: "The value has no source. Name one from [sources]; nothing is used without its origin.",
    ProblemCode.UNKNOWN_SOURCE: "The source {found} is not listed. Add it to [sources] or use one of: {known}.",
    ProblemCode.UNVERIFIED: "Grade U means that nobody found a source. Add to_verify = true, or check it and grade it.",
    ProblemCode.WRONG_ID: "The id is {found}, expected {expected}. Use small letters, digits and hyphens, as in the file name.",
    ProblemCode.DUPLICATE: "{found} occurs more than once. Keep one.",
    ProblemCode.DATES_REVERSED: "effective_until {until} is before effective_from {start}. Swap or correct them.",
    ProblemCode.DATES_OVERLAP: "The days overlap with rule set {other}. End that one the day before this one begins.",
    ProblemCode.DATES_GAP: "No rule set holds from {start} to {until}. Let rule set {other} end the day before this one.",
    ProblemCode.UNKNOWN_LEVEL: "{found} is not a zone level of this rule set. Use one of: {known}.",
    ProblemCode.LIFT_CYCLE: "Lifting runs in a circle: {path}. Let the last level have no lift.",
    ProblemCode.LIFT_UPWARD: "Lifting {found} leads to {to}, which is not a cooler level. Name a level further down the list.",
    ProblemCode.LIFT_MISSING: "The level {found} can never be lifted. Add a lift; only the last level has none.",
    ProblemCode.LEVEL_ORDER: "The level {found} stands below a cooler one. List the levels from the hottest to the coolest.",
    ProblemCode.LAYER_INCOMPLETE: "The layer {found} needs {needed}. Add it to the row.",
    ProblemCode.SECONDARY_OFF: "The layer {found} gives secondary contacts, but secondary is false. Change one of them.",
    ProblemCode.NO_MANAGEMENT: "No management rule is given for {found}. Add a row for this class of person.",
    ProblemCode.TEST_DAY_OUTSIDE: "Test day {found} is after the end of a stage of {days} days. Correct the day or the length.",
    ProblemCode.MODEL_INCOMPLETE: "The contact model {found} needs the section {needed}. Add it.",
    ProblemCode.NOT_ASCENDING: "{found} must not be followed by {next}. Write the numbers in rising order.",
    ProblemCode.POOL_NOT_ALLOWED: "The pool size {found} is not among the allowed ones: {known}. Choose one of them.",
    ProblemCode.NO_GENERAL_APPROVAL: 'No rule says how many people approve other measures. Add a row with measure = "*".',
}

_CHINESE: dict[ProblemCode, str] = {
    ProblemCode.NO_FOLDER: "病种方案文件夹不存在。请检查 TONGXIN_PROFILES，或重新安装。",
    ProblemCode.NO_PROFILE: "文件夹中没有病种方案。请放入至少一个 .toml 文件。",
    ProblemCode.UNREADABLE: "文件无法读取（{detail}）。请检查它是否为文件以及读取权限。",
    ProblemCode.TOO_LARGE: "文件超过 {limit} 字节。方案是一段短文本，请检查此处保存的内容。",
    ProblemCode.BAD_ENCODING: "文件不是 UTF-8 文本。请以 UTF-8 重新保存。",
    ProblemCode.BAD_TOML: "文件不是有效的 TOML：{detail}。请在该处改正。",
    ProblemCode.UNKNOWN_KEY: "不认识这个键。请删除；可用的键有：{known}。",
    ProblemCode.UNKNOWN_KEY_GUESS: "不认识这个键。是否应为 {guess}？请改名或删除。",
    ProblemCode.MISSING_KEY: "缺少这个键。请补上；其含义见 docs/reference/profiles.md。",
    ProblemCode.WRONG_TYPE: "此处为 {found}，应为 {expected}。请按该形式填写。",
    ProblemCode.EMPTY: "此处为空。请至少填写一项。",
    ProblemCode.UNKNOWN_CODE: "{found} 不是已知代码。请使用：{known}。",
    ProblemCode.UNKNOWN_CODE_GUESS: "{found} 不是已知代码。是否应为 {guess}？可用代码：{known}。",
    ProblemCode.OUT_OF_RANGE: "{found} 超出 {low} 至 {high} 的范围。请核对数字及其单位。",
    ProblemCode.BAD_GRADE: "{found} 不是证据等级。请使用 A、B、C、D 或 U。",
    ProblemCode.MISSING_SOURCE: "该值没有来源。请写明 [sources] 中的一项；无出处的值一律不用。",
    ProblemCode.UNKNOWN_SOURCE: "来源 {found} 未列出。请加入 [sources]，或使用：{known}。",
    ProblemCode.UNVERIFIED: "等级 U 表示未找到出处。请加上 to_verify = true，或核实后改写等级。",
    ProblemCode.WRONG_ID: "id 为 {found}，应为 {expected}。请使用小写字母、数字和连字符，并与文件名一致。",
    ProblemCode.DUPLICATE: "{found} 重复出现。请只保留一处。",
    ProblemCode.DATES_REVERSED: "effective_until {until} 早于 effective_from {start}。请对调或改正。",
    ProblemCode.DATES_OVERLAP: "日期与规则版本 {other} 重叠。请让前者在后者开始的前一天结束。",
    ProblemCode.DATES_GAP: "{start} 至 {until} 没有任何规则版本。请让 {other} 在本版本开始的前一天结束。",
    ProblemCode.UNKNOWN_LEVEL: "{found} 不是本规则版本的风险等级。请使用：{known}。",
    ProblemCode.LIFT_CYCLE: "解除路径成环：{path}。最后一级不应再写解除条件。",
    ProblemCode.LIFT_UPWARD: "{found} 解除后为 {to}，并非更低的等级。请写列表中更靠后的等级。",
    ProblemCode.LIFT_MISSING: "等级 {found} 永远无法解除。请补上解除条件；只有最后一级可以没有。",
    ProblemCode.LEVEL_ORDER: "等级 {found} 排在更低的等级之后。请由高到低排列。",
    ProblemCode.LAYER_INCOMPLETE: "接触层 {found} 需要 {needed}。请在该行补上。",
    ProblemCode.SECONDARY_OFF: "接触层 {found} 会产生次密接，但 secondary 为 false。请改其中一处。",
    ProblemCode.NO_MANAGEMENT: "没有针对 {found} 的管理规则。请为该类人员增加一行。",
    ProblemCode.TEST_DAY_OUTSIDE: "第 {found} 天检测晚于该阶段的 {days} 天。请改正天数或阶段长度。",
    ProblemCode.MODEL_INCOMPLETE: "传播模型 {found} 需要 {needed} 一节。请补上。",
    ProblemCode.NOT_ASCENDING: "{found} 之后不应为 {next}。请由小到大填写。",
    ProblemCode.POOL_NOT_ALLOWED: "混检人数 {found} 不在允许之列：{known}。请从中选择。",
    ProblemCode.NO_GENERAL_APPROVAL: '没有写明其他措施需几人批准。请增加一行 measure = "*"。',
}


# Words that the reader puts into "Found …, expected …".
_WORDS_IN_CHINESE = {
    "a whole number": "整数",
    "a number": "数字",
    "text": "文字",
    "true or false": "true 或 false",
    "a date such as 2022-11-11": "日期，如 2022-11-11",
    'a time such as "08:00"': '时刻，如 "08:00"',
    "a table": "表",
    "a list": "列表",
    "nothing": "空值",
}


@dataclass(frozen=True, slots=True)
class ProfileProblem:
    """One mistake: the file, the key path in it, the kind and the details that its sentence names."""

    file: str
    key: str
    code: ProblemCode
    details: tuple[tuple[str, str], ...] = ()

    def text(self, language: str = "en") -> str:
        """This function will say where the mistake is, what it is and what to do, in Chinese or in English."""
        chinese = language.lower().startswith("zh")
        words = _WORDS_IN_CHINESE if chinese else {}
        details = {name: words.get(value, value) for name, value in self.details}
        where = f"{self.file}: {self.key}" if self.key else self.file
        return f"{where}: {(_CHINESE if chinese else _ENGLISH)[self.code].format(**details)}"


class BadProfiles(ValueError):
    """Raised when a profile is refused; ``problems`` holds every mistake found and not only the first."""

    def __init__(self, problems: Iterable[ProfileProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.text("en") for problem in self.problems))

    def text(self, language: str = "en") -> str:
        """This function will say every mistake on a line of its own."""
        return "\n".join(problem.text(language) for problem in self.problems)
