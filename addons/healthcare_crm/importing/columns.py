# Part of Healthcare CRM for Odoo. License LGPL-3.
"""What a column may hold, and guessing it from its header."""

import re
import unicodedata
from typing import NamedTuple

from . import values

PATIENTS, APPOINTMENTS = 'patients', 'appointments'


class Target(NamedTuple):
    """A field a column can be read into.

    ``read`` turns a cell into a value; ``dated`` ones also take the order of day and month.
    """

    code: str
    read: object
    aliases: tuple
    required: bool = False
    dated: bool = False


def _key(header):
    """``"Patient ID"``, ``"patient_id"`` and ``"PatientId"`` are one header: ``patientid``."""
    folded = unicodedata.normalize('NFKD', header.casefold().replace('đ', 'd'))
    return re.sub(r'[\W_]', '', ''.join(c for c in folded if not unicodedata.combining(c)))


def _target(code, read, aliases, **options):
    words = (code, *aliases.split(','))
    return Target(code, read, tuple(dict.fromkeys(map(_key, words))), **options)


_PATIENT_ID = (
    "patientid,patient number,patient no,patient,mrn,medical record number,chart number,病歷號,"
    "病歷號碼,病患編號,患者编号,病历号,mã bệnh nhân,số hồ sơ,id paciente,prontuario"
)
_GENDER = "sex,sexo,性別,性别,giới tính"
_BIRTH_DATE = (
    "birthdate,date of birth,dob,birthday,生日,出生日期,出生年月日,ngày sinh,data de nascimento"
)
_PHONE = (
    "phone number,telephone,mobile,mobile phone,cell,手機,電話,行動電話,聯絡電話,手机,电话,"
    "điện thoại,số điện thoại,telefone,celular"
)

PATIENT_TARGETS = (
    _target('patient_id', values.identifier, 'id,identifier,' + _PATIENT_ID, required=True),
    _target(
        'clinic_number',
        values.identifier,
        "number in this clinic,clinic number,our number,本院病歷號,本院病历号,mã bệnh nhân tại đây",
    ),
    _target(
        'name',
        values.text,
        "full name,patient name,姓名,病患姓名,患者姓名,họ tên,họ và tên,tên,nome",
        required=True,
    ),
    _target(
        'family_name',
        values.text,
        "last name,surname,lastname,姓,姓氏,họ,sobrenome",
    ),
    _target(
        'given_name',
        values.text,
        "first name,firstname,forename,名,名字,tên đệm và tên,tên gọi,prenome",
    ),
    _target('gender', values.gender, _GENDER),
    _target('birth_date', values.date, _BIRTH_DATE, dated=True),
    _target('language', values.language, "lang,preferred language,語言,语言,ngôn ngữ,idioma"),
    _target('email', values.text, "email address,mail,電子郵件,電郵,信箱,邮箱,电子邮件"),
    _target('phone', values.text, _PHONE),
    _target(
        'preferred_channel',
        values.channel,
        "preferred contact,contact preference,偏好聯絡方式,首选联系方式,kênh liên hệ",
    ),
    _target(
        'reminder_consent',
        values.yes_no,
        "consent,consent to reminders,提醒同意,同意提醒,đồng ý nhắc hẹn",
    ),
    _target('street', values.text, "address,地址,住址,địa chỉ,endereço"),
    _target('city', values.text, "town,縣市,城市,thành phố,cidade"),
    _target('state', values.text, "province,county,省,省份,州,tỉnh,estado"),
    _target('zip', values.text, "zip code,postal code,postcode,郵遞區號,邮编,mã bưu chính,cep"),
    _target('country', values.text, "nation,國家,国家,quốc gia,nước,país"),
    _target('occupation', values.text, "job,profession,職業,职业,nghề nghiệp,profissão"),
    _target(
        'practitioner',
        values.text,
        "doctor,physician,attending doctor,醫師,主治醫師,醫生,医生,主治医生,bác sĩ,médico",
    ),
    _target(
        'source',
        values.text,
        "how found,came from,referral source,來源,病患來源,来源,患者来源,nguồn,nguồn khách,origem",
    ),
    _target('tags', values.listed, "tag,labels,category,標籤,分類,标签,分类,nhãn,thẻ"),
    _target(
        'tw_national',
        values.text,
        "national id,national id number,id card,身分證字號,身分證號,身份證字號,身分證,"
        "身分證統一編號",
    ),
    _target(
        'tw_arc',
        values.text,
        "arc,arc number,ui number,居留證號,居留證號碼,居留證,統一證號,外籍統一證號",
    ),
    _target(
        'vn_cccd',
        values.text,
        "cccd,citizen id,số cccd,căn cước,căn cước công dân,số căn cước,cmnd",
    ),
    _target('passport', values.text, "passport number,passport no,護照,護照號碼,护照号,hộ chiếu"),
    _target(
        'tw_nhi',
        values.text,
        "health insurance number,nhi card number,nhi number,健保卡號,健保卡號碼,健保卡",
    ),
    _target('vn_bhyt', values.text, "số bhyt,mã bhyt,số thẻ bhyt,bhyt,bảo hiểm y tế"),
    _target(
        'allergies', values.listed_words, "allergy,known allergies,過敏,過敏史,过敏史,过敏,dị ứng"
    ),
    _target(
        'conditions',
        values.listed,
        "condition,diagnosis,diagnoses,chronic conditions,診斷,慢性病,病史,诊断,chẩn đoán,bệnh lý",
    ),
    _target('medications', values.listed, "medication,medicines,drugs,用藥,藥物,用药,药物,thuốc"),
)

APPOINTMENT_TARGETS = (
    _target('patient_id', values.identifier, _PATIENT_ID, required=True),
    _target(
        'appointment_id',
        values.identifier,
        "appointment number,appointment no,booking id,visit id,id,預約編號,预约编号,mã lịch hẹn",
        required=True,
    ),
    _target(
        'start',
        values.moment,
        "appointment day,appointment date,appointment time,appointment,date,visit date,start time,"
        "預約日期,預約時間,就診日期,预约日期,预约时间,ngày hẹn,thời gian hẹn",
        required=True,
        dated=True,
    ),
    _target('stop', values.moment, "end,end time,結束時間,结束时间,kết thúc", dated=True),
    _target(
        'booked_at',
        values.moment,
        "scheduled day,scheduled,booked,booking date,booked on,掛號時間,預約建立時間,登记时间,"
        "ngày đặt,thời gian đặt",
        dated=True,
    ),
    _target('no_show', values.no_show, "noshow,no-show,missed,未到,未到診,爽约,không đến"),
    _target('status', values.status, "appointment status,狀態,预约状态,状态,trạng thái"),
    _target(
        'sms_received',
        values.yes_no,
        "sms received,sms sent,sms,reminder sent,已發簡訊,已发短信,đã gửi sms",
    ),
    _target('name', values.text, "patient name,病患姓名,姓名,患者姓名,họ tên"),
    _target('gender', values.gender, _GENDER),
    _target('birth_date', values.date, _BIRTH_DATE, dated=True),
    _target('age', values.age, '年齡,年龄,tuổi,idade'),
)

TARGETS = {
    PATIENTS: {target.code: target for target in PATIENT_TARGETS},
    APPOINTMENTS: {target.code: target for target in APPOINTMENT_TARGETS},
}

#: Targets that only a user who may write health records can choose.
HEALTH_TARGETS = ('allergies', 'conditions', 'medications')
#: Targets that hold the number of a document, named by the rule that checks it.
DOCUMENT_TARGETS = ('tw_national', 'tw_arc', 'vn_cccd', 'passport', 'tw_nhi', 'vn_bhyt')
#: Targets of which one will do. A number of ours is as good as one of the source.
ALTERNATIVES = {
    PATIENTS: {
        'patient_id': ('clinic_number',),
        'name': ('family_name', 'given_name'),
    },
    APPOINTMENTS: {},
}

# Columns with health data are recognised so that the mapping step can say why they are left out.
CLINICAL = frozenset(
    map(
        _key,
        'hypertension,hipertension,diabetes,alcoholism,handcap,handicap,disability,condition,'
        'conditions,diagnosis,diagnoses,icd,icd10,medication,medications,allergy,allergies,smoker,'
        "pregnant,診斷,诊断,過敏,过敏,用藥,用药,chẩn đoán,dị ứng".split(','),
    )
)


def is_clinical(header):
    return _key(header) in CLINICAL


def guess_kind(headers):
    """Patients or appointments: whichever has all its required columns, or else more of them.

    A file of appointments names patients too, so it wins when it has an appointment's number.
    """
    scores = {
        kind: len([code for code in guess_targets(headers, kind) if code]) for kind in TARGETS
    }
    appointment = guess_targets(headers, APPOINTMENTS)
    if {'appointment_id', 'start'} <= set(appointment):
        return APPOINTMENTS
    return max(scores, key=scores.get)


def guess_targets(headers, kind, remembered=None, labels=None):
    """One target code, or ``""`` for "not imported", per header; no code twice.

    :param dict remembered: ``{header: code}`` of the last file from the same source, which wins
        over the guess
    :param dict labels: ``{header: code}`` of the headers that an export writes, in any language

    >>> guess_targets(["PatientId", "Name", "Diabetes"], PATIENTS)
    ['patient_id', 'name', '']
    """
    remembered = {_key(header): code for header, code in (remembered or {}).items()}
    guesses = [remembered.get(_key(header)) for header in headers]
    taken = {code for code in guesses if code}
    labels = {_key(label): code for label, code in (labels or {}).items()}
    exported = [labels.get(_key(header)) for header in headers]
    if all(exported):
        # only an export of ours has nothing but our own headers
        for index, code in enumerate(exported):
            if guesses[index] is None and code not in taken:
                guesses[index] = code
                taken.add(code)
    # The order of a target's aliases is their certainty, and a target takes its best header.
    for target in TARGETS[kind].values():
        if target.code in taken:
            continue
        candidates = [
            (target.aliases.index(_key(header)), index)
            for index, header in enumerate(headers)
            if guesses[index] is None and _key(header) in target.aliases
        ]
        if candidates:
            guesses[min(candidates)[1]] = target.code
    return [guess or '' for guess in guesses]


def mapping_problems(mapping, kind):
    """``(missing required codes, codes chosen for two columns)`` of ``{header: code}``."""
    chosen = [code for code in mapping.values() if code]
    return (
        find_missing(chosen, kind),
        [code for code in TARGETS[kind] if chosen.count(code) > 1],
    )


def find_missing(found, kind):
    """The required codes among which neither they nor their alternatives are.

    >>> find_missing({'clinic_number', 'given_name'}, PATIENTS)
    []
    """
    return [
        code
        for code, target in TARGETS[kind].items()
        if target.required
        and code not in found
        and not any(other in found for other in ALTERNATIVES[kind].get(code, ()))
    ]


def matches_headers(remembered, headers):
    """Whether a choice of columns was made for such a file: most of its headers are there."""
    known = set(map(_key, remembered))
    return sum(_key(header) in known for header in headers) * 2 > len(headers)
