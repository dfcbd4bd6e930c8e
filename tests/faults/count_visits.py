"""Transactions that overlap, as input of ``script/odoo shell``; says what is true."""

from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.tools import mute_logger

from odoo.addons.healthcare_crm.segmenting import Scope
from odoo.addons.healthcare_crm.segmenting.rows import grouped
from odoo.addons.healthcare_crm.segmenting.visits import FIGURES, tallied


def tally(env):
    return env['healthcare.visit.tally']


def is_true(env):
    scope = Scope.of(env, env.company).sudo()
    plain = grouped(scope, 'calendar.event', scope.visits(), FIGURES)
    return sorted(env.execute_query(tallied(scope))) == sorted(env.execute_query(plain))


def book(env):
    start = fields.Datetime.now() - timedelta(days=9)
    return env['calendar.event'].create(
        {
            'is_appointment': True,
            'patient_id': env.ref('healthcare_crm.patient_wang_xiaoming').id,
            'start': start,
            'appointment_status': 'fulfilled',
        }
    )


def marks(env):
    env.cr.execute('SELECT count(*) FROM healthcare_visit_tally WHERE visits IS NULL')
    return env.cr.fetchone()[0]


def overlap(env):
    """Write in one transaction while another counts."""
    with env.registry.cursor() as other_cr:
        other = env(cr=other_cr)
        book(other)
        book(env)
        env.flush_all()
        other.flush_all()
        env.cr.commit()
        tally(env)._count()
        env.cr.commit()
        if is_true(env) and is_true(other) and not marks(env):
            print('tally: true while another has not ended')
        env.cr.commit()
    if is_true(env) and marks(env):
        print('tally: true when it has')
    tally(env)._count()
    if is_true(env) and not marks(env) and not tally(env)._mark_differing():
        print('tally: true when it is counted')
    env.cr.commit()


def count_twice(env):
    """Count in two transactions at once, the second beginning before the first has ended."""
    book(env)
    env.cr.commit()
    with env.registry.cursor() as other_cr, mute_logger('odoo.sql_db'):
        marks(env(cr=other_cr))  # what it sees is what is there now
        tally(env)._count()
        env.cr.commit()
        try:
            tally(env(cr=other_cr))._count()
        except SerializationFailure:
            other_cr.rollback()
            if is_true(env):
                print('tally: one of two who count gives way')


tally(env)._count()  # noqa: F821 - given by the shell
env.cr.commit()  # noqa: F821
overlap(env)  # noqa: F821
count_twice(env)  # noqa: F821
