from odoo.tests import BaseCase, tagged

from odoo.addons.healthcare_crm import letters

from ..inbound import reports, words


@tagged('post_install', '-at_install')
class TestWords(BaseCase):
    """What a few words mean, in three languages."""

    def test_whole_message_opts_out(self):
        for text in (
            *(
                "STOP",
                "stop",
                " Stop. ",
                "ＳＴＯＰ！",
                "STOP 🙏",
                "Stop  All",
                "UNSUBSCRIBE",
                "opt-out",
            ),
            *("取消", "「取消」", "退訂", "退订。", "停止", "拒收", "TD", "取消訂閱"),
            *("HỦY", "Huỷ", "hủy", "HUY", "DỪNG", "dung", "Ngừng", "từ chối", "Tu choi"),
            *("HU\u0309Y", "Hủy đăng ký", "huy dang ky"),  # as Apple's keyboards compose it
        ):
            with self.subTest(text=text):
                self.assertTrue(words.is_opt_out(text))

    def test_part_of_a_sentence_does_not(self):
        for text in (
            *("", "?", "please stop by tomorrow", "I cannot stop coughing", "non stop", "stopped"),
            *(
                "我要取消明天的預約",
                "取消預約",
                "不要取消",
                "Hủy lịch",
                "xin đừng hủy",
                "Hủy hẹn giúp em",
            ),
            *("STOP\nsee you tomorrow", "1", "yes", "can't"),
        ):
            with self.subTest(text=text):
                self.assertFalse(words.is_opt_out(text))

    def test_accents_that_are_there_count(self):
        """Vietnamese *đúng* is "right" and *dùng* "use": neither is *dừng*, stop."""
        for text in ("Đúng", "ĐÚNG", "dùng", "húy"):
            with self.subTest(text=text):
                self.assertFalse(words.is_opt_out(text))

    def test_word_the_message_asked_for_is_that_answer(self):
        self.assertFalse(words.is_opt_out("HỦY", is_asked=True))
        self.assertFalse(words.is_opt_out("取消", is_asked=True))
        for text in ("STOP", "退訂", "Hủy đăng ký"):
            self.assertTrue(words.is_opt_out(text, is_asked=True))

    def test_word_is_asked_for_as_a_whole(self):
        replies = [{'keywords': ["1", "yes", "好", "ĐÚNG"]}, {'keywords': ["hủy"]}, {}]
        for text in ("1", "１", "Yes!", "好。", "dung", "HUY", "Hủy"):
            with self.subTest(text=text):
                self.assertTrue(words.is_asked_for(text, replies))
        for text in ("no problem, yes", "12", "Dừng", "", None):
            with self.subTest(text=text):
                self.assertFalse(words.is_asked_for(text, replies))

    def test_reply_is_matched_by_keyword(self):
        replies = [
            {'outcome': 'reply1', 'name': "Comes", 'keywords': ["1", "yes", "好", "ĐÚNG"]},
            {'outcome': 'reply2', 'name': "Does not", 'keywords': ["2", "no", "取消"]},
            {'outcome': 'reply3', 'name': "Nobody says this"},
        ]
        for text, outcome in (
            ("1", 'reply1'),
            ("１", 'reply1'),
            ("Yes!", 'reply1'),
            ("Yes, I will come", 'reply1'),
            ("好，謝謝", 'reply1'),
            ("dung", 'reply1'),
            ("yes\n\nAn Nguyen", 'reply1'),
            ("NO", 'reply2'),
            ("取消", 'reply2'),
            ("no problem, I come", None),
            ("1:30 would suit me", None),
            ("yesterday", None),
            ("不要取消", None),
            ("12", None),
            ("", None),
            (None, None),
        ):
            with self.subTest(text=text):
                self.assertEqual(words.match_reply(replies, text), outcome)
        self.assertIsNone(words.match_reply((), "1"))


@tagged('post_install', '-at_install')
class TestQuotes(BaseCase):
    """A reply is what was written, not what it answers."""

    def test_quoted_letter_is_cut(self):
        for quoted in (
            "On Mon, Jan 7, 2030 at 9:00 AM Clinic <c@example.org> wrote:\n> Hello An\n> come",
            "On Mon, Jan 7, 2030 at 9:00 AM Clinic\n<c@example.org> wrote:\n\nHello An",
            "Clinic <c@example.org> 於 2030年1月7日 週一 上午9:00寫道：\n> 您好",
            "在 2030年1月7日，09:00，Clinic <c@example.org> 写道：\n\n您好",
            "Vào Th 2, 7 thg 1, 2030 vào lúc 09:00 Clinic <c@example.org> đã viết:\n> Chào",
            "-----Original Message-----\nFrom: Clinic",
            "-----原始郵件-----\n寄件者: Clinic",
            "________________________________\nFrom: Clinic <c@example.org>\nSent: Monday",
            "寄件者： Clinic <c@example.org>\n日期：星期一",
            "Từ: Clinic <c@example.org>\nĐã gửi: Thứ hai",
            "> Hello An\n> come",
            "-- \nAn Nguyen",
            "Sent from my iPhone",
            "從我的 iPhone 傳送",
        ):
            with self.subTest(quoted=quoted):
                text = f"Yes,\nsee you.\n\n{quoted}"
                self.assertEqual(letters.cut_quote(text), "Yes,\nsee you.")
                self.assertEqual(letters.cut_quote(text.replace('\n', '\r\n')), "Yes,\nsee you.")

    def test_words_below_the_quoted_letter_are_kept(self):
        text = "On Monday Clinic <c@example.org> wrote:\n> Hello An\n> come\n\nYes, I come."
        self.assertEqual(letters.cut_quote(text), "Yes, I come.")

    def test_words_of_a_patient_are_not_taken_for_a_quote(self):
        for text in (
            "Fever since Monday:\n>38 degrees\nand a cough",
            "On Monday I felt sick.\nFrom then on it got worse.",
            "My doctor wrote: rest -- and I did",
        ):
            with self.subTest(text=text):
                self.assertEqual(letters.cut_quote(text), text)


@tagged('post_install', '-at_install')
class TestReports(BaseCase):
    def test_report_only_leads_on(self):
        leads = {
            (status, report)
            for status in (
                *reports.PROGRESS,
                'queued',
                'held',
                'suppressed',
                'cancelled',
                'received',
            )
            for report in ('sent', 'delivered', 'failed')
            if reports.leads_on(status, report)
        }
        self.assertEqual(
            leads,
            {
                *(('sending', report) for report in ('sent', 'delivered', 'failed')),
                *(('unknown', report) for report in ('sent', 'delivered', 'failed')),
                *(('sent', report) for report in ('delivered', 'failed')),
            },
        )

    def test_words_of_twilio(self):
        for form, expected in (
            ({'MessageStatus': 'queued'}, (None, None, None)),
            ({'MessageStatus': 'nonsense'}, (None, None, None)),
            ({}, (None, None, None)),
            ({'MessageStatus': 'sent'}, ('sent', None, None)),
            ({'SmsStatus': 'delivered'}, ('delivered', None, None)),
            (
                {'MessageStatus': 'undelivered', 'ErrorCode': '30005'},
                ('failed', 'bad_address', '30005'),
            ),
            (
                {'MessageStatus': 'failed', 'ErrorCode': '30008', 'ErrorMessage': "Unknown"},
                ('failed', 'provider_error', '30008 Unknown'),
            ),
            ({'MessageStatus': 'failed'}, ('failed', 'provider_error', None)),
        ):
            with self.subTest(form=form):
                self.assertEqual(reports.of_twilio(form), expected)
