"""What the importer itself calls each field, in both languages. Templates and exports use these."""

from __future__ import annotations

from typing import Literal

from tongxin.community.importing.shapes import Field, ImportKind

Language = Literal["zh", "en"]

TITLES: dict[Field, tuple[str, str]] = {
    Field.TONGXIN_ID: ("同心编号", "Tongxin ID"),
    Field.EXTERNAL_CODE: ("人员编号", "External code"),
    Field.SERIAL: ("序号", "No."),
    Field.NAME: ("姓名", "Name"),
    Field.SEX: ("性别", "Sex"),
    Field.BIRTH_DATE: ("出生日期", "Birth date"),
    Field.BIRTH_YEAR: ("出生年份", "Birth year"),
    Field.AGE: ("年龄", "Age"),
    Field.ID_TYPE: ("证件类型", "ID type"),
    Field.ID_NUMBER: ("身份证号", "ID number"),
    Field.PHONE: ("手机号", "Phone"),
    Field.PHONE_SECOND: ("备用电话", "Second phone"),
    Field.GRID: ("网格", "Grid"),
    Field.ADDRESS: ("住址", "Address"),
    Field.BUILDING: ("楼号", "Building"),
    Field.ENTRANCE: ("单元", "Entrance"),
    Field.FLOOR: ("楼层", "Floor"),
    Field.DWELLING: ("房号", "Dwelling"),
    Field.HOUSEHOLD_NUMBER: ("户号", "Household number"),
    Field.HOUSEHOLD_HEAD: ("户主姓名", "Head of household"),
    Field.RELATION_TO_HEAD: ("与户主关系", "Relation to head"),
    Field.RESIDENCE_TYPE: ("居住类型", "Residence type"),
    Field.NATIONALITY: ("国籍", "Nationality"),
    Field.ETHNIC_GROUP: ("民族", "Ethnic group"),
    Field.DEPARTMENT: ("部门", "Department"),
    Field.WORK_UNIT: ("工作单位", "Work unit"),
    Field.OCCUPATION: ("职业", "Occupation"),
    Field.SCHOOL_CLASS: ("班级", "School class"),
    Field.X_M: ("横坐标", "X coordinate"),
    Field.Y_M: ("纵坐标", "Y coordinate"),
    Field.SPECIAL_CARE_CLASSES: ("特殊人群类别", "Special care classes"),
    Field.LIVES_ALONE: ("是否独居", "Lives alone"),
    Field.CHRONIC_ILLNESS: ("慢性病", "Chronic illness"),
    Field.MEDICINE_DAYS_LEFT: ("药品剩余天数", "Medicine days left"),
    Field.MOBILITY: ("行动能力", "Mobility"),
    Field.DIALECT: ("方言", "Dialect"),
    Field.FAMILY_CONTACT_NAME: ("家属姓名", "Family contact name"),
    Field.FAMILY_CONTACT_PHONE: ("家属电话", "Family contact phone"),
    Field.LIAISON_NAME: ("联络员", "Liaison"),
    Field.LIAISON_DEPUTY_NAME: ("副联络员", "Liaison deputy"),
    Field.RESPONDER_KIND: ("人员身份", "Responder kind"),
    Field.SKILLS: ("技能", "Skills"),
    Field.HOME_DEPARTMENT: ("原部门", "Home department"),
    Field.SECONDED_TO: ("借调至", "Seconded to"),
    Field.AVAILABLE_WINDOWS: ("可服务时间", "Available windows"),
    Field.NOTE: ("备注", "Note"),
    Field.IMPORT_RESULT: ("导入结果", "Import result"),
}

_PERSON = (
    Field.TONGXIN_ID,
    Field.EXTERNAL_CODE,
    Field.NAME,
    Field.SEX,
    Field.BIRTH_DATE,
    Field.AGE,
    Field.ID_TYPE,
    Field.ID_NUMBER,
    Field.PHONE,
    Field.PHONE_SECOND,
)
_DOOR = (
    Field.GRID,
    Field.BUILDING,
    Field.ENTRANCE,
    Field.DWELLING,
    Field.ADDRESS,
    Field.HOUSEHOLD_NUMBER,
)

COLUMNS: dict[ImportKind, tuple[Field, ...]] = {
    ImportKind.PEOPLE: (
        *_PERSON,
        *_DOOR,
        Field.HOUSEHOLD_HEAD,
        Field.RELATION_TO_HEAD,
        Field.RESIDENCE_TYPE,
        Field.NATIONALITY,
        Field.DEPARTMENT,
        Field.WORK_UNIT,
        Field.OCCUPATION,
        Field.SCHOOL_CLASS,
        Field.X_M,
        Field.Y_M,
        Field.NOTE,
    ),
    ImportKind.RESPONDERS: (
        *_PERSON,
        *_DOOR,
        Field.RESPONDER_KIND,
        Field.SKILLS,
        Field.HOME_DEPARTMENT,
        Field.SECONDED_TO,
        Field.AVAILABLE_WINDOWS,
        Field.DIALECT,
        Field.NOTE,
    ),
    ImportKind.SPECIAL_CARE: (
        *_PERSON,
        *_DOOR,
        Field.SPECIAL_CARE_CLASSES,
        Field.LIVES_ALONE,
        Field.CHRONIC_ILLNESS,
        Field.MEDICINE_DAYS_LEFT,
        Field.MOBILITY,
        Field.DIALECT,
        Field.DEPARTMENT,
        Field.FAMILY_CONTACT_NAME,
        Field.FAMILY_CONTACT_PHONE,
        Field.LIAISON_NAME,
        Field.LIAISON_DEPUTY_NAME,
        Field.NOTE,
    ),
}
"""The columns of template and export, in order; identical, so that an export comes in again."""


def title(field: Field, language: Language) -> str:
    """This function will give the importer's own title of a field."""
    return TITLES[field][0 if language == "zh" else 1]
