"""Charts say in words and numbers what they show, and never draw what was suppressed."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.london import squares
from cse_tracker.web import tile_map
from cse_tracker.web.charts import bars, intervals, scree, svg
from cse_tracker.web.charts.svg import Telling

SVG = "{http://www.w3.org/2000/svg}"
TELLING = Telling("referrals", "Referrals by month", "They rose from 4 to 21.")
NASTY = "</text><script>alert(1)</script>\" onload='x' &"
BANDS = (
    tile_map.Band(20, 100, "20 or more"),
    tile_map.Band(10, 19.9, "10 to 19.9"),
    tile_map.Band(0, 9.9, "less than 10"),
)
KEY = tile_map.Key("Cases for each 10,000", BANDS, "not shown")


def parsed(drawing: str) -> ET.Element:
    return ET.fromstring(drawing)


def words(root: ET.Element) -> list[str]:
    return ["".join(found.itertext()) for found in root.iter(f"{SVG}text")]


def every_chart(label: str) -> list[str]:
    telling = Telling(label, label, label)
    values = {"E09000010": tile_map.Value(12, label)}
    key = tile_map.Key(label, [tile_map.Band(0, 20, label)], label)
    return [
        bars.upright(telling, [bars.Bar(label, 3, label), bars.Bar(label, None, label)], label),
        bars.lying(telling, [bars.Bar(label, 3, label), bars.Bar(label, None, label)]),
        tile_map.tile_map(telling, values, key, marked="E09000010"),
        scree.plot(telling, [2, 1], [1, 1]),
        intervals.scatter(telling, [intervals.Point(1, 2, 1, 3, label, marked=True)], [], (label, label)),
    ]


@pytest.mark.parametrize("drawing", every_chart(NASTY))
def test_words_from_outside_never_become_markup(drawing: str) -> None:
    names = {found.tag.removeprefix(SVG) for found in parsed(drawing).iter()}
    assert names <= {"svg", "title", "desc", "g", "rect", "line", "circle", "polyline", "polygon", "text"}
    assert parsed(drawing).findtext(f"{SVG}title") == NASTY


@pytest.mark.parametrize("drawing", every_chart("plain"))
def test_a_chart_needs_no_script_and_no_style(drawing: str) -> None:
    for found in parsed(drawing).iter():
        assert not {name for name in found.attrib if name == "style" or name.startswith("on") or "href" in name}


@pytest.mark.parametrize("drawing", every_chart("plain"))
def test_a_chart_is_one_image_with_a_name_and_a_description(drawing: str) -> None:
    root = parsed(drawing)
    ids = {found.get("id") for found in root.iter() if found.get("id")}
    assert root.get("role") == "img"
    assert {root.get("aria-labelledby"), root.get("aria-describedby")} == ids


def test_a_suppressed_count_is_a_dashed_box_of_one_size_and_never_a_bar() -> None:
    drawn = [
        parsed(bars.upright(TELLING, [bars.Bar("a", other, "n"), bars.Bar("b", None, "[c]")], "Referrals"))
        for other in (6, 600)
    ]
    boxes = [next(r for r in root.iter(f"{SVG}rect") if r.get("stroke-dasharray")) for root in drawn]
    assert [box.get("height") for box in boxes] == ["14", "14"]
    assert all("[c]" in words(root) for root in drawn)


def test_bars_are_as_long_as_their_counts() -> None:
    root = parsed(bars.lying(TELLING, [bars.Bar("a", 10, "10"), bars.Bar("b", 5, "5")]))
    long, short = (float(r.get("width", "0")) for r in root.iter(f"{SVG}rect"))
    assert long == pytest.approx(2 * short, abs=0.2)


def test_the_written_number_is_the_published_one_and_not_the_length() -> None:
    assert "9 [p]" in words(parsed(bars.upright(TELLING, [bars.Bar("Jan", 9, "9 [p]")], "Referrals")))


def test_a_label_of_two_lines_is_two_texts() -> None:
    assert {"Dec", "2025"} <= set(words(parsed(bars.upright(TELLING, [bars.Bar("Dec\n2025", 9, "9")], "Referrals"))))


@pytest.mark.parametrize("wrong", [[], [bars.Bar("a", -1, "-1")]])
def test_bars_refuse_nothing_and_less_than_nothing(wrong: list[bars.Bar]) -> None:
    with pytest.raises(ValueError, match="bar"):
        bars.upright(TELLING, wrong, "Referrals")
    with pytest.raises(ValueError, match="bar"):
        bars.lying(TELLING, wrong)


def test_bars_that_are_all_suppressed_or_nought_can_be_drawn() -> None:
    shown = words(parsed(bars.upright(TELLING, [bars.Bar("a", None, "[c]"), bars.Bar("b", 0, "0")], "Referrals")))
    assert {"[c]", "0"} <= set(shown)


def test_london_is_33_boroughs_in_33_places() -> None:
    places = squares()
    assert {square.code for square in places} == {f"E090000{n:02}" for n in range(1, 34)}
    assert len({(square.column, square.row) for square in places}) == 33
    assert len({square.short for square in places}) == 33


def test_boroughs_that_touch_on_the_ground_lie_the_right_way_round_on_the_map() -> None:
    place = {square.name: square for square in squares()}
    assert place["Enfield"].row < place["Haringey"].row < place["Islington"].row
    assert place["Hillingdon"].column < place["Westminster"].column < place["Havering"].column


def test_every_square_writes_its_figure() -> None:
    values = {square.code: tile_map.Value(n, f"{n} cases") for n, square in enumerate(squares())}
    shown = words(parsed(tile_map.tile_map(TELLING, values, KEY)))
    assert {f"{n} cases" for n in range(33)} <= set(shown)


def test_a_suppressed_borough_has_no_colour() -> None:
    assert tile_map.colour_of(tile_map.Value(None, "[c]"), BANDS) == svg.WHITE
    assert tile_map.colour_of(tile_map.Value(25, "25"), BANDS) == svg.BLUE


def test_a_figure_between_bands_is_refused_rather_than_left_white() -> None:
    with pytest.raises(ValueError, match="no band"):
        tile_map.colour_of(tile_map.Value(19.95, "20"), BANDS)


def test_a_code_outside_london_is_refused() -> None:
    with pytest.raises(ValueError, match="E08000001"):
        tile_map.tile_map(TELLING, {"E08000001": tile_map.Value(1, "1")}, KEY)


def test_more_bands_than_colours_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 4"):
        tile_map.tile_map(TELLING, {}, tile_map.Key("t", [BANDS[0]] * 5, "none"))


def test_a_long_key_goes_on_to_another_line_instead_of_leaving_the_picture() -> None:
    long = tile_map.Key("t", [tile_map.Band(0, 9, "w" * 40), tile_map.Band(10, 19, "w" * 40)], "not shown")
    short_height, long_height = (
        float(parsed(tile_map.tile_map(TELLING, {}, key)).get("viewBox", "").split()[3]) for key in (KEY, long)
    )
    assert long_height > short_height


def test_a_scree_plot_marks_each_component_twice() -> None:
    root = parsed(scree.plot(TELLING, [4, 2, 1, 0.5], [1.5, 1.2, 1, 0.8]))
    assert len(list(root.iter(f"{SVG}circle"))) == len(list(root.iter(f"{SVG}rect"))) == 4
    assert {scree.OBSERVED, scree.RANDOM} <= set(words(root))


@pytest.mark.parametrize(("last", "reference"), [(1.0, 1.0), (1.0, 1.001), (1.001, 1.0), (0.1, 3.0)])
def test_the_two_names_of_a_scree_plot_never_overprint(last: float, reference: float) -> None:
    root = parsed(scree.plot(TELLING, [4, last], [4, reference]))
    heights = [float(t.get("y", "0")) for t in root.iter(f"{SVG}text") if t.text in {scree.OBSERVED, scree.RANDOM}]
    assert abs(heights[0] - heights[1]) >= 16


def test_a_scree_plot_without_its_reference_is_refused() -> None:
    with pytest.raises(ValueError, match="reference"):
        scree.plot(TELLING, [4, 2], [1])


def test_a_point_says_its_interval_and_stays_inside_the_picture() -> None:
    points = [intervals.Point(5, 2, -60, 80, "Enfield", marked=True), intervals.Point(0, 0, 0, 0)]
    root = parsed(intervals.scatter(TELLING, points, [intervals.Fit(0, 1, -9, 90)], ("x", "y")))
    titles = [found.text for circle in root.iter(f"{SVG}circle") for found in circle.iter(f"{SVG}title")]
    assert "Enfield: 5, 2 (-60 to 80)" in titles
    ends = [float(found.get(name, "0")) for found in root.iter(f"{SVG}line") for name in ("y1", "y2")]
    assert all(0 <= end <= 400 for end in ends)


def test_a_scatter_without_points_is_refused() -> None:
    with pytest.raises(ValueError, match="point"):
        intervals.scatter(TELLING, [], [], ("x", "y"))


@given(st.floats(min_value=0, max_value=1e9, allow_subnormal=False))
def test_ticks_begin_at_nought_reach_the_largest_value_and_are_even(largest: float) -> None:
    marks = svg.ticks(largest)
    assert marks[0] == 0
    assert marks[-1] >= largest * (1 - 1e-6)
    assert 2 <= len(marks) <= 11
    gaps = [after - before for before, after in itertools.pairwise(marks)]
    assert max(gaps) == pytest.approx(min(gaps), rel=1e-6)


@given(st.integers(min_value=0, max_value=10_000))
def test_ticks_for_people_are_whole(largest: int) -> None:
    marks = svg.whole_ticks(largest)
    assert marks[-1] >= largest
    assert all(mark.is_integer() for mark in marks)
    assert len(set(marks)) == len(marks) >= 2


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_an_axis_cannot_end_below_nought_or_nowhere(wrong: float) -> None:
    with pytest.raises(ValueError, match="axis"):
        svg.ticks(wrong)


def luminance(colour: str) -> float:
    """Relative luminance, from 0 for black to 1 for white (WCAG 2.2)."""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("ground", "ink"), svg.INK_ON.items())
def test_words_on_a_coloured_square_can_be_read(ground: str, ink: str) -> None:
    assert contrast(ground, ink) >= 4.5


@pytest.mark.parametrize("ink", [svg.INK, svg.BLUE, svg.DARK_ORANGE])
def test_words_beside_a_mark_can_be_read(ink: str) -> None:
    assert contrast(ink, svg.WHITE) >= 4.5


@pytest.mark.parametrize(("mark", "ground"), [(svg.BLUE, svg.WHITE), (svg.ORANGE, svg.BLUE), (svg.GREY, svg.WHITE)])
def test_a_mark_stands_out_from_its_ground(mark: str, ground: str) -> None:
    assert contrast(mark, ground) >= 3
