import re

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import escape_psql, format_date

from .. import card_numbers
from ..points import codes
from .healthcare_loyalty_earning_desk import MANUAL
from .healthcare_loyalty_redemption import PREFIX

#: People and rewards that one screen shows.
PEOPLE, REWARDS, MOVEMENTS = 8, 60, 5
#: People among whom those of a name are looked for.
FOUND = 1000
#: What numbers and addresses have and names have not.
_PART_OF_KEY = re.compile(r'[\d@]')
#: Fewer digits are part of too many phone numbers.
MIN_DIGITS = 4
_TOKEN = re.compile(r'[0-9a-f-]{8,40}')


class HealthcareLoyaltyDesk(models.AbstractModel):
    """The screen at the desk: somebody scans a card or a code, or types a name.

    Other files extend it by ``_scan`` (what a code means), ``_get_sections`` (what a member can
    have) and a method ``desk_…`` of their own for the button.

    An *offer*, made by :meth:`_offer`, is one big button. A *result*, made by :meth:`_done`, is
    what the screen shows after it was pressed.
    """

    _name = 'healthcare.loyalty.desk'
    _description = "Loyalty Desk"

    # ------------------------------------------------------------ what the screen asks

    @api.model
    def desk_scan(self, text, card_id=False):
        """Return what was scanned or typed: a member, several people, or what is wrong with it.

        :param str text: number of a card, a code, or part of a name
        :param int card_id: the card that is open
        """
        self._check_desk()
        text = text.strip()[:200] if isinstance(text, str) else ''
        if not text:
            return {'people': []}
        found = self._scan(self._read_scanned(text))
        if found is None:
            return self._search_people(text)
        card = found.get('card') or self.env['loyalty.card']
        if card and not self._is_readable(card):
            return self._say('danger', self._get_elsewhere())
        problem = found.get('problem')
        if problem:
            return {**self._say('danger', problem), **self._show(card.filtered('active'))}
        offers = found.get('offers') or []
        return {
            # a card is scanned to open it: a warning each time would soon be overlooked
            **(self._warn_of_another(card, card_id) if offers else {}),
            **self._show(card),
            'scanned': offers,
        }

    @api.model
    def desk_open(self, card_id):
        """Return the card of a member as the screen shows it."""
        return self._show(self._get_card(card_id))

    @api.model
    def desk_join(self, patient_id, program_id):
        """Make a patient a member, and open the card."""
        self._check_desk()
        patient = self._get_one('res.partner', patient_id)
        patient.check_access('write')
        program = patient._find_memberships() & self._get_one('loyalty.program', program_id)
        if not patient.is_patient or not patient.active or patient.deceased:
            raise UserError(self.env._("Only patients become members."))
        if not program:
            raise UserError(self.env._("Nobody can join this membership today."))
        card = program._join(patient)
        return self._done(card, self.env._("%(patient)s is a member now.", patient=patient.name))

    @api.model
    def desk_earn(self, card_id, earning_id, token):
        """Give points for something, once for each token."""
        card = self._get_card(card_id)
        earning = self._get_one('healthcare.loyalty.earning', earning_id)
        self._check_token(token)
        movement = earning._give_by_hand(card, token)
        return self._done(
            card,
            self.env._(
                "%(patient)s has %(points)s points more: %(cause)s.",
                patient=card.partner_id.name,
                points=self._format(movement.issued),
                cause=movement.description,
            ),
            undo=['desk_take_back', [movement.id]],
        )

    @api.model
    def desk_take_back(self, movement_id):
        """Take back points that this user gave at the desk by mistake."""
        movement = self._get_one('loyalty.history', movement_id).sudo()
        card = self._get_card((movement.by_card_id or movement.card_id).id)
        if movement.create_uid != self.env.user or movement.earning_id.event != MANUAL:
            raise AccessError(self.env._("Only who gave these points can take them back here."))
        if movement.is_reversed:
            raise UserError(self.env._("These points have been taken back already."))
        self.env['loyalty.card'].sudo()._claw_back(movement.ids)
        return self._done(card, self.env._("The points were taken back."))

    @api.model
    def desk_redeem(self, card_id, reward_id, token):
        """Exchange points for a reward that is given out now, once for each token."""
        card = self._get_card(card_id)
        reward = self._get_one('loyalty.reward', reward_id)
        self._check_token(token)
        given = card.redemption_ids.filtered(
            lambda one: one.token == token and one.state == 'redeemed'
        )
        return self._tell_given(card, given or card._redeem(reward, token=token))

    @api.model
    def desk_hand_over(self, redemption_id):
        """Give out what was reserved."""
        redemption = self._get_redemption(redemption_id)
        redemption._hand_over()
        return self._tell_given(redemption.card_id, redemption)

    @api.model
    def desk_return(self, redemption_id):
        """Take back what was given out, or cancel a reservation."""
        redemption = self._get_redemption(redemption_id)
        redemption._take_back()
        return self._done(
            redemption.card_id,
            self.env._(
                "“%(reward)s” was taken back. There are %(points)s points on the card now.",
                reward=redemption.reward_id.description,
                points=self._format(redemption.card_id.balance),
            ),
        )

    def _check_token(self, token):
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise UserError(self.env._("This screen is too old. Load it again."))

    def _tell_given(self, card, redemption):
        return self._done(
            card,
            self.env._(
                "“%(reward)s” for %(patient)s: give it out now.",
                reward=redemption.reward_id.description,
                patient=card.partner_id.name,
            ),
            undo=['desk_return', [redemption.id]],
        )

    # ------------------------------------------------------------ what others extend

    @api.model
    def _scan(self, code):
        """Return what a code means; ``None`` for what is no code that is known here.

        To be extended: ask ``super()`` first, and return what it found.

        :param str code: as it was scanned or typed
        :return: a dict: ``card`` that opens, ``offers`` (from :meth:`_offer`) that are shown first,
            or the ``problem`` with the code in words; all of them in sudo, the screen itself looks
            whether this user may see the card
        """
        redemption = self.env['healthcare.loyalty.redemption']._find(code)
        if redemption:
            return {
                'card': redemption.card_id,
                'problem': self._tell_redemption(redemption),
                'offers': [self._offer_redemption(redemption)],
            }
        # sudo: whether this user may see it, is looked at for every code
        card = self.env['loyalty.card'].sudo().with_context(active_test=False)
        number = code.replace(' ', '')
        card = card.search([('code', '=', number)], limit=1)
        # the printed card of a record that became part of another one still opens
        card = card._follow_merges()
        if card.is_membership:
            return {'card': card, 'problem': self._tell_left(card)}
        if card_numbers.looks_like(number) and not card_numbers.is_number(number):
            return {
                'problem': self.env._(
                    "“%s” is no number of a card: look at it again, a digit is wrong.", code
                )
            }
        if codes.looks_like(code, PREFIX):
            return {
                'problem': self.env._(
                    "There is no code %(code)s. Look at its characters again.",
                    code=codes.show(codes.clean(code)),
                )
            }
        return None

    @api.model
    def _get_sections(self, card):
        """Return what a member can have and earn, as sections of offers.

        To be extended: put more sections into what ``super()`` returns.

        :param loyalty.card card: in sudo
        :return: ``[{'key', 'title', 'icon', 'empty', 'offers'}]``; without ``empty``, a section
            that has no offers is not shown
        """
        return [
            {
                'key': 'reserved',
                'title': self.env._("To be given out"),
                'icon': 'fa-hand-paper-o',
                'offers': [self._offer_redemption(one) for one in self._get_reserved(card)],
            },
            {
                'key': 'rewards',
                'title': self.env._("Rewards"),
                'icon': 'fa-gift',
                'empty': self.env._("There is nothing in the catalogue of this membership yet."),
                'offers': [self._offer_reward(card, one) for one in self._get_rewards(card)],
            },
            {
                'key': 'earnings',
                'title': self.env._("Give points"),
                'icon': 'fa-plus-circle',
                'offers': [self._offer_earning(card, one) for one in self._get_earnings(card)],
            },
        ]

    @api.model
    def _offer(self, key, title, method, args, *, action, icon='fa-star', **more):
        """Return one big button of the screen.

        :param str key: unique on the screen
        :param str title: what it is
        :param str method: of this model, begins with ``desk_``; it returns what :meth:`_done` does
        :param list args: for the method
        :param str action: what the second press does, a verb: "Give out"
        :param more: ``text`` below the title, ``image`` (address), ``amount`` ("200 points"),
            ``problem`` (why it cannot be had), ``is_quick`` (done at the first press, it can be
            undone), ``has_token`` (the screen adds what tells this press from another),
            ``has_amount`` (the screen asks what the patient spends, and adds it, or ``False``)
        """
        return {
            'key': key,
            'title': title,
            'method': method,
            'args': args,
            'action': action,
            'icon': icon,
            'text': '',
            'image': '',
            'amount': '',
            'problem': '',
            'is_quick': False,
            'has_amount': False,
            'has_token': False,
            **more,
        }

    @api.model
    def _done(self, card, text, undo=None, tone='success'):
        """Return what the screen shows after something was done.

        :param loyalty.card card: it is shown as it is now; may be empty
        :param str text: what was done
        :param list undo: ``[method, args]`` that takes it back
        :param str tone: ``warning`` where it is not what somebody may have hoped for
        """
        return {**self._say(tone, text), 'undo': undo, **self._show(card)}

    # ------------------------------------------------------------ offers

    def _get_reserved(self, card):
        return card.redemption_ids.filtered(lambda one: one.state == 'reserved')

    def _offer_redemption(self, redemption):
        return self._offer(
            f'redemption-{redemption.id}',
            redemption.reward_id.description,
            'desk_hand_over',
            [redemption.id],
            action=self.env._("Give out"),
            icon='fa-hand-paper-o',
            text=self.env._(
                "Reserved, kept until %(day)s", day=format_date(self.env, redemption.reserved_until)
            ),
            amount=codes.show(redemption.code),
            image=self._get_image(redemption.reward_id),
            problem=self._tell_blocked(redemption.card_id) or redemption._get_problem(),
        )

    def _tell_blocked(self, card):
        return card.is_blocked and self.env._("The card is blocked.") or ''

    def _tell_left(self, card):
        if card.active:
            return ''
        return self.env._(
            "%(patient)s is no member any more. Type the name to let them join again.",
            patient=card.partner_id.name,
        )

    def _tell_redemption(self, redemption):
        """Return why a code that was scanned cannot be redeemed: this user may know whose it is."""
        if not self._is_readable(redemption.card_id):
            return self._get_elsewhere()
        return redemption._get_problem()

    def _get_rewards(self, card):
        domain = [('program_id', '=', card.program_id.id), ('benefit', '!=', False)]
        # the size of a picture tells whether there is one: it is not read itself
        Reward = self.env['loyalty.reward'].sudo().with_context(bin_size=True)
        return Reward.search(domain, limit=REWARDS)

    def _offer_reward(self, card, reward):
        needed, balance = reward.required_points, card.balance
        problem = self._tell_blocked(card) or reward._get_problem(card)
        if not problem and balance < needed:
            problem = self.env._(
                "%(points)s points are missing.", points=self._format(needed - balance)
            )
        kinds = dict(reward._fields['benefit']._description_selection(self.env))
        left = reward.is_limited and self.env._("%(number)s left", number=reward.stock)
        return self._offer(
            f'reward-{reward.id}',
            reward.description,
            'desk_redeem',
            [card.id, reward.id],
            action=self.env._("Redeem"),
            icon={'service': 'fa-stethoscope', 'voucher': 'fa-ticket'}.get(
                reward.benefit, 'fa-gift'
            ),
            text=' · '.join(one for one in (kinds[reward.benefit], left) if one),
            amount=self.env._("%(points)s points", points=self._format(needed)),
            image=self._get_image(reward),
            problem=problem,
            has_token=True,
        )

    def _get_image(self, reward):
        return f'/web/image/loyalty.reward/{reward.id}/image/96x96' if reward.image else ''

    def _get_earnings(self, card):
        return card.program_id.earning_ids.filtered(lambda one: one.event == MANUAL)

    def _offer_earning(self, card, earning):
        today = card.program_id._get_today()
        points = earning._get_points_left(card, today)
        return self._offer(
            f'earning-{earning.id}',
            earning.name,
            'desk_earn',
            [card.id, earning.id],
            action=self.env._("Give"),
            icon='fa-plus-circle',
            amount=self.env._("+%(points)s points", points=self._format(points))
            if points > 0
            else '',
            problem=self._tell_blocked(card) or earning._get_problem(card, today, points),
            is_quick=True,
            has_token=True,
        )

    # ------------------------------------------------------------ a card on the screen

    def _show(self, card):
        if not card:
            return {}
        card = card.sudo().with_context(show_patient_identity=True)
        patient = card.partner_id
        # a card on the screen is a look at the patient
        self.env['healthcare.audit']._record_shown(patient.sudo(False), 'loyalty desk')
        return {
            'card': {
                'id': card.id,
                'patient_id': patient.id,
                'name': patient.name,
                'identity': patient.display_name,
                'number': card.number,
                'blocked': card.is_blocked
                and (card.block_reason or self._tell_blocked(card))
                or '',
                'purse': card.purse_id.partner_id.name or '',
                'program': card.program_id.name,
                'tier': card.tier_id.name or '',
                'tier_until': format_date(self.env, card.tier_until) if card.tier_until else '',
                'balance': self._format(card.balance),
                'point_name': card.point_name or '',
                'owed': self._format(card.owed) if card.owed else '',
                'expiring': self._tell_expiring(card),
                'sections': self._get_sections(card),
                'movements': self._tell_movements(card),
            }
        }

    def _tell_expiring(self, card):
        """Return what expires first, once it is time for members to hear of it."""
        first = card._get_purse().points_expiring and card._get_expiring(1)
        return card._say_expiring(*first[0]) if first else ''

    def _tell_movements(self, card):
        history = self.env['loyalty.history'].sudo()
        domain = ['|', ('card_id', '=', card.id), ('by_card_id', '=', card.id)]
        return [
            {
                'id': one.id,
                'day': format_date(self.env, one.date),
                'text': one._say_what(),
                'points': one._say_change(),
            }
            for one in history.search(domain, limit=MOVEMENTS)
        ]

    def _format(self, points):
        return self.env['loyalty.card']._say_number(points)

    # ------------------------------------------------------------ who was meant

    def _read_scanned(self, text):
        """Return the code of what was scanned: of an address, its last part."""
        if text.lower().startswith(('http://', 'https://')):
            text = text.split('?', 1)[0].rstrip('/').rsplit('/', 1)[-1]
        return text

    def _search_people(self, text):
        """Return patients who are called like this, members or not."""
        patients = self._find_people(text)
        if not patients:
            return self._say(
                'warning',
                self.env._("Nobody is called “%(text)s”, and no code is like that.", text=text),
            )
        cards = self._get_cards(patients)
        joins = [{'id': one.id, 'name': one.name} for one in patients._find_memberships()]
        people = []
        for patient in patients[:PEOPLE]:
            own = cards.filtered(lambda card, one=patient: card.partner_id == one)
            people += [self._tell_person(patient, card) for card in own]
            if not own:
                people.append(
                    {**self._tell_person(patient), 'joins': joins if patient.can_join else []}
                )
        if len(people) == 1 and people[0]['card_id']:
            return self._show(cards)
        return {'people': people, 'has_more': len(patients) > PEOPLE}

    def _find_people(self, text):
        """Return the first patients who have this number, address, or phone, in part or whole,
        or are called so.

        One question after the other: each has an index, and all of them in one have none.
        """
        Partner = self.env['res.partner'].with_context(show_patient_identity=True)
        key = Domain('patient_number', 'in', [text, text.upper()])
        key |= Domain('email_normalized', '=', text.lower())
        if phone := Partner._phone_format(number=text):
            key |= Domain('phone_sanitized', '=', phone)
        # PostgreSQL uses the index of names, which knows three letters, to find many
        many = FOUND if len(text) >= 3 else PEOPLE + 1
        questions = [(key, PEOPLE + 1), (Domain('complete_name', 'ilike', text), many)]
        questions += [(domain, PEOPLE + 1) for domain in self._ask_for_parts(text)]
        patients = Partner
        for domain, limit in questions:
            patients = Partner.search(
                Domain('is_patient', '=', True) & domain, limit=limit, order='id'
            )
            if patients:
                break
        # a new set: of these alone is anything read, not of all that were found
        return Partner.browse(patients.ids[: PEOPLE + 1]).sorted('name')

    def _ask_for_parts(self, text):
        """Return the domains of who has a number, address or phone that begins so or has it in it.

        Only what an index knows: somebody waits at the desk.
        """
        Partner = self.env['res.partner']
        begun = escape_psql(text)
        if _PART_OF_KEY.search(text):
            yield Domain('patient_number', '=like', f'{begun.upper()}%')
            yield Domain('email_normalized', '=like', f'{begun.lower()}%')
        digits = re.sub(r'\D', '', text).lstrip('0')
        if len(digits) >= MIN_DIGITS:
            yield Domain('id', 'in', Partner._find_by_number([text]))
            yield Domain('phone_mobile_search', 'ilike', digits)

    def _tell_person(self, patient, card=None):
        return {
            'key': f'{patient.id}-{card.id if card else 0}',
            'patient_id': patient.id,
            'card_id': card.id if card else False,
            'identity': patient.display_name,
            'about': ' · '.join(
                one
                for one in (
                    card.program_id.name,
                    card.tier_id.name,
                    self.env._("%(points)s points", points=self._format(card.balance)),
                )
                if one
            )
            if card
            else self.env._("Not a member"),
            'joins': [],
        }

    def _get_cards(self, patients):
        Card = self.env['loyalty.card']
        return Card.search(
            [('partner_id', 'in', patients.ids), ('program_id.is_membership', '=', True)]
        ).sudo()

    def _warn_of_another(self, card, card_id):
        """Say whose a code is when the card of somebody else is open."""
        if not card or type(card_id) is not int or card_id == card.id:
            return {}
        before = self.env['loyalty.card'].sudo().browse(card_id).exists()
        if not before or before.partner_id == card.partner_id:
            return {}
        return self._say(
            'warning',
            self.env._("This is of %(patient)s.", patient=card.partner_id.name),
        )

    def _get_elsewhere(self):
        return self.env._("This belongs to a patient of another clinic.")

    def _say(self, tone, text):
        return {'notice': {'tone': tone, 'text': text}}

    # ------------------------------------------------------------ who may do this

    def _check_desk(self):
        """Refuse whoever does not work at a desk.

        :raise AccessError: no member of staff, whatever Odoo's sales lets them do with cards
        """
        self.env['loyalty.card']._check_desk()

    def _is_readable(self, card):
        return card.sudo(False).has_access('read') and card.partner_id.sudo(False).has_access(
            'read'
        )

    def _get_card(self, card_id):
        """Return the card of a member, in sudo, if this user may see it and the patient."""
        self._check_desk()
        card = self._get_one('loyalty.card', card_id)
        card.partner_id.check_access('read')
        if not card.is_membership or not card.active:
            raise UserError(self.env._("This card is not in use any more."))
        # sudo: points, lots and limits are read and written by the software
        return card.sudo()

    def _get_redemption(self, redemption_id):
        redemption = self._get_one('healthcare.loyalty.redemption', redemption_id)
        self._get_card(redemption.card_id.id)
        # sudo: the software writes down what becomes of it
        return redemption.sudo()

    def _get_one(self, model, id_):
        """Return a record that a client names, if there is one that this user may read."""
        known = type(id_) is int and 0 < id_ < 2**31
        record = self.env[model].browse(id_ if known else []).exists()
        if len(record) != 1:
            raise UserError(self.env._("This is not there any more. Scan it again."))
        record.check_access('read')
        return record
