"""One report with every part in it, for the tests of what it says and of how it is laid out."""

import io
import re
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import docx
from docx.oxml.ns import qn
from pypdf import PdfReader

from tongxin.situation.documents.content import (
    Curve,
    CurveDay,
    Figure,
    ReportContent,
    Section,
    Table,
    linked,
)

BEIJING = timezone(timedelta(hours=8))
SITE = "http://127.0.0.1:8000"
HOSTILE = (
    '#eval("1+1")',
    '#let x = read("/etc/passwd")',
    "{{ 7*7 }}",
    "{% for x in range(9) %}{% endfor %}",
    "{# gone #}",
    "{_{ x }_} {_% y %_}",
    "*bold* _it_ `raw` $x^2$ <label> @ref \\ // ---",
    "<w:p>&amp;]]></w:t>",
    "</svg><script>alert(1)</script>",
    '=HYPERLINK("http://x")',
)


def moment(day: int, hour: int = 0) -> datetime:
    return datetime(2022, 11, day, hour, tzinfo=BEIJING)


def some_curve(counts=((0, 1), (2, 0), (3, 1)), series=("有症状", "无症状")) -> Curve:
    days = tuple(CurveDay(date(2022, 11, 1 + i), pair, f"/situation/days/{i}/") for i, pair in enumerate(counts))
    return Curve("每日新增", series, days)


def some_figures(scale: int = 1) -> tuple[Figure, ...]:
    return (
        Figure("cases", "新增病例", 3 * scale, 1, "例", "/situation/figures/cases/", is_new=True),
        Figure("contacts", "新增密接", 42 * scale, 50, "人", "/situation/figures/contacts/", is_new=True),
        Figure("managed", "在管密接", 118, 118, "人", "/situation/figures/managed/"),
    )


def report(**changes) -> ReportContent:
    total = Figure("total", "累计", 9, 6, "例", "/situation/figures/total/")
    content = ReportContent(
        language="zh",
        title="疫情防控工作情况报告",
        compound="同心院",
        period_starts_at=moment(3),
        period_ends_at=moment(4),
        issue_number=3,
        issued_at=moment(4, 5),
        signer="林知远",
        red_head="同心院疫情防控指挥部",
        document_number="同防指〔2022〕3号",
        figures=some_figures(),
        sections=(
            Section("当前形势", (linked("累计报告%(total)s，传播链清楚。", total=total),), curves=(some_curve(),)),
            Section(
                "工作开展情况",
                subsections=(
                    Section(
                        "核酸检测",
                        ("尚有39人未采。",),
                        tables=(Table(("网格", "未采"), (("1号网格", total),), "未采人数"),),
                    ),
                    Section("一对一联系", ("499人全部联系。",)),
                ),
            ),
        ),
    )
    return replace(content, **changes)


def document_text(packed: bytes) -> str:
    body = docx.Document(io.BytesIO(packed)).element.body
    return "\n".join("".join(node.text or "" for node in p.iter(qn("w:t"))) for p in body.iter(qn("w:p")))


def pdf_text(packed: bytes) -> str:
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(packed)).pages)
    return re.sub(r"\s+", "", text)
