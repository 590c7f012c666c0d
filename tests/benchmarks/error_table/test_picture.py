from dataclasses import replace

from benchmarks.error_table.picture import courses
from benchmarks.error_table.table import tabulate
from tests.benchmarks.error_table.made_up import MADE_UP, classifier, leave


def test_the_course_of_a_network_ends_where_its_fit_does(records):
    leave(records, "a", 0, range(4), fit_seconds=100.0, course=[[10.0, 0.2], [50.0, 0.05]])
    leave(records, "b", 0, range(30), fit_seconds=3.0)
    table = tabulate(
        replace(MADE_UP, seeds=(0,)), [classifier(name) for name in ("a", "b")], records
    )

    (axes,) = courses(table).axes

    drawn = [line.get_xydata().tolist() for line in axes.lines]
    assert drawn[0] == [[10.0, 0.2], [50.0, 0.05], [100.0, 0.04]]
    assert drawn[1] == [[100.0, 0.04]]
    assert drawn[2:] == [[[3.0, 0.3]]] * 2
    assert [text.get_text() for text in axes.figure.legends[0].get_texts()] == [
        "the a: 4.00%, 100 s",
        "the b: 30.00%, 3 s",
    ]
