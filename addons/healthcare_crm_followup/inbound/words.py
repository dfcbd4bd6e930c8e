"""What a patient's few words mean. Pure: only a whole answer counts, never a word in a sentence.

Width, case, accents left out and what stands around the words do not matter: ``ＳＴＯＰ！``,
``stop`` and ``Stop.`` are one answer. Accents that are there do: Vietnamese *dừng* is "stop" and
*đúng* is "right", so ``DUNG`` may mean the first, and ``ĐÚNG`` never does.
"""

import re
import unicodedata

#: Whoever sends one of these wants no more messages, whatever was asked.
STOP_WORDS = (
    *('stop', 'stop all', 'stopall', 'unsubscribe', 'opt out', 'opt-out', 'optout', 'revoke'),
    *('退訂', '退订', '取消訂閱', '取消订阅', '停止', '停止傳送', '停止发送', '拒收', 'td'),
    *('hủy đăng ký', 'huỷ đăng ký', 'ngừng', 'ngưng', 'từ chối'),
)
#: The same, unless the message asked for an answer in that very word.
MAYBE_STOP_WORDS = (
    *('cancel', 'end', 'quit'),
    *('取消', 't'),
    *('hủy', 'huỷ', 'hủy bỏ', 'huỷ bỏ', 'dừng', 'dừng lại'),
)

#: Not the point in a number or a time of the day.
_CLAUSE_END = re.compile(r'\n|[,.;:!?，。；：！？、](?!\d)')
_AROUND = re.compile(r'^[\W_]+|[\W_]+$')


def fold(text):
    """Return ``text`` on one line, without differences of width and case, and without what stands
    around its words."""
    text = ' '.join(unicodedata.normalize('NFKC', text or '').casefold().split())
    return _AROUND.sub('', text) or text


def without_accents(text):
    """Return folded ``text`` as it is typed on a keyboard without accents."""
    letters = unicodedata.normalize('NFD', text.replace('đ', 'd'))
    return ''.join(letter for letter in letters if not unicodedata.combining(letter))


def is_same(text, word):
    """Say whether ``text`` is ``word``, with all its accents or with none."""
    said, meant = fold(text), fold(word)
    return bool(said) and said in (meant, without_accents(meant))


def is_opt_out(text, is_asked=False):
    """Say whether the whole of ``text`` asks for no more messages.

    :param is_asked: see :func:`is_asked_for`
    """
    words = STOP_WORDS if is_asked else STOP_WORDS + MAYBE_STOP_WORDS
    return any(is_same(text, word) for word in words)


def is_asked_for(text, replies):
    """Say whether the whole of ``text`` is a keyword of ``replies``, as in a message step."""
    return any(
        is_same(text, keyword) for reply in replies for keyword in reply.get('keywords') or ()
    )


def match_reply(replies, text):
    """Return the outcome of the reply whose keyword is ``text``, or all that it begins with before
    the first comma, full stop or line end: "Yes, I come" is a yes, "no problem" is no no.

    :param replies: ``[{"outcome": "reply1", "keywords": ["1", "yes"]}, …]``, as in a message step
    :return: ``None`` where no keyword fits
    """
    first = _CLAUSE_END.split((text or '').strip(), 1)[0]
    for said in (text, first):
        for reply in replies:
            if is_asked_for(said, [reply]):
                return reply['outcome']
    return None
