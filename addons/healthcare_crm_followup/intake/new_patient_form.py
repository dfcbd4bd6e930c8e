"""The form that is ready: what a clinic asks a new patient, in four languages."""

TITLE = {
    'en_US': "New patient form",
    'zh_TW': "初診資料表",
    'zh_CN': "初诊信息表",
    'vi_VN': "Phiếu thông tin bệnh nhân mới",
}
DESCRIPTION = {
    'en_US': "Please fill this in before you come. It takes three minutes, and saves you writing "
    "at the desk.",
    'zh_TW': "請在看診前填寫，約需三分鐘，到院後就不必再填。",
    'zh_CN': "请在就诊前填写，约需三分钟，到院后无需再填。",
    'vi_VN': "Vui lòng điền trước khi đến khám. Chỉ mất ba phút và không phải viết lại tại quầy.",
}
#: (answer goes to, kind, question, [(code, answer)])
QUESTIONS = [
    (
        'name',
        'char_box',
        {'en_US': "Full name", 'zh_TW': "姓名", 'zh_CN': "姓名", 'vi_VN': "Họ và tên"},
        (),
    ),
    (
        'birth_date',
        'date',
        {'en_US': "Date of birth", 'zh_TW': "出生日期", 'zh_CN': "出生日期", 'vi_VN': "Ngày sinh"},
        (),
    ),
    (
        'gender',
        'simple_choice',
        {'en_US': "Gender", 'zh_TW': "性別", 'zh_CN': "性别", 'vi_VN': "Giới tính"},
        (
            ('female', {'en_US': "Female", 'zh_TW': "女", 'zh_CN': "女", 'vi_VN': "Nữ"}),
            ('male', {'en_US': "Male", 'zh_TW': "男", 'zh_CN': "男", 'vi_VN': "Nam"}),
            ('other', {'en_US': "Other", 'zh_TW': "其他", 'zh_CN': "其他", 'vi_VN': "Khác"}),
        ),
    ),
    (
        'phone',
        'char_box',
        {
            'en_US': "Mobile phone",
            'zh_TW': "手機號碼",
            'zh_CN': "手机号码",
            'vi_VN': "Số điện thoại",
        },
        (),
    ),
    (
        'email',
        'char_box',
        {'en_US': "E-mail", 'zh_TW': "電子郵件", 'zh_CN': "电子邮箱", 'vi_VN': "E-mail"},
        (),
    ),
    (
        'street',
        'char_box',
        {'en_US': "Street and number", 'zh_TW': "地址", 'zh_CN': "地址", 'vi_VN': "Địa chỉ"},
        (),
    ),
    (
        'city',
        'char_box',
        {
            'en_US': "City",
            'zh_TW': "縣市",
            'zh_CN': "城市",
            'vi_VN': "Tỉnh, thành phố",
        },
        (),
    ),
    (
        'lang',
        'simple_choice',
        {
            'en_US': "Which language do you like to read?",
            'zh_TW': "您希望使用哪種語言？",
            'zh_CN': "您希望使用哪种语言？",
            'vi_VN': "Quý vị muốn dùng ngôn ngữ nào?",
        },
        (
            ('zh_TW', dict.fromkeys(('en_US', 'zh_TW', 'zh_CN', 'vi_VN'), "繁體中文")),
            ('zh_CN', dict.fromkeys(('en_US', 'zh_TW', 'zh_CN', 'vi_VN'), "简体中文")),
            ('vi_VN', dict.fromkeys(('en_US', 'zh_TW', 'zh_CN', 'vi_VN'), "Tiếng Việt")),
            ('en_US', dict.fromkeys(('en_US', 'zh_TW', 'zh_CN', 'vi_VN'), "English")),
        ),
    ),
    (
        'preferred_channel',
        'simple_choice',
        {
            'en_US': "How do you like to be reached?",
            'zh_TW': "您希望我們如何聯絡您？",
            'zh_CN': "您希望我们如何联系您？",
            'vi_VN': "Quý vị muốn được liên hệ bằng cách nào?",
        },
        (
            (
                'call',
                {'en_US': "Phone call", 'zh_TW': "電話", 'zh_CN': "电话", 'vi_VN': "Gọi điện"},
            ),
            ('sms', {'en_US': "SMS", 'zh_TW': "簡訊", 'zh_CN': "短信", 'vi_VN': "Tin nhắn SMS"}),
            (
                'email',
                {'en_US': "E-mail", 'zh_TW': "電子郵件", 'zh_CN': "电子邮件", 'vi_VN': "E-mail"},
            ),
        ),
    ),
    (
        'occupation',
        'char_box',
        {'en_US': "Occupation", 'zh_TW': "職業", 'zh_CN': "职业", 'vi_VN': "Nghề nghiệp"},
        (),
    ),
    (
        'member_number',
        'char_box',
        {
            'en_US': "Number on your insurance card",
            'zh_TW': "健保卡或保險卡號碼",
            'zh_CN': "医保卡或保险卡号码",
            'vi_VN': "Số thẻ bảo hiểm y tế",
        },
        (),
    ),
    (
        'allergy',
        'text_box',
        {
            'en_US': "What are you allergic to? One on each line; write “none” if nothing.",
            'zh_TW': "您對什麼過敏？每行一項；沒有請寫「無」。",
            'zh_CN': "您对什么过敏？每行一项；没有请写“无”。",
            'vi_VN': "Quý vị dị ứng với gì? Mỗi dòng một thứ; nếu không có, ghi “không”.",
        },
        (),
    ),
    (
        'condition',
        'text_box',
        {
            'en_US': "Which illnesses do you have? One on each line; write “none” if nothing.",
            'zh_TW': "您有哪些疾病？每行一項；沒有請寫「無」。",
            'zh_CN': "您有哪些疾病？每行一项；没有请写“无”。",
            'vi_VN': "Quý vị đang mắc bệnh gì? Mỗi dòng một bệnh; nếu không có, ghi “không”.",
        },
        (),
    ),
]
