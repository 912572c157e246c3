"""What the overhead benchmark makes of its runs."""

from benchmarks.gate_overhead import Overhead, median_of, missed_targets


def overhead(wall_s: float, span: float, first_call_s: float = 1.0) -> Overhead:
    return Overhead(name="ours", wall_s=wall_s, cpu_s=1.0, peak_mb=100.0, first_call_s=first_call_s, span=span)


def test_each_figure_has_its_own_median():
    middle = median_of([overhead(3.0, 1.3), overhead(5.0, 1.1), overhead(4.0, 1.0)])
    assert (middle.wall_s, middle.span) == (4.0, 1.1)


def test_a_figure_at_its_target_reaches_it():
    assert missed_targets(overhead(4.2, 1.10, 2.0), [overhead(9.0, 1.25)]) == []


def test_every_missed_target_is_named_with_its_figure():
    assert missed_targets(overhead(4.3, 1.2, 2.5), [overhead(9.0, 1.3)]) == [
        "wall s, inline: 4.300 (target 4.2)",
        "first call s, inline: 2.500 (target 2)",
        "span x ideal, inline: 1.200 (target 1.1)",
        "span x ideal, flow: 1.300 (target 1.25)",
    ]
