"""docs/benchmarks.md says what the benchmarks said."""

from . import benchmarks

#: The figures that have a bar, and the bar.
BARS = {
    'workflow': {
        'message_steps_per_second': '≥ 1,000',
        'queries_per_message_step': '≤ 0.5',
        'light_steps_per_second': '≥ 2,000',
        'ratio_to_base_automation': '≥ 10',
        'ratio_to_sql_floor': '≥ 0.05',
        'mails_per_second': '≥ 150',
        'mails_lost': '0',
        'mails_twice': '0',
        'enrollments_per_second': '≥ 10,000',
        'second_run_enrolled': '0',
        'idle_tick_ms': '≤ 20',
        'idle_tick_queries': '≤ 10',
        'tasks_per_second': '≥ 400',
        'rss_growth_mb': '≤ 50',
        'two_worker_speedup': '≥ 1.6',
    },
    'faults': {
        'kills': '≥ 200',
        'lost': '0',
        'duplicate_keys': '0',
        'unknown': '≤ kills',
        'bad_record_delay': '0',
    },
    'canvas': {
        'drag_card_fps_mean': '≥ 30',
        'drag_twenty_fps_mean': '≥ 30',
        'pan_fps_mean': '≥ 30',
        'zoom_fps_mean': '≥ 30',
    },
    'identity': {
        'febrl3_f1': '≥ 0.99',
        'febrl3_automatic_precision': '1',
        'febrl3_automatic_recall': '≥ 0.98',
        'febrl3_pairs_per_second': '≥ 250,000',
        'synthetic_f1': '≥ 0.99',
        'synthetic_seconds': '≤ 20',
        'synthetic_peak_memory': '≤ 1,024',
    },
    'patient': {
        'candidates_ms_p95': '≤ 100',
        'view_360_ms': '≤ 300',
        'view_360_queries': '≤ 10',
        'import_rows_per_minute': '≥ 10,000',
    },
    'segment': {
        'segment_count_ms': '≤ 1,000',
    },
    'security': {
        'attack_cases': '≥ 350',
        'attack_succeeded': '0',
        'audit_list_ms': '≤ 5',
        'audit_rows_per_second': '≥ 2,000',
        'audit_paths': '16',
        'tampers_caught': '6',
        'encrypted_read_ratio': '≤ 3',
        'restore_differences': '0',
        'matrix_cells': '≥ 6,400',
        'matrix_wrong': '0',
        'crawl_calls': '≥ 25,000',
        'crawl_leaks': '0',
        'planted_found': '10',
        'erasure_residue': '0',
        'rotate_rows': '≥ 100,000',
        'rotate_kills': '≥ 20',
        'unreadable': '0',
    },
    'loyalty': {
        'points_per_second': '≥ 5,000',
        'tier_recompute_seconds': '≤ 10',
        'overspend_rounds': '1,000',
        'overspent': '0',
        'lost_points': '0',
        'member_ms': '≤ 300',
        'members_ms': '≤ 300',
        'redemptions_ms': '≤ 300',
        'coupons_ms': '≤ 300',
        'desk_ms': '≤ 300',
        'ledger_difference': '0',
        'lot_difference': '0',
    },
}


def test_every_bar_is_documented_and_measured():
    documented, measured = benchmarks.documented(), benchmarks.outputs()
    for bench, bars in BARS.items():
        for figure, bar in bars.items():
            assert (bench, figure) in measured
            assert documented[bench, figure][0] == bar


def test_document_agrees_with_the_outputs():
    documented = {key: row[1:] for key, row in benchmarks.documented().items()}
    assert documented == benchmarks.outputs(), "run: python -m tests.ground.benchmarks"


def test_numbers_are_written_for_people():
    assert [benchmarks.written(one) for one in (0, 0.027, 1.84, 12.5, 150.4, 21705.93)] == [
        '0',
        '0.027',
        '1.84',
        '12.5',
        '150',
        '21,706',
    ]
