"""The contact ledger as the superior authority wants it: 38 columns of the provincial export, as a workbook."""

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from django.db.models import Q

from tongxin.base import audit, clock
from tongxin.base.actors import Actor, Scope
from tongxin.community import api as community
from tongxin.incidents.api import Incident
from tongxin.tracing import rules
from tongxin.tracing.api.reading import managed_rows, stages_on
from tongxin.tracing.models import ContactLink, Management, ManagementStage

#: Column names of the provincial export, in its order (domain rulebook 5.1). Data, not interface: never translated.
COLUMNS = (
    *("地市", "区县", "镇(街道)", "ID", "姓名", "国籍", "性别", "年龄", "有效证件号", "联系方式", "目前所处位置"),
    *("现住址", "职业", "工作单位", "密接/次密发现途径", "是否核心密接", "是否排除密接/次密", "关联病例"),
    *("是否境外输入病例", "关联密接", "密接类型", "与患者关系", "接触地点", "最后接触日期", "应解除观察日期"),
    *("关联重点场所", "转归", "备注", "是否追踪到", "审核时间", "录入时间", "一码通入住日期", "一码通入住酒店"),
    *("医学观察方式", "医学观察场所名称", "创建单位", "转出目的省(直辖市)", "居家隔离原因"),
)
_CLASS = {"CONTACT": "密切接触者", "SECONDARY_CONTACT": "密接的密接", "EXPOSED": "涉疫场所暴露人员"}
_OUTCOME = {"ACTIVE": "继续观察", "RELEASED": "解除观察", "BECAME_CASE": "转为确诊", "EXCLUDED": "排除"}
_MODE = {
    "HOSPITAL": "医院隔离",
    "CENTRAL_ISOLATION": "集中",
    "HOME_ISOLATION": "居家",
    "HOME_MONITORING": "居家",
    "MONITORING": "不详",
    "SELF_MONITORING": "居家",
}
_WAY = {
    "HOUSEHOLD": "同住",
    "ENTRANCE": "其他",
    "FLOOR": "其他",
    "CLASS": "同室工作学习",
    "WORK_UNIT": "同室工作学习",
    "TUBE": "其他",
    "QUEUE": "其他",
    "RADIUS": "其他",
    "VENUE": "其他",
}
_SEX = {"M": "男", "F": "女", "U": ""}


def contact_ledger(
    *, area_id: int, incident: Incident, scope: Scope, purpose: str, is_full: bool, actor: Actor, at: datetime
) -> bytes:
    """This function will return the ledger of a scope as an .xlsx file and leave the export in the audit.

    Masked by default: 张*, no numbers, no phones. Columns that this system does not know stay empty.
    """
    today = clock.local_date(at)
    rows = list(
        managed_rows(area_id=area_id, incident_id=incident.pk, scope=scope, today=today).select_related(
            "person__department"
        )
    )
    audit.record(
        "tracing.ledger.exported",
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="Incident",
        target_uuid=incident.uuid,
        detail={"purpose": purpose, "full": is_full, "rows": len(rows)},
    )
    community.warm_names(area_id, [row.person for row in rows])
    links = _links(incident, [row.person_id for row in rows])
    community.warm_names(area_id, [link.via for mine in links.values() for link in mine if link.via])
    stages = stages_on(area_id=area_id, management_ids=[row.pk for row in rows], today=today)
    unit = community.get_compound(area_id).name
    lines = [
        _line(row, links.get(row.person_id, []), stages.get(row.pk), unit=unit, is_full=is_full, today=today)
        for row in rows
    ]
    return _workbook(lines)


def _links(incident: Incident, person_ids: Sequence[int]) -> dict[int, list[ContactLink]]:
    found: dict[int, list[ContactLink]] = {}
    for start in range(0, len(person_ids), 500):
        rows = ContactLink.objects.filter(
            Q(person_id__in=person_ids[start : start + 500]), area_id=incident.area_id, incident=incident
        )
        for link in rows.select_related("case_person__dwelling", "via__dwelling").order_by("listed_at", "id"):
            found.setdefault(link.person_id, []).append(link)
    return found


def _line(
    row: Management,
    links: Sequence[ContactLink],
    stage: ManagementStage | None,
    *,
    unit: str,
    is_full: bool,
    today: date,
) -> dict[str, Any]:
    person = row.person
    first = min(links, key=lambda link: rules.CLASSES.index(link.degree), default=None)
    via = next((link.via for link in links if link.via), None)
    mode = _MODE.get(stage.mode, "不详") if stage else ""
    return {
        "ID": str(row.uuid),
        "姓名": person.name if is_full else community.masked_name(person),
        "性别": _SEX.get(person.sex, ""),
        "年龄": today.year - person.birth_year if person.birth_year else "",
        "有效证件号": person.id_number if is_full else "",
        "联系方式": person.phone if is_full else "",
        "现住址": person.dwelling.door if person.dwelling else "",
        "工作单位": person.department.name if person.department else "",
        "密接/次密发现途径": "主动甄别",
        "是否排除密接/次密": "是" if row.state == Management.State.EXCLUDED else "否",
        "关联病例": _door(first.case_person) if first else "",
        "关联密接": f"{community.masked_name(via)} {_door(via)}".strip() if via else "",
        "密接类型": _CLASS.get(row.person_class, ""),
        "与患者关系": _WAY.get(first.layer, "其他") if first else "",
        "接触地点": _door(first.case_person) if first and first.layer in ("HOUSEHOLD", "ENTRANCE", "FLOOR") else "",
        "最后接触日期": row.last_contact_date,
        "应解除观察日期": row.release_date,
        "转归": _OUTCOME.get(row.state, ""),
        "是否追踪到": "是",
        "录入时间": clock.local_date(row.started_at),
        "医学观察方式": mode,
        "医学观察场所名称": _door(person) if mode == "居家" else "",
        "创建单位": unit,
    }


def _door(person: Any) -> str:
    return person.dwelling.door if person is not None and person.dwelling else ""


def _workbook(lines: Sequence[dict[str, Any]]) -> bytes:
    target = BytesIO()
    # typed text stays text: a name that begins with = must never become a formula in somebody's office
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        head = book.add_format({"bold": True, "text_wrap": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("密接台账")
        for column, name in enumerate(COLUMNS):
            sheet.write_string(0, column, name, head)
        for number, line in enumerate(lines, start=1):
            for column, name in enumerate(COLUMNS):
                _write(sheet, number, column, line.get(name, ""), day)
        sheet.freeze_panes(1, 5)
        sheet.autofilter(0, 0, max(len(lines), 1), len(COLUMNS) - 1)
        sheet.set_column(0, len(COLUMNS) - 1, 14)
    return target.getvalue()


def _write(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
    elif isinstance(value, int):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value))
