"""Ten leaks that are put into the software on purpose, each of which the crawl must find."""

import logging
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from typing import NamedTuple
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Domain

from .crawl import Crawl
from .world import TREATED

_logger = logging.getLogger(__name__)


class Plant(NamedTuple):
    """A leak, and where it shows.

    :ivar put: puts the leak into the software for a while, given the world
    """

    put: Callable
    identity: str
    model: str
    ways: tuple


def find(world, plant, crawl=Crawl):
    """Return the leaks that the crawl finds while one is planted.

    :param crawl: makes one, given the world, who asks and about which models
    """
    return _find(world, plant, plant.put, crawl)


def find_without(world, plant, crawl=Crawl):
    """Return the leaks that it finds in the same places while none is planted."""
    return _find(world, plant, lambda _world: ExitStack(), crawl)


def _find(world, plant, put, make):
    try:
        with world.env.cr.savepoint() as savepoint:
            with put(world):
                crawl = make(world, [plant.identity], [plant.model]).run(plant.ways)
            savepoint.rollback()
    finally:
        world.env.invalidate_all(flush=False)
        world.env.registry.clear_cache()
    return crawl.leaks


def _field(world, model, name, **attributes):
    """Return a context in which a field has other attributes."""
    return patch.multiple(world.env[model]._fields[name], **attributes)


def _method(world, model, name, method):
    """Return a context in which a model has another method, which is given the one it has."""
    cls = type(world.env[model])
    present = getattr(cls, name)
    return patch.object(cls, name, lambda self, *args, **kw: method(present, self, *args, **kw))


def _without_groups(world):
    return _field(world, 'healthcare.referral', 'reason', groups=None)


def _searchable_mask(world):
    def search(records, operator, value):
        found = records.sudo().search([('value', operator, value)])
        return [('id', 'in', found.ids)]

    return _field(world, 'healthcare.patient.identifier', 'value_masked', search=search)


def _related_as_superuser(world):
    return _field(
        world,
        'healthcare.quality.finding',
        'advice',
        related='patient_id.condition_ids.name',
        related_field=world.env['healthcare.condition']._fields['name'],
        related_sudo=True,
        compute_sudo=True,
    )


def _unchecked_attachment(world):
    return _method(world, 'ir.attachment', '_check_access', lambda *_args: None)


@contextmanager
def _dropped_rule(world):
    world.env.ref('healthcare_crm.healthcare_alert_rule_company').active = False
    yield


def _names_with_numbers(world):
    def search(present, self, operator, value):
        found = self.env['healthcare.patient.identifier'].sudo().search([('value', '=', value)])
        return present(self, operator, value) | Domain('id', 'in', found.patient_id.ids)

    return _method(world, 'res.partner', '_search_display_name', search)


@contextmanager
def _told_on_the_bus(world):
    condition = world.get('healthcare.condition', TREATED)
    partner = world.users['reception'].partner_id
    world.env['bus.bus']._sendone(partner, 'healthcare', {'text': condition.name})
    yield


def _logged(world):
    def read(present, self, *args, **kwargs):
        _logger.info('read %s', self.sudo().mapped('occupation'))
        return present(self, *args, **kwargs)

    return _method(world, 'res.partner', 'read', read)


def _unmasked_export(world):
    def export(present, self, names):
        clear = ['value' if name == 'value_masked' else name for name in names]
        return present(self.sudo(), clear)

    return _method(world, 'healthcare.patient.identifier', 'export_data', export)


def _told_by_the_error(world):
    def read(present, self, *args, **kwargs):
        try:
            return present(self, *args, **kwargs)
        except AccessError as error:
            raise AccessError(f'{error}: {self.sudo().mapped("name")}') from error

    return _method(world, 'healthcare.condition', 'read', read)


#: ``put``, who asks, about which model, and in which ways
PLANTS = {
    'a field without groups': Plant(_without_groups, 'call_desk', 'healthcare.referral', ('read',)),
    'a mask that can be searched': Plant(
        _searchable_mask, 'call_desk', 'healthcare.patient.identifier', ('search',)
    ),
    'a related field read as the superuser': Plant(
        _related_as_superuser, 'call_desk', 'healthcare.quality.finding', ('read',)
    ),
    'an attachment that is not checked': Plant(
        _unchecked_attachment, 'reception', 'healthcare.incident', ('attachments',)
    ),
    'a rule that was dropped': Plant(_dropped_rule, 'reception', 'healthcare.alert', ('read',)),
    'names that are searched by numbers': Plant(
        _names_with_numbers, 'marketing', 'res.partner', ('name_search',)
    ),
    'a value on the bus': Plant(_told_on_the_bus, 'reception', 'healthcare.condition', ('post',)),
    'a value in the log': Plant(_logged, 'nurse', 'res.partner', ('read',)),
    'an export that leaves the mask': Plant(
        _unmasked_export, 'call_desk', 'healthcare.patient.identifier', ('export',)
    ),
    'a value in the words of an error': Plant(
        _told_by_the_error, 'reception', 'healthcare.condition', ('read',)
    ),
}
