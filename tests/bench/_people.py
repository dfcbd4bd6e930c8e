# ruff: noqa: E501 - lists of names
"""People as a clinic in Taipei writes them down, some of them twice: made up, the same ones every time.

Taiwanese in traditional characters, mainlanders in simplified ones, Vietnamese and others, family names as
frequent as they are there. Households share address and often the telephone; there are twins, and namesakes
born on one day. Copies have slips, missing fields, another script, a new address or telephone.
"""

import datetime
import random
from functools import cache

import opencc
from pypinyin import Style, lazy_pinyin

from odoo.addons.healthcare_crm.matching import Person
from odoo.addons.healthcare_crm.matching.normalize import latin

#: Share of each origin.
ORIGINS = {'tw': 50, 'cn': 12, 'vn': 23, 'en': 15}
#: How many of the records are further copies of somebody.
COPIES = 0.15
#: How many households have twins, and how many with a usual name a namesake born on the same day.
TWINS = 0.01
NAMESAKES = 0.005

# name: how many of a thousand have it
FAMILY_NAMES = {
    'tw': (
        '陳111 林83 黃60 張53 李51 王41 吳40 劉32 蔡29 楊27 許23 鄭19 謝18 洪15 郭15 邱15 曾15 廖14 賴13 徐13 '
        '周12 葉12 蘇11 莊10 呂9 江9 何8 蕭8 羅8 高8 潘8 簡7 朱7 鍾7 游6 彭6 詹6 胡5 施5 沈5 余5 盧5 梁4 趙4 '
        '顏4 柯4 翁3 魏3 孫3 戴3 范3 方3 宋3 鄧2 杜2 侯2 傅2 曹2 薛2 丁2 馬2 董2 唐2 卓2 藍2 石2 歐陽1 司徒1'
    ),
    'cn': (
        '王72 李72 张68 刘54 陈45 杨31 黄22 赵22 吴20 周20 徐14 孙14 马13 朱13 胡12 郭11 何11 林11 高10 罗10 '
        '郑9 梁8 谢8 宋8 唐7 许7 韩6 邓6 冯6 曹6 彭6 曾5 肖5 田5 董5 潘5 袁5 蔡4 蒋4 余4 于4 杜4 叶4 程4 魏4 '
        '苏4 吕4 丁3 任3 卢3 姚3 沈3 钟3 姜3 崔3 谭3 陆3 范3 汪3 廖3 石3 金3 贾3 夏2 付2 方2 邹2 熊2 白2 孟2'
    ),
    'vn': (
        'Nguyễn314 Trần109 Lê85 Phạm59 Huỳnh30 Hoàng22 Phan46 Vũ26 Võ14 Đặng20 Bùi19 Đỗ14 Hồ13 Ngô12 Dương11 '
        'Lý6 Đinh10 Trương12 Đoàn8 Đào8 Trịnh8 Mai7 Cao6 Lương7 Lưu5 Tạ4 Triệu3 Quách2 Thái4 Tô4 Hà6 Châu4'
    ),
    'en': (
        'Smith12 Johnson10 Brown9 Garcia8 Miller7 Davis7 Martin6 Wilson6 Anderson5 Taylor5 Thomas5 Moore4 '
        'Jackson4 White4 Harris4 Clark3 Lewis3 Robinson3 Walker3 Young3 Allen3 King3 Wright3 Scott3 Hill2 '
        'Green2 Adams2 Nelson2 Baker2 Hall2 Campbell2 Mitchell2 Carter2 Roberts2 Müller3 Schmidt3 Fischer2 '
        'Weber2 Wagner2 Becker2 Rossi2 Ferrari2 Dubois2 Moreau2 Laurent2 Santos3 Reyes3 Cruz3 Bautista2 '
        "Tanaka2 Suzuki2 Sato2 Kim4 Park3 Choi2 Lee4 Patel3 Singh3 Kumar3 Sharma2 O'Brien2 Murphy2 Kelly2 "
        'Andersson1 Johansson1 Nielsen1 Hansen1 Novak1 Kowalski1 Petrov1 Ivanova1 Popescu1 Nagy1 Papadopoulos1 '
        'Silva2 Ferreira1 Oliveira1 Costa1 Lindqvist1 Eriksen1 Haugen1 Bakker1 Visser1 Jansen1 Maes1 Peeters1'
    ),
}
GIVEN_SIGNS = {
    'male': '志明家豪俊傑建宏宗翰冠宇承恩柏翰彥廷宇軒子睿文雄國強偉立正德勝信義成龍嘉銘哲瑋仁智凱博鴻榮輝祥昌祐誠彬達',
    'female': '淑芬美玲雅婷怡君佳穎欣怡詩涵宜蓁思妤子晴雨萱惠娟秀英麗華玉蘭月雲慧珍雪梅心潔靜芳婉瑜筱薇品妍羽彤芷若琳瑩',
}
#: Given names that every school class has.
USUAL = {
    'male': '志明 家豪 俊傑 建宏 宗翰 冠宇 承恩 柏翰 彥廷 宇軒',
    'female': '淑芬 美玲 雅婷 怡君 佳穎 欣怡 詩涵 宜蓁 思妤 美惠',
}
VN_MIDDLE = {
    'male': 'Văn Hữu Đức Công Minh Quang Xuân Thành Ngọc Gia Anh Quốc',
    'female': ('Thị Thị Thị Ngọc Thu Thanh Kim Mỹ Phương Bích Hồng Khánh'),
}
VN_GIVEN = {
    'male': 'Anh Dũng Hùng Hải Nam Long Tuấn Minh Quân Sơn Thắng Phúc Khoa Huy Đạt Bảo Kiên Tâm Hưng Phong Vinh Tùng',
    'female': 'Lan Hoa Hương Mai Linh Trang Thảo Hà Ngân Nga Yến Nhung Vy Thúy Hạnh Châu Loan Oanh Quỳnh Trinh Diệp Như',
}
EN_GIVEN = {
    'male': (
        'James John Robert Michael David William Daniel Joseph Mark Paul Andrew Peter Thomas George Kevin Brian '
        'Jose Luis Carlos Marco Luca Jean Pierre Lukas Felix Jonas Hiroshi Kenji Minho Arjun Rahul Ivan Piotr Erik '
        'Richard Charles Matthew Anthony Steven Edward Kenneth Joshua Timothy Jason Jeffrey Ryan Jacob Gary Nicholas '
        'Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Frank Raymond Patrick Jack Dennis '
        'Tyler Aaron Henry Adam Nathan Zachary Walter Kyle Harold Carl Arthur Gerald Roger Keith Lawrence Terry Sean '
        'Christian Albert Austin Noah Ethan Bruno Diego Miguel Javier Pablo Antoine Louis Hugo Matteo Paolo Stefan Jan'
    ),
    'female': (
        'Mary Patricia Jennifer Linda Elizabeth Susan Jessica Sarah Karen Emma Anna Laura Julia Sophie Maria Ana '
        'Carmen Elena Giulia Chiara Marie Claire Hannah Lena Yuki Sakura Jiwoo Priya Anjali Olga Ewa Ingrid Astrid '
        'Barbara Margaret Lisa Nancy Betty Sandra Ashley Kimberly Emily Donna Michelle Carol Amanda Melissa Deborah '
        'Stephanie Rebecca Sharon Cynthia Kathleen Amy Angela Shirley Brenda Pamela Nicole Samantha Katherine Ruth '
        'Christine Helen Debra Rachel Carolyn Janet Virginia Catherine Heather Diane Olivia Joyce Victoria Kelly '
        'Lucia Isabel Sofia Paula Camille Manon Francesca Valentina Greta Frida Noor Aisha Fatima Leila Mei Haruka'
    ),
}
PLACES = [
    *(
        ('台北市', f'{name}區', code)
        for name, code in (
            ('中正', 100),
            ('大同', 103),
            ('中山', 104),
            ('松山', 105),
            ('大安', 106),
            ('萬華', 108),
            ('信義', 110),
            ('士林', 111),
            ('北投', 112),
            ('內湖', 114),
            ('南港', 115),
            ('文山', 116),
        )
    ),
    *(
        ('新北市', f'{name}區', code)
        for name, code in (
            ('板橋', 220),
            ('汐止', 221),
            ('新店', 231),
            ('永和', 234),
            ('中和', 235),
            ('土城', 236),
            ('三重', 241),
            ('新莊', 242),
            ('蘆洲', 247),
            ('淡水', 251),
        )
    ),
]
ROADS = (
    '中山 中正 民生 民權 忠孝 仁愛 信義 和平 復興 光復 建國 敦化 南京 長安 松江 林森 羅斯福 新生 基隆 文化 民族 成功 '
    '康寧 重慶 延平 承德 石牌 景美 興隆 辛亥 四維 安和 通化 永吉 八德 市民 內湖 瑞光 民享 自強 重新 三民'
).split()
SECTIONS = '一二三四五'
LETTERS = 'abcdefghijklmnopqrstuvwxyz'


def people(count, seed=1):
    """Return ``[(number of the person, Person)]`` of so many records in random order."""
    rng = random.Random(seed)
    originals, wanted = [], int(count * (1 - COPIES))
    while len(originals) < wanted:
        originals += _household(rng)
        if rng.random() < NAMESAKES and _is_usual(originals[-1]):
            originals.append(_namesake(rng, originals[-1]))
    records = list(enumerate(originals[:wanted]))
    while len(records) < count:
        number = rng.randrange(wanted)
        for _copy in range(rng.choice((1, 1, 1, 2))):
            records.append((number, _copied(rng, originals[number])))
    records = records[:count]
    rng.shuffle(records)
    return [
        (number, person._replace(id=position)) for position, (number, person) in enumerate(records)
    ]


# -- One household ---------------------------------------------------------------------------


def _household(rng):
    origin = rng.choices(list(ORIGINS), list(ORIGINS.values()))[0]
    size = rng.choices((1, 2, 3, 4), (45, 25, 18, 12))[0]
    home, number = _home(rng, origin), _phone(rng)
    family = _family_name(rng, origin)
    found = []
    for position in range(size):
        # a spouse keeps her own name, but in the West
        name = _family_name(rng, origin) if position == 1 and origin != 'en' else family
        person = _person(rng, origin, name, young=position > 1)
        while any(one.name == person.name for one in found):
            person = _person(rng, origin, name, young=position > 1)
        found.append(_at_home(rng, person, home, number))
    if size > 2 and rng.random() < TWINS / 0.3:
        twin = found[-1]
        while twin.name == found[-1].name:
            twin = _person(rng, origin, family, young=True)
        twin = twin._replace(birth_date=found[-1].birth_date)
        if rng.random() < 0.5:
            twin = twin._replace(gender=found[-1].gender)
        found.append(_at_home(rng, twin, home, number))
    return found


def _at_home(rng, person, home, number):
    phone = number if rng.random() < 0.4 else _phone(rng)
    return person._replace(phone=_spelt_phone(rng, phone), **home)


def _person(rng, origin, family, young=False):
    gender = rng.choice(('male', 'female'))
    year = rng.randint(2000, 2022) if young else int(rng.triangular(1930, 2004, 1975))
    born = datetime.date(year, 1, 1) + datetime.timedelta(days=rng.randrange(365))
    name = _full_name(rng, origin, family, gender)
    handle = latin(name.casefold()).replace(' ', '').replace("'", '')
    return Person(
        None,
        name=name,
        birth_date=born.isoformat(),
        gender=gender,
        email=f'{handle}{rng.randrange(10000)}@example.com' if rng.random() < 0.5 else '',
        identifiers=(('national', _national_id(rng), False),) if rng.random() < 0.4 else (),
    )


def _namesake(rng, person):
    """Return somebody else of the same name born on the same day."""
    return _at_home(
        rng, person._replace(email='', identifiers=()), _home(rng, _origin(person)), _phone(rng)
    )


def _is_usual(person):
    """Tell whether many have this name: others born on the same day are among them."""
    return person.name[1:] in _usual()


@cache
def _usual():
    return {name for names in USUAL.values() for name in names.split()}


def _origin(person):
    return 'tw' if person.street and not person.street.isascii() else 'en'


@cache
def _names(origin):
    names, weights = [], []
    for entry in FAMILY_NAMES[origin].split():
        name = entry.rstrip('0123456789')
        names.append(name)
        weights.append(int(entry[len(name) :]))
    return names, weights


def _family_name(rng, origin):
    names, weights = _names(origin)
    return rng.choices(names, weights)[0]


def _full_name(rng, origin, family, gender):
    if origin == 'vn':
        middle, given = rng.choice(VN_MIDDLE[gender].split()), rng.choice(VN_GIVEN[gender].split())
        return f'{family} {middle} {given}'
    if origin == 'en':
        return f'{rng.choice(EN_GIVEN[gender].split())} {family}'
    if rng.random() < 0.15:
        given = rng.choice(USUAL[gender].split())
    else:
        given = ''.join(rng.choices(GIVEN_SIGNS[gender], k=1 if rng.random() < 0.06 else 2))
    return family + (given if origin == 'tw' else _simplified(given))


def _home(rng, origin):
    city, district, code = rng.choice(PLACES)
    if origin == 'en':
        road = _pinyin(rng.choice(ROADS)).title()
        street = f'{rng.randint(1, 300)}, Section {rng.randint(1, 5)}, {road} Road'
        city = 'Taipei' if city == '台北市' else 'New Taipei'
        street += f', {_pinyin(district[:-1]).title()} District'
    else:
        lane = f'{rng.randint(1, 400)}巷' if rng.random() < 0.5 else ''
        floor = f'{rng.randint(2, 12)}樓' if rng.random() < 0.6 else ''
        street = f'{district}{rng.choice(ROADS)}路{rng.choice(SECTIONS)}段{lane}{rng.randint(1, 200)}號{floor}'
    return {'street': street, 'city': city, 'zip': str(code)}


def _phone(rng):
    return f'9{rng.randrange(10**8):08d}'


def _spelt_phone(rng, number):
    return rng.choice(
        (
            f'0{number}',
            f'+886{number}',
            f'0{number[:3]}-{number[3:6]}-{number[6:]}',
            f'+886 {number}',
        )
    )


def _national_id(rng):
    return f'{rng.choice(LETTERS).upper()}{rng.randint(1, 2)}{rng.randrange(10**8):08d}'


# -- A further copy ----------------------------------------------------------------------------


def _copied(rng, person):
    """Return a person as somebody else wrote them down."""
    for change in rng.sample(CHANGES, rng.choice((1, 1, 2, 2, 3))):
        person = change(rng, person)
    return person._replace(
        phone=_spelt_phone(rng, person.phone[-9:]) if person.phone[-9:].isdigit() else person.phone
    )


def _other_script(rng, person):
    """Chinese in the other script or in pinyin, Vietnamese without diacritics, others in capitals."""
    name = person.name
    if not name[0].isascii() and len(name) < 6 and ' ' not in name:
        if rng.random() < 0.5:
            return person._replace(name=_simplified(name))
        family = 2 if name.startswith(('歐陽', '司徒')) else 1
        parts = [_pinyin(_simplified(part)) for part in (name[:family], name[family:])]
        if parts[0] == 'ceng':
            parts[0] = 'zeng'
        return person._replace(name=' '.join(parts if rng.random() < 0.5 else parts[::-1]).title())
    plain = latin(name.casefold()).title()
    return person._replace(name=plain if plain != name else name.upper())


def _swapped(rng, person):
    """Family and given name the other way round, where that can be seen."""
    words = person.name.split()
    return person._replace(name=' '.join([*words[1:], words[0]])) if len(words) > 1 else person


def _misspelt(rng, person):
    """A slip in the name: a letter, or a character that sounds the same."""
    name = list(person.name)
    place = rng.randrange(1, len(name)) if len(name) > 1 else 0
    if name[place].isascii() or len(name) > 5:
        name[place] = rng.choice(('', rng.choice(LETTERS), name[place] * 2))
    else:
        name[place] = _sounds_like(rng, name[place])
    return person._replace(name=''.join(name))


def _moved(rng, person):
    return person._replace(**_home(rng, _origin(person)))


def _new_phone(rng, person):
    return person._replace(phone=_spelt_phone(rng, _phone(rng)))


def _born_wrong(rng, person):
    if not person.birth_date:
        return person
    year, month, day = person.birth_date.split('-')
    if int(day) <= 12 and rng.random() < 0.4:
        return person._replace(birth_date=f'{year}-{day}-{month}')
    if rng.random() < 0.5:
        return person._replace(birth_date=f'{year[:3]}{rng.randrange(10)}-{month}-{day}')
    return person._replace(birth_date=f'{year}-{month}-{rng.randint(1, 28):02d}')


def _missing(*fields):
    def change(rng, person):
        return person._replace(**{field: () if field == 'identifiers' else '' for field in fields})

    return change


def _mistyped_identifier(rng, person):
    def slip(value):
        place = rng.randrange(2, len(value))
        return f'{value[:place]}{rng.randrange(10)}{value[place + 1 :]}'

    return person._replace(
        identifiers=tuple(
            (system, slip(value), known) for system, value, known in person.identifiers
        )
    )


CHANGES = [
    *(_other_script, _other_script, _other_script, _swapped, _misspelt, _misspelt, _moved, _moved),
    *(_new_phone, _new_phone, _born_wrong, _mistyped_identifier, _missing('email', 'identifiers')),
    *(
        _missing('email'),
        _missing('street', 'zip'),
        _missing('gender', 'email'),
        _missing('birth_date'),
    ),
    _missing('phone'),
]


@cache
def _converter():
    return opencc.OpenCC('t2s')


def _simplified(text):
    return _converter().convert(text)


@cache
def _pinyin(text):
    return ''.join(lazy_pinyin(text, style=Style.NORMAL))


@cache
def _homophones():
    found = {}
    for sign in dict.fromkeys(''.join(GIVEN_SIGNS.values())):
        found.setdefault(_pinyin(sign), []).append(sign)
    return found


def _sounds_like(rng, sign):
    return rng.choice(_homophones().get(_pinyin(sign), [sign]))
