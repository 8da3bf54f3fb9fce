"""Every reason that the importer can give, as whole sentences in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from typing import NamedTuple

from tongxin.community.importing.guard import UploadRefused
from tongxin.community.importing.shapes import Reason, Severity
from tongxin.community.importing.titles import Language, title


class ReasonText(NamedTuple):
    """How much a reason weighs and its two sentences; ``{field}`` is the field's title."""

    severity: Severity
    zh: str
    en: str


_N, _D, _R, _I = Severity.NOTE, Severity.DOUBT, Severity.REFUSAL, Severity.IGNORE

REASONS: dict[str, ReasonText] = {
    "no_name": ReasonText(_R, "没有姓名，未导入。", "There is no name, so the row was not imported."),
    "no_place": ReasonText(_R, "没有住址，未导入。", "There is no place, so the row was not imported."),
    "name_is_code": ReasonText(_N, "没有姓名列，用人员编号代替。", "The list has no names; the code stands in."),
    "name_remark": ReasonText(_N, "姓名后的括注已移到备注。", "Words in brackets after the name were moved to the note."),
    "may_be_gone": ReasonText(_D, "姓名或备注写明可能已去世或迁出，请核实。", "The row says that the person may have died or moved away."),
    "name_too_long": ReasonText(_D, "姓名过长，只保留前 {limit} 个字，请核实。", "The name is too long; the first {limit} characters were kept."),
    "name_strange": ReasonText(_D, "姓名里有不该有的字符，请核实。", "The name holds characters that names do not have."),
    "name_several": ReasonText(_D, "一个单元格里像有几个人的姓名，请拆成几行。", "The cell seems to hold several names; give each person a row."),
    "id_checksum": ReasonText(_D, "身份证号校验码不对，已留空。", "The ID number fails its check character; it was left empty."),
    "id_length": ReasonText(_D, "身份证号位数不对，已留空。", "The ID number has the wrong length; it was left empty."),
    "id_birth_date": ReasonText(_D, "身份证号里的出生日期不存在，已留空。", "The birth date in the ID number is impossible; it was left empty."),
    "id_region": ReasonText(_D, "身份证号的地区码不存在，已留空。", "The region in the ID number does not exist; it was left empty."),
    "id_wrong": ReasonText(_D, "证件号码看不懂，已留空。", "The ID number was not understood; it was left empty."),
    "id_digits_lost": ReasonText(_D, "身份证号被表格存成数字，末几位已丢失，已留空。请把该列设为文本后重填。", "The spreadsheet stored the ID number as a number and lost its last digits; it was left empty. Format the column as text and type it again."),
    "id_converted": ReasonText(_N, "15 位身份证号已换算成 18 位。", "The 15-digit ID number was converted to 18 digits."),
    "id_other_paper": ReasonText(_N, "证件号码像是护照或通行证，已照此登记。", "The number looks like a passport or permit and was taken as one."),
    "phone_wrong": ReasonText(_D, "{field}不对，已留空。", "{field} is wrong; it was left empty."),
    "phone_digits_lost": ReasonText(_D, "{field}被表格存成科学计数，末几位已丢失，已留空。", "{field} was stored in scientific notation and lost digits; it was left empty."),
    "phone_local": ReasonText(_N, "{field}是没有区号的座机。", "{field} is a landline without area code."),
    "phone_more": ReasonText(_N, "{field}里有两个以上号码，多出的没有保存。", "{field} holds more than two numbers; the others were not kept."),
    "date_invalid": ReasonText(_D, "{field}不是有效日期，已留空。", "{field} is not a date; it was left empty."),
    "date_incomplete": ReasonText(_N, "{field}不完整，只记下年份。", "{field} is incomplete; only the year was kept."),
    "date_ambiguous": ReasonText(_D, "{field}的月和日分不清，按先月后日读取，请核实。", "{field} may be day-month or month-day; it was read as month first."),
    "date_short_year": ReasonText(_D, "{field}的年份只有两位，请核实。", "{field} has a two-digit year; please check it."),
    "date_in_future": ReasonText(_D, "{field}在今天之后，已留空。", "{field} lies in the future; it was left empty."),
    "date_too_old": ReasonText(_D, "{field}早得不合理，已留空。", "{field} is implausibly early; it was left empty."),
    "birth_date_contradicts_id": ReasonText(_D, "出生日期与身份证号不一致，按身份证号登记，请核实。", "The birth date contradicts the ID number; the ID number was followed."),
    "sex_contradicts_id": ReasonText(_D, "性别与身份证号不一致，按身份证号登记，请核实。", "The sex contradicts the ID number; the ID number was followed."),
    "age_contradicts_birth_date": ReasonText(_D, "年龄与出生日期不一致，年龄已留空。", "The age contradicts the birth date; the age was left empty."),
    "sex_wrong": ReasonText(_D, "性别看不懂，已留空。", "The sex was not understood; it was left empty."),
    "age_wrong": ReasonText(_D, "年龄不合理，已留空。", "The age is implausible; it was left empty."),
    "number_wrong": ReasonText(_D, "{field}不是数字，已留空。", "{field} is not a number; it was left empty."),
    "yes_no_unclear": ReasonText(_D, "{field}看不出是或否，已留空。", "{field} is neither yes nor no; it was left empty."),
    "care_class_unknown": ReasonText(_D, "{field}里有系统不认识的类别，已按原文保留。", "{field} holds a class that is not known; its words were kept."),
    "care_class_from_title": ReasonText(_N, "类别取自标题或工作表名。", "The class was taken from the title or the sheet's name."),
    "value_unknown": ReasonText(_D, "{field}里有系统不认识的内容，这部分未采用，请核实。", "{field} holds something that is not known; that part was not used."),
    "tongxin_id_wrong": ReasonText(_D, "同心编号不对，已忽略。", "The Tongxin ID is not valid and was not used."),
    "place_not_understood": ReasonText(_D, "住址看不懂，已按原文保留。", "The address was not understood; its words were kept."),
    "place_incomplete": ReasonText(_D, "住址不完整，请补楼号或房号。", "The address is incomplete; building or dwelling is missing."),
    "place_contradiction": ReasonText(_D, "住址列与楼号、房号列不一致，按楼号、房号列登记。", "The address contradicts the building and dwelling columns; those columns were followed."),
    "place_became_date": ReasonText(_D, "住址被表格变成了日期，已还原，请核实。", "The spreadsheet had turned the address into a date; it was turned back."),
    "place_from_row_above": ReasonText(_D, "本行没有住址，按上一行同户登记，请核实。", "The row has no place; the place of the household above was taken."),
    "place_of_household_above": ReasonText(_N, "本行没有住址，按上面同户登记。", "The row has no place; the place of its household above was taken."),
    "place_from_household": ReasonText(_N, "本行没有住址，按同一户号登记。", "The row has no place; the place of the same household number was taken."),
    "place_part_from_above": ReasonText(_N, "楼号或单元本行没有写，取自上面的行。", "The building or entrance is not written in this row; the rows above give it."),
    "place_from_title": ReasonText(_N, "楼号取自标题或工作表名。", "The building was taken from the title or the sheet's name."),
    "responder_unreachable": ReasonText(_D, "没有部门、住址和电话，无法联系。", "There is no department, no place and no phone."),
    "cell_error": ReasonText(_D, "{field}的公式出错，已留空。", "The formula in {field} failed; it was left empty."),
    "text_too_long": ReasonText(_D, "{field}过长，只保留前 {limit} 个字。", "{field} is too long; the first {limit} characters were kept."),
    "characters_lost": ReasonText(_D, "{field}里有乱码，请核实。", "{field} holds characters that were already destroyed in the file."),
    "repeated_header": ReasonText(_I, "重复的表头，已跳过。", "A repeated header row was skipped."),
    "subtotal_row": ReasonText(_I, "合计或小计行，已跳过。", "A total or subtotal row was skipped."),
    "note_row": ReasonText(_I, "说明或落款行，已跳过。", "A note or signature row was skipped."),
    "section_row": ReasonText(_I, "分段标题行，已跳过。", "A section title was skipped."),
    "sample_row": ReasonText(_I, "模板示例行，已跳过。", "The sample row of the template was skipped."),
    "vacant_dwelling": ReasonText(_I, "空置房，没有人员，已跳过。", "The dwelling is vacant; there is nobody to import."),
    "numbered_blank": ReasonText(_I, "只有序号的空行，已跳过。", "A row with only a number was skipped."),
    "continuation_row": ReasonText(_I, "上一人合并单元格的续行，已跳过。", "The row continues the merged cells of the person above."),
}  # fmt: skip

FILE_SENTENCES: dict[str, tuple[str, str]] = {
    "file_empty": ("文件是空的。", "The file is empty."),
    "file_too_large": ("文件超过 {limit_mb} MB，请拆成几个文件。", "The file is larger than {limit_mb} MB. Please split it."),
    "file_has_password": ("文件有密码。请在表格软件里去掉密码后另存为 .xlsx。", "The file has a password. Remove it and save the workbook as .xlsx."),
    "file_is_old_excel": ("这是旧格式的表格（如 .xls、.xlsb、.ods）。请另存为 .xlsx 再导入。", "This is a workbook in another format (such as .xls, .xlsb or .ods). Please save it as .xlsx."),
    "file_is_web_page": ("这是网页改名成的表格。请用表格软件打开，另存为 .xlsx 再导入。", "This is a web page named like a workbook. Open it and save it as .xlsx."),
    "file_wrong_type": ("这不是 .xlsx 或 .csv 表格。", "This is not an .xlsx or .csv file."),
    "file_damaged": ("文件已损坏或不完整，请重新保存后再试。", "The file is damaged or incomplete. Please save it again."),
    "file_is_bomb": ("文件解压后大得不合理，已拒绝。", "The file unpacks to an unreasonable size and was refused."),
    "file_too_much_memory": ("读取文件需要的内存太多。请拆成几个文件。", "Reading the file needs too much memory. Please split it."),
    "file_took_too_long": ("读取文件的时间太长，已停止。请拆成几个文件。", "Reading the file took too long and was stopped. Please split it."),
    "file_unreadable": ("读取文件的程序意外停止，没有导入任何内容。请另存为新的 .xlsx 再试。", "The reader stopped unexpectedly; nothing was imported. Please save the file as a new .xlsx."),
    "sheet_too_wide": ("工作表在 {cell} 有内容，离名单太远。请删除后再试（最多 {rows} 行）。", "A sheet has a value in {cell}, far outside any list. Delete it and try again (at most {rows} rows)."),
    "sheet_too_large": ("工作表的范围超过 {cells} 个单元格。请删除多余的行列或拆成几个文件。", "A sheet spans more than {cells} cells. Delete unused rows and columns or split the file."),
    "files_gone": ("上传的文件已经清除，请重新上传。", "The uploaded file has been removed. Please upload it again."),
    "no_people_found": ("没有找到人员名单：没有一行像是含姓名的表头。", "No list of people was found: no row looks like a header with names."),
}  # fmt: skip

PAIR_SENTENCES: dict[str, tuple[str, str]] = {
    "same_id": ("证件号码相同", "same ID number"),
    "same_phone_and_name": ("电话和姓名相同", "same phone and name"),
    "same_phone_and_similar_name": ("电话相同、姓名相近", "same phone and similar name"),
    "same_door_and_name": ("住址和姓名相同", "same dwelling and name"),
    "same_door_and_sound": ("住址相同、姓名同音", "same dwelling and name that sounds alike"),
    "same_door_and_similar_name": ("住址相同、姓名相近", "same dwelling and similar name"),
    "same_birth_date": ("出生日期相同", "same birth date"),
    "same_name_and_birth_date": ("姓名和出生日期相同", "same name and birth date"),
}  # fmt: skip


def severity(code: str) -> Severity:
    """This function will give the weight of a reason's code."""
    return REASONS[code].severity


def sentence(reason: Reason, language: Language) -> str:
    """This function will give a reason in words, ready for a person."""
    text = REASONS[reason.code]
    template = text.zh if language == "zh" else text.en
    name = title(reason.field, language) if reason.field else ""
    return template.format_map({"field": name, **reason.params})


def file_sentence(code: str, language: Language, params: AbstractMapping[str, str | int] | None = None) -> str:
    """This function will say in words why a whole file was refused."""
    return FILE_SENTENCES[code][0 if language == "zh" else 1].format_map(dict(params or {}))


def refusal_sentence(refused: UploadRefused, language: Language) -> str:
    """This function will turn the exception of the reader into words."""
    return file_sentence(refused.code, language, refused.params)


def pair_sentence(code: str, language: Language) -> str:
    """This function will say in words why two rows may be one person."""
    return PAIR_SENTENCES[code][0 if language == "zh" else 1]
