"""The words that ledgers use for each field, in simplified Chinese and English.

Titles are compared after ``headers.title_key``: half-width, simplified, lower case, without
spaces, brackets and punctuation. Traditional titles therefore need no entry of their own.
"""

from tongxin.community.importing.shapes import Field

SYNONYMS: dict[Field, str] = {
    Field.TONGXIN_ID: "tongxinid 同心编号 系统编号",
    Field.EXTERNAL_CODE: "人员编号 编码 人员编码 工号 学号 职工号 员工号 人员代码 一卡通号 卡号 档案号 编号 "
    "externalcode code personcode personid caseid staffid studentid employeeid participant subject",
    Field.SERIAL: "序号 序 行号 no serial serialno number rowno seq index 顺序号 #",
    Field.NAME: "姓名 名字 人员姓名 居民姓名 成员姓名 家庭成员 家庭成员姓名 住户姓名 业主姓名 被服务人 服务对象 "
    "学生姓名 教职工姓名 志愿者姓名 老人姓名 本人姓名 中文姓名 真实姓名 居民 人员 住户 租户 name person people fullname personname residentname "
    "residentsname 姓名name namechinese chinesename 户主及成员 患者姓名 对象姓名",
    Field.SEX: "性别 男女 sex gender 性别sex",
    Field.BIRTH_DATE: "出生日期 出生年月 出生年月日 生日 出生时间 出生 birthdate dateofbirth dob birthday born",
    Field.BIRTH_YEAR: "出生年份 出生年 birthyear yearofbirth",
    Field.AGE: "年龄 岁数 周岁 实足年龄 age ageyears years",
    Field.ID_TYPE: "证件类型 证件类别 证件种类 证件名称 idtype documenttype typeofid",
    Field.ID_NUMBER: "身份证号 身份证号码 身份号 公民身份号 身份证 证件号码 证件号 公民身份号码 公民身份证号码 有效证件号 "
    "有效证件号码 身份证件号码 身份号码 居民身份证号码 身份证或护照号 身份证护照号 护照号 护照号码 证件编号 本人身份证号 "
    "idnumber idno idcard idcardno idcardnumber nationalid passport passportno passportnumber identitynumber identitynum",
    Field.PHONE: "电话 手机 手机号 手机号码 联系电话 联系方式 电话号码 移动电话 本人电话 本人手机 联系手机 手机电话 "
    "联系号码 居民电话 住户电话 户主电话 户主手机 通讯方式 常用电话 电话1 手机1 联系电话1 本人联系电话 本人联系方式 "
    "phone mobile phonenumber mobilenumber mobilephone tel telephone cell cellphone contactnumber phoneno mobileno contact phone1",
    Field.PHONE_SECOND: "电话2 手机2 联系电话2 备用电话 备用手机 第二电话 其他电话 座机 固定电话 固话 宅电 住宅电话 "
    "家庭电话 办公电话 其他联系方式 备用联系方式 secondphone phone2 otherphone landline homephone alternatephone phonesecond",
    Field.GRID: "网格 网格号 网格编号 所属网格 网格名称 所在网格 微网格 grid gridno gridnumber gridcode",
    Field.ADDRESS: "地址 住址 家庭住址 家庭地址 现住址 现住地址 居住地址 详细地址 详细住址 住所 居住地 住宅地址 "
    "楼门号 楼单元门 楼单元房号 楼栋单元房号 楼号单元号房号 楼栋单元室 楼门牌 楼房号 楼室号 院内住址 院内地址 本院住址 现居住地址 "
    "房屋地址 房屋坐落 小区地址 通讯地址 门址 address homeaddress residence currentaddress residentialaddress location door "
    "楼号房号 楼栋房号 楼栋门牌 楼单元室 楼号单元房号 楼栋单元门牌号 住处",
    Field.BUILDING: "楼号 楼栋 楼栋号 楼 楼栋单元 楼栋单元号 楼单元 楼单元号 楼号单元 楼号单元号 楼宇单元 栋 栋号 幢 幢号 几号楼 楼宇 楼房 座 楼座 楼名 楼栋名称 宿舍楼 所在楼栋 号楼 "
    "building buildingno bldg block buildingnumber tower",
    Field.ENTRANCE: "单元 单元号 门栋 楼门 门洞 门 梯 几单元 单元门 entrance entranceno unit unitno staircase stairwell stair",
    Field.FLOOR: "楼层 层 层数 所在楼层 floor storey story level",
    Field.DWELLING: "房号 房间号 房间 住房 室 号 单元门牌 单元门牌号 单元房号 单元室 单元室号 单元房间号 门室号 室号 户室 户室号 房 门牌 门牌号 门号 房屋号 房屋编号 住房号 宿舍号 寝室 寝室号 "
    "dwelling room roomno roomnumber apartment apt flat flatno doorno doornumber",
    Field.HOUSEHOLD_NUMBER: "户号 户编号 户序号 家庭编号 家庭号 户口簿编号 户别号 住户编号 户次 household householdno "
    "householdid householdnumber family familyid familyno hhid",
    Field.HOUSEHOLD_HEAD: "户主 户主姓名 户主名 房主 业主 headofhousehold householdhead head householder",
    Field.RELATION_TO_HEAD: "与户主关系 和户主关系 同户主关系 户主关系 关系 家庭关系 与业主关系 与房主关系 成员关系 "
    "relation relationship relationtohead relationshiptohead",
    Field.RESIDENCE_TYPE: "居住类型 人员类型 人口类型 人口类别 人口性质 户口性质 居住类别 住户性质 住户类别 房屋性质 房屋状态 居住情况 居住性质 常住流动 居住状态 住户类型 户籍类型 人户状态 人员性质 "
    "residencetype residenttype residency",
    Field.NATIONALITY: "国籍 国家 国籍地区 nationality citizenship country",
    Field.ETHNIC_GROUP: "民族 ethnicgroup ethnicity",
    Field.DEPARTMENT: "部门 所属部门 科室 处室 所在部门 单位部门 院系 学院 研究所 研究室 课题组 department dept division",
    Field.WORK_UNIT: "工作单位 单位 单位名称 所在单位 就职单位 原工作单位 工作单位及职务 服务处所 workunit employer company workplace organization",
    Field.OCCUPATION: "职业 职务 工种 职称 岗位 occupation job jobtitle profession position",
    Field.SCHOOL_CLASS: "班级 年级班级 学校班级 就读班级 所在班级 班 年级 学校及班级 就读学校班级 schoolclass class classroom grade "
    "classname",
    Field.X_M: "x xm xcoordinate 横坐标 坐标x easting",
    Field.Y_M: "y ym ycoordinate 纵坐标 坐标y northing",
    Field.SPECIAL_CARE_CLASSES: "特殊人群 特殊人群类别 特殊人群类型 重点人群 重点人群类别 人员类别 人群类别 人群分类 类别 "
    "特殊情况 关爱类别 关怀类别 特需类别 照护类别 服务类别 困难类型 对象类别 特殊群体 "
    "specialcare specialcareclass specialcareclasses carecategory caregroup vulnerable category",
    Field.LIVES_ALONE: "独居 是否独居 独居情况 是否独居老人 独居老人 livesalone livingalone alone",
    Field.CHRONIC_ILLNESS: "慢病 慢性病 慢性疾病 基础病 基础疾病 基础性疾病 疾病 病史 既往病史 患病情况 身体状况 健康状况 "
    "chronic chronicillness chronicdisease disease diseases medicalhistory conditions illness",
    Field.MEDICINE_DAYS_LEFT: "药品剩余天数 剩余药量 余药天数 药物剩余天数 药品可用天数 药量天数 余药 药品余量天 剩余用药天数 "
    "药品够用天数 medicinedaysleft daysofmedicine medicinedays medicationdaysleft medicinedayleft",
    Field.MOBILITY: "行动能力 自理能力 活动能力 行动情况 自理情况 行动是否方便 失能情况 mobility selfcare",
    Field.DIALECT: "方言 语言 语言方言 沟通语言 dialect language languages spokenlanguage",
    Field.FAMILY_CONTACT_NAME: "家属 家属姓名 紧急联系人 紧急联系人姓名 联系人 联系人姓名 子女姓名 监护人 监护人姓名 家属联系人 "
    "家庭联系人 家长姓名 家长 familycontact familycontactname emergencycontact emergencycontactname nextofkin guardian",
    Field.FAMILY_CONTACT_PHONE: "家属电话 家属联系电话 家属联系方式 家属手机 紧急联系电话 紧急联系人电话 紧急联系人手机 联系人电话 "
    "联系人手机 联系人联系方式 联系人联系电话 紧急联系方式 紧急电话 子女电话 子女联系方式 子女联系电话 监护人电话 监护人联系方式 家长电话 家长手机 家庭联系人电话 "
    "familycontactphone familyphone emergencyphone emergencycontactphone guardianphone nextofkinphone",
    Field.LIAISON_NAME: "联络员 联系干部 包联人 包联责任人 包保责任人 结对人 责任人 对接人 一对一联络人 联络人 包保人 liaison "
    "liaisonname caller assignedto",
    Field.LIAISON_DEPUTY_NAME: "副联络员 备岗 备岗人 第二联络人 b岗 联络员b 替补联络人 liaisondeputy deputy backup liaisondeputyname",
    Field.RESPONDER_KIND: "人员身份 参战类型 队伍类别 志愿者类型 志愿者类别 身份 身份类别 参战身份 responderkind kind role type",
    Field.SKILLS: "技能 特长 专长 技能特长 个人特长 擅长 资质 技能资质 专业技能 可胜任岗位 skills skill expertise qualifications",
    Field.HOME_DEPARTMENT: "原部门 原单位 派出部门 派出单位 所属单位 原所在部门 homedepartment originaldepartment",
    Field.SECONDED_TO: "借调至 借调到 借调部门 借调单位 支援部门 支援单位 支援组 借调组 借调去向 支援点位 secondedto seconded secondment",
    Field.AVAILABLE_WINDOWS: "可服务时间 可用时间 空闲时间 服务时间 可服务时段 可上岗时间 可参与时间 可排班时间 时间段 "
    "availablewindows availability availabletimes available availabletime",
    Field.NOTE: "备注 说明 其他 备注说明 其它 情况说明 备考 附注 需求 note notes remark remarks comment comments",
    Field.IMPORT_RESULT: "导入结果 importresult",
}

QUALIFIERS: dict[str, dict[Field, Field]] = {
    "家属|紧急|监护|子女|家长|家庭联系|^联系人|emergency|family|guardian|nextofkin": {
        Field.PHONE: Field.FAMILY_CONTACT_PHONE,
        Field.PHONE_SECOND: Field.FAMILY_CONTACT_PHONE,
        Field.FAMILY_CONTACT_PHONE: Field.FAMILY_CONTACT_PHONE,
        Field.NAME: Field.FAMILY_CONTACT_NAME,
        Field.FAMILY_CONTACT_NAME: Field.FAMILY_CONTACT_NAME,
    },
    "户主|业主|房主": {Field.NAME: Field.HOUSEHOLD_HEAD, Field.PHONE: Field.PHONE_SECOND},
    "联络员|包联|包保|结对|责任人|liaison": {Field.NAME: Field.LIAISON_NAME},
}
"""A group title above two columns changes what 姓名 and 电话 below it mean."""
