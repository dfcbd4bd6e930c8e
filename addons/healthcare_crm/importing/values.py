# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Reading one cell. Each function takes text and returns a value, or raises ``ValueProblem``.

An empty cell is never given to these functions: see ``is_missing``.
"""

import datetime
import re
import unicodedata
from decimal import Decimal, InvalidOperation

from .problems import ValueProblem

# How programs write "nothing" into a cell. Not applied to names: Null is a surname.
MISSING = {'', 'null', 'nan', 'n/a', '#n/a', 'na', 'none', 'nat', '-', '--', '\\n'}
MAX_ID_LENGTH = 64
MAX_AGE = 130

_INTEGER_WITH_ZEROS = re.compile(r'([0-9]+)\.0*')
_FRACTION = re.compile(r'[0-9]+\.[0-9]+')
_CONTROL = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]')
# Marks of direction, byte order marks and spaces without width: a search would never find the name.
_INVISIBLE = re.compile('[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]')
_SCIENTIFIC = re.compile(r'([0-9]+(?:\.[0-9]*)?)e\+?([0-9]{1,3})', re.IGNORECASE)


def clean(text):
    """Trim, and make full-width digits and signs ordinary ones, as input methods write both."""
    return unicodedata.normalize('NFKC', text).strip()


def is_missing(text):
    return clean(text).casefold() in MISSING


def text(cell):
    """Words: composed characters, single spaces, no invisible control characters.

    The joiners that Persian words and families of emoji are made with stay.
    """
    composed = unicodedata.normalize('NFC', cell)
    return " ".join(_INVISIBLE.sub('', _CONTROL.sub(" ", composed)).split())


def listed(cell):
    """The entries of a cell that holds several: ``"A; B、C"`` -> ``("A", "B", "C")``."""
    return _entries(re.split(r'[;；、|\n\r]', cell))


def listed_words(cell):
    """As ``listed``, of entries that hold no comma themselves."""
    return _entries(re.split(r'[;；、|\n\r,，]', cell))


def _entries(parts):
    return tuple(dict.fromkeys(filter(None, map(text, parts))))


#: What an entry says that stands for "there is none".
NONE_WORDS = frozenset(
    'none,no,nil,nka,nkda,no known allergies,no known allergy,無,沒有,无,没有,無過敏,无过敏,'
    "không,không có".split(',')
)

# Vietnamese family names are few, and stand before the given name as Chinese ones do.
_FAMILY_FIRST = frozenset(
    "nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh trinh doan".split()
)


def full_name(family, given, language=''):
    """A name from its two parts, in the order of its language.

    >>> full_name('王', '小明'), full_name('Nguyễn', 'Văn An'), full_name('Silva', 'Ana')
    ('王小明', 'Nguyễn Văn An', 'Ana Silva')
    """
    if not family or not given:
        return family or given
    if all('\u2e80' <= c <= '\u9fff' or ord(c) > 0x1FFFF for c in family + given):
        return family + given
    plain = unicodedata.normalize('NFD', family.casefold().replace('đ', 'd'))
    plain = ''.join(c for c in plain if not unicodedata.combining(c))
    # Vo, Le and Do are names elsewhere too: one Vietnamese letter decides
    vietnamese = plain in _FAMILY_FIRST and not (family + given).isascii()
    if vietnamese or language[:2] in ('vi', 'zh', 'ja', 'ko'):
        return f'{family} {given}'
    return f'{given} {family}'


# -- Identifiers -----------------------------------------------------------------------------


def identifier(cell):
    """``(text, problem code or None)`` of a number or code that names a record.

    Never through ``float``: it keeps 15 digits, and two people would share one number.

    >>> identifier("29872499824296.0")
    ('29872499824296', None)
    >>> identifier("2.9872499824296E+13")
    ('29872499824296', None)
    >>> identifier("93779.52927")
    ('93779.52927', 'id_fraction')

    ``2.98725E+13`` is refused: a spreadsheet kept six of its fourteen digits.
    """
    value = ''.join(clean(cell).split())
    if len(value) > MAX_ID_LENGTH:
        raise ValueProblem('id_too_long')
    if match := _INTEGER_WITH_ZEROS.fullmatch(value):
        return match[1], None
    if match := _SCIENTIFIC.fullmatch(value):
        whole, _, decimals = match[1].partition('.')
        exponent = int(match[2])
        if len(decimals) < exponent:
            raise ValueProblem('id_shortened')
        rest = decimals[exponent:]
        if rest.strip('0'):
            raise ValueProblem('id_shortened')
        return (whole + decimals[:exponent]).lstrip('0') or '0', None
    return value, 'id_fraction' if _FRACTION.fullmatch(value) else None


# -- Numbers and choices ---------------------------------------------------------------------


def number(cell):
    try:
        value = Decimal(clean(cell))
    except InvalidOperation:
        raise ValueProblem('bad_number') from None
    if not value.is_finite():
        raise ValueProblem('bad_number')
    return value


def age(cell):
    """Full years: ``"62.0"`` is 62."""
    try:
        value = number(cell)
    except ValueProblem:
        raise ValueProblem('bad_age') from None
    if value < 0:
        raise ValueProblem('negative_age')
    if value > MAX_AGE:
        raise ValueProblem('absurd_age')
    return int(value)


def _words(**groups):
    """``_words(female="f 女")`` -> ``{"f": "female", …}``; ``_`` stands for a space."""
    return {
        word.replace('_', " "): code for code, words in groups.items() for word in words.split()
    }


GENDERS = _words(
    male="m male man boy masculino homem 男 男性 nam",
    female="f female woman girl feminino mulher 女 女性 nữ nu",
    other="o other x 其他 khác",
    unknown="u unknown 未知 不明 không_rõ",
)
YES_NO = {
    **dict.fromkeys(
        ('yes', 'y', '1', '1.0', 'true', 't', 'x', '是', '有', '同意', 'có', 'sim', "đồng ý"), True
    ),
    **dict.fromkeys(
        ('no', 'n', '0', '0.0', 'false', 'f', '否', '無', '无', '不同意', 'không', 'não'), False
    ),
}
CHANNEL_WORDS = _words(
    email="email e-mail mail 電子郵件 电子邮件 電郵 thư_điện_tử",
    sms="sms text text_message 簡訊 短信 tin_nhắn",
    call="call phone telephone voice 電話 电话 điện_thoại gọi",
    letter="letter post postal 信件 郵寄 邮寄 thư",
)
LANGUAGES = {
    **_words(
        zh_TW="zh_tw zh-tw zh-hant zh-hant-tw cht 繁體中文 正體中文 traditional_chinese",
        zh_CN="zh_cn zh-cn zh-hans zh-hans-cn chs 简体中文 simplified_chinese",
        vi_VN="vi vi_vn vi-vn vie tiếng_việt vietnamese 越南語 越南文 越南语",
        en_US="en en_us en-us eng english 英文 英語 英语",
    ),
    # _words() reads an underscore as a space, which these codes need themselves
    'zh_tw': 'zh_TW',
    'zh_cn': 'zh_CN',
    'vi_vn': 'vi_VN',
    'en_us': 'en_US',
}
_LANGUAGE_CODE = re.compile(r'([a-z]{2,3})[-_]([a-z]{2})', re.IGNORECASE)
STATUSES = _words(
    proposed='proposed',
    pending='pending',
    booked="booked scheduled confirmed 已預約 已预约 đã_đặt",
    arrived="arrived 已到 已報到 đã_đến",
    fulfilled="fulfilled attended completed done came showed 已完成 已看診 hoàn_thành",
    cancelled="cancelled canceled 已取消 取消 đã_hủy",
    noshow="noshow no-show no_show missed 未到 未到診 爽约 không_đến",
    waitlist='waitlist',
)
STATUSES.update(
    {'no_show': 'noshow', 'entered-in-error': 'entered-in-error', 'checked-in': 'checked-in'}
)


def _choice(table, code):
    def read(cell):
        try:
            return table[" ".join(clean(cell).casefold().split())]
        except KeyError:
            raise ValueProblem(code) from None

    return read


gender = _choice(GENDERS, 'bad_gender')
yes_no = _choice(YES_NO, 'bad_yes_no')
channel = _choice(CHANNEL_WORDS, 'bad_channel')
status = _choice(STATUSES, 'bad_status')


def language(cell):
    """A language code as Odoo writes it; any ``xx-YY`` is taken, since a clinic may have it."""
    value = " ".join(clean(cell).casefold().split())
    if value in LANGUAGES:
        return LANGUAGES[value]
    if match := _LANGUAGE_CODE.fullmatch(value):
        return f'{match[1].lower()}_{match[2].upper()}'
    raise ValueProblem('bad_language')


def no_show(cell):
    """The outcome of an appointment from a yes/no column "did not come"."""
    return 'noshow' if yes_no(cell) else 'fulfilled'


# -- Dates -----------------------------------------------------------------------------------

DAY_FIRST, MONTH_FIRST, REPUBLIC = 'dmy', 'mdy', 'roc'

_YEAR_FIRST = re.compile(r'(\d{4})([-/.])(\d{1,2})\2(\d{1,2})')
_YEAR_LAST = re.compile(r'(\d{1,2})([-/.])(\d{1,2})\2(\d{4})')
_COMPACT = re.compile(r'(\d{4})(\d{2})(\d{2})')
_CHINESE = re.compile(r'(\d{4})年(\d{1,2})月(\d{1,2})日?')
# Years of the Republic of China: 105 is 2016. Two digits only with the era's name, since
# 85/4/29 may be anything.
_ROC_NAMED = re.compile(r'(?:中華)?民國(\d{1,3})[年./-](\d{1,2})[月./-](\d{1,2})日?')
_ROC_PLAIN = re.compile(r'(1\d{2})([-/.年])(\d{1,2})[-/.月](\d{1,2})日?')
_ROC_COMPACT = re.compile(r'(1\d{2})(\d{2})(\d{2})')
_ROC_YEAR_ZERO = 1911
# Understood only where a person, or the rest of the column, says that years are the Republic's.
_ROC_SHORT = re.compile(r'(\d{1,3})([-/.])(\d{1,2})\2(\d{1,2})')
_ROC_SHORT_COMPACT = re.compile(r'(\d{2,3})(\d{2})(\d{2})')
_VIETNAMESE = re.compile(r'(?:ngày)?(\d{1,2})tháng(\d{1,2})năm(\d{4})', re.IGNORECASE)
# The number of days by which a spreadsheet counts: 1927 to 2173. Four digits are a year.
_SERIAL = re.compile(r'([1-9]\d{4})(\.\d+)?')

# "民國 75 年 3 月 2 日", "2 tháng 3 năm 1986"
_DATE_SPACES = re.compile(
    r'(?<=民國)\s+|\s+(?=[年月日])|(?<=[年月])\s+(?=\d)|\s*\b(?=(?:tháng|năm)\b)'
    r'|(?<=tháng)\s+|(?<=năm)\s+|(?<=ngày)\s+',
    re.IGNORECASE,
)

_TIME = re.compile(
    r'(?P<early>上午|下午|[ap]\.?m\.?)?\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})'
    r'(?::(?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<late>[ap]\.?m\.?)?'
    r'\s*(?P<zone>z|utc|[+-]\d{2}:?\d{2})?',
    re.IGNORECASE,
)


def _year_month_day(value, order):
    republic = order == REPUBLIC
    for pattern, year, month, day, zero in (
        (_YEAR_FIRST, 1, 3, 4, 0),
        (_COMPACT, 1, 2, 3, 0),
        (_CHINESE, 1, 2, 3, 0),
        (_VIETNAMESE, 3, 2, 1, 0),
        (_ROC_NAMED, 1, 2, 3, _ROC_YEAR_ZERO),
        (_ROC_PLAIN, 1, 3, 4, _ROC_YEAR_ZERO),
        (_ROC_COMPACT, 1, 2, 3, _ROC_YEAR_ZERO),
        (_ROC_SHORT if republic else None, 1, 3, 4, _ROC_YEAR_ZERO),
        (_ROC_SHORT_COMPACT if republic else None, 1, 2, 3, _ROC_YEAR_ZERO),
    ):
        if pattern and (match := pattern.fullmatch(value)):
            return int(match[year]) + zero, int(match[month]), int(match[day])
    if match := _YEAR_LAST.fullmatch(value):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        return (year, first, second) if order == MONTH_FIRST else (year, second, first)
    return None


def _split(cell):
    """``"2016-04-29T18:38"`` -> ``("2016-04-29", "18:38")``."""
    value = _DATE_SPACES.sub('', clean(cell))
    if match := re.match(r'^(\S*?\d日?)(?:[Tt](?=\d)|\s+)(?=\S)(.*)$', value):
        return match[1], match[2].strip()
    return value, ''


def _to_date(value, order):
    parts = _year_month_day(value, order)
    try:
        return datetime.date(*parts) if parts else None
    except ValueError:
        return None


def _read_serial(cell, epoch):
    """``(date, time)`` of a moment that a spreadsheet wrote as a number, or nothing.

    :param epoch: day 0 of the spreadsheet; nothing for a file of text, where a number is no date
    """
    match = epoch and _SERIAL.fullmatch(clean(cell))
    if not match:
        return None
    seconds = round(float(match[2] or 0) * 24 * 60 * 60)
    moment = datetime.datetime.combine(epoch, datetime.time())
    moment += datetime.timedelta(int(match[1]), seconds)
    return moment.date(), moment.time()


def date(cell, order=DAY_FIRST, epoch=None):
    """A date; a time after it must be midnight, as databases write plain dates."""
    if serial := _read_serial(cell, epoch):
        value, clock = serial
    else:
        day, time = _split(cell)
        value = _to_date(day, order)
        clock = _to_time(time) if time else datetime.time()
    # 23:00 on the 26th is how midnight of the 27th looks in another zone: not for us to guess.
    if not value or clock is None or clock.replace(tzinfo=None) != datetime.time():
        raise ValueProblem('bad_date')
    return value


def _to_time(value):
    match = _TIME.fullmatch(value)
    if not match:
        return None
    hour = int(match['hour'])
    half = (match['early'] or match['late'] or '').lower().replace('.', '')
    if half in ('pm', '下午') and hour < 12:
        hour += 12
    elif half in ('am', '上午') and hour == 12:
        hour = 0
    zone = (match['zone'] or '').lower()
    tzinfo = None
    if zone in ('z', 'utc'):
        tzinfo = datetime.timezone.utc
    elif zone:
        sign = -1 if zone[0] == '-' else 1
        minutes = int(zone[1:3]) * 60 + int(zone[-2:])
        if minutes >= 24 * 60:
            return None
        tzinfo = datetime.timezone(sign * datetime.timedelta(minutes=minutes))
    try:
        return datetime.time(hour, int(match['minute']), int(match['second'] or 0), tzinfo=tzinfo)
    except ValueError:
        return None


def moment(cell, order=DAY_FIRST, epoch=None):
    """A ``datetime`` (aware only if the cell names its offset), or a ``date`` without a time.

    Midnight written out, ``2016-04-29T00:00:00Z``, is how databases export a date they keep
    without a time, and no clinic works then: it is read as the date.
    """
    if serial := _read_serial(cell, epoch):
        value, clock = serial
    else:
        day, time = _split(cell)
        value = _to_date(day, order)
        clock = _to_time(time) if time else datetime.time()
    if not value or clock is None:
        raise ValueProblem('bad_datetime')
    if clock.replace(tzinfo=None) == datetime.time():
        return value
    return datetime.datetime.combine(value, clock)


def to_utc(value, zone):
    """A naive UTC ``datetime``, as Odoo stores them, of a local or aware one.

    :param zone: the clinic's time zone, from ``pytz``; an hour that summer time skips or repeats
        is read as standard time.
    """
    if value.tzinfo is None:
        value = zone.localize(value, is_dst=False)
    return value.astimezone(datetime.timezone.utc).replace(tzinfo=None)


def guess_order(cells):
    """``(order, certain)`` of the dates in a column: is 03/04/2016 March or April?

    The order is ``None`` where every date begins with its year.
    One date with a first part above 12 settles it, as does one with such a second part. Years of
    the Republic of China are certain when some have three digits, as 105/01/02 has.
    """
    day_first = month_first = year_last = short = long = False
    for cell in cells:
        day = _split(cell)[0]
        if match := _YEAR_LAST.fullmatch(day):
            year_last = True
            day_first = day_first or int(match[1]) > 12
            month_first = month_first or int(match[3]) > 12
        elif match := _ROC_SHORT.fullmatch(day):
            long = long or len(match[1]) == 3
            short = True
    if year_last:
        return MONTH_FIRST if month_first and not day_first else DAY_FIRST, day_first != month_first
    if short:
        return REPUBLIC, long
    return None, True
