# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Words that normalising names and addresses has to know. Chinese ones are simplified."""

#: How characters read when they are family names, where their usual reading is another one.
FAMILY_READINGS = {
    **{'单': 'shan', '曾': 'zeng', '解': 'xie', '仇': 'qiu', '朴': 'piao', '区': 'ou', '查': 'zha'},
    **{'任': 'ren', '盖': 'ge', '华': 'hua', '冼': 'xian', '洗': 'xian', '乐': 'yue', '覃': 'qin'},
    **{'翟': 'zhai', '缪': 'miao', '宁': 'ning', '员': 'yun', '郗': 'xi', '佴': 'nai', '隗': 'wei'},
    **{'逄': 'pang', '秘': 'bi', '牟': 'mu', '燕': 'yan', '种': 'chong', '葛': 'ge', '句': 'gou'},
    **{'那': 'na', '黑': 'he', '折': 'she', '过': 'guo', '应': 'ying', '车': 'che', '都': 'du'},
    **{'召': 'shao', '繁': 'po', '曲': 'qu', '尉': 'wei', '晁': 'chao', '谌': 'chen', '沈': 'shen'},
    **{
        '石': 'shi',
        '柏': 'bai',
        '贾': 'jia',
        '祭': 'zhai',
        '莘': 'shen',
        '殷': 'yin',
        '臧': 'zang',
    },
    **{'尉迟': 'yuchi', '万俟': 'moqi', '长孙': 'zhangsun', '澹台': 'tantai', '令狐': 'linghu'},
}

COMPOUND_FAMILY_NAMES = frozenset(
    '欧阳 司马 上官 诸葛 夏侯 东方 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 司徒 司空 端木 闻人 万俟 '
    '独孤 南宫 西门 东郭 申屠 轩辕 太史 钟离 呼延 百里 澹台 公冶 淳于 单于 赫连 左丘 张简 范姜 '
    '拓跋 完颜 叶赫 纳兰 第五 即墨 濮阳 公羊 谷梁 宗政 濮阳 太叔 仲孙 鲜于 闾丘'.split()
)

VIETNAMESE_FAMILY_NAMES = frozenset(
    'nguyen tran le pham huynh hoang phan vu vo dang bui do ho ngo duong ly dinh truong dao doan '
    'trinh mai cao luong luu ta trieu quach thai vuong'.split()
)
#: Say "man" or "woman" more than who it is.
VIETNAMESE_MIDDLE_NAMES = frozenset({'van', 'thi'})

#: Family names that stand before the given name, also in Latin letters.
FAMILY_FIRST = VIETNAMESE_FAMILY_NAMES | frozenset(
    'wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he gao lin luo zheng '
    'liang xie song tang han feng deng cao peng zeng xiao tian dong pan yuan cai jiang yu du ye '
    'cheng wei su lv lu ding ren shen yao cui zhong tan fan jin shi liao jia xia fu fang zou '
    'xiong bai meng qin qiu hou yin xue yan duan lei long tao qian ouyang situ zhuge sima '
    'shangguan'.split()
)

#: Written before or after a name. Chinese ones may stick to it.
TITLES = frozenset(
    'mr mrs ms miss mx dr prof sir madam master rev herr frau ông bà '
    '先生 小姐 女士 太太 医师 医生 老师 教授 同学 小朋友 夫人'.split()
)

STREET_WORDS = {
    **{
        'st': 'street',
        'str': 'street',
        'rd': 'road',
        'ave': 'avenue',
        'av': 'avenue',
        'dr': 'drive',
    },
    **{'pl': 'place', 'cct': 'circuit', 'crct': 'circuit', 'cres': 'crescent', 'ct': 'court'},
    **{'ln': 'lane', 'blvd': 'boulevard', 'hwy': 'highway', 'tce': 'terrace', 'sq': 'square'},
    **{'cl': 'close', 'pde': 'parade', 'gr': 'grove', 'sec': 'section', 'fl': 'floor', 'no': ''},
    **{'dg': 'duong', 'apt': 'flat', 'unit': 'flat', 'mt': 'mount'},
}

#: Words that say only that it is a street.
STREET_KINDS = frozenset(
    'street road avenue drive place circuit crescent court lane boulevard highway terrace square '
    'close parade grove section floor flat duong phuong quan'.split()
)
