"""Tables on pages of different widths: laid out by hand."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType

from sim.report.wide_table import WideTable, labels, names, numbers, words


def at(width: int, table: RenderableType) -> list[str]:
    """The lines of a table on a page so wide."""
    text = io.StringIO()
    Console(file=text, width=width).print(table, crop=False)
    return [line.rstrip() for line in text.getvalue().splitlines()]


def units() -> WideTable:
    """Columns of 29, 7, 9 and 15 characters with gaps of 2: 66 in all, 53 with the names at their shortest."""
    table = WideTable(names("unit"), numbers("tickets", "mean wait", "within target"), "Hall")
    table.add_row("", "a day", "min", style="dim")
    table.add_row("Population and civil registry", "60.3", "2.6 ± 9.3", "93.2 % [44–100]")
    table.add_row("Bank", "1,190", "0.8 ± 0.1", "100.0 %")
    return table


WHOLE = [
    "Hall",
    "unit                           tickets  mean wait    within target",
    "                                 a day        min",
    "Population and civil registry     60.3  2.6 ± 9.3  93.2 % [44–100]",
    "Bank                             1,190  0.8 ± 0.1          100.0 %",
]


def test_a_table_is_as_wide_as_it_needs_to_be() -> None:
    assert at(66, units()) == at(500, units()) == WHOLE


def test_names_are_shortened_no_further_than_needed() -> None:
    assert at(60, units())[3] == "Population and civil r…     60.3  2.6 ± 9.3  93.2 % [44–100]"
    assert at(53, units()) == [
        "Hall",
        "unit              tickets  mean wait    within target",
        "                    a day        min",
        "Population and …     60.3  2.6 ± 9.3  93.2 % [44–100]",
        "Bank                1,190  0.8 ± 0.1          100.0 %",
    ]


def test_what_has_no_room_goes_below_beside_the_same_names() -> None:
    assert at(52, units()) == [
        "Hall",
        "unit                           tickets  mean wait",
        "                                 a day        min",
        "Population and civil registry     60.3  2.6 ± 9.3",
        "Bank                             1,190  0.8 ± 0.1",
        "",
        "unit                             within target",
        "",
        "Population and civil registry  93.2 % [44–100]",
        "Bank                                   100.0 %",
    ]


def test_on_the_narrowest_page_a_number_overhangs_rather_than_be_cut() -> None:
    assert "Population and …  93.2 % [44–100]" in at(20, units())


def test_names_stay_apart_when_they_are_shortened() -> None:
    table = WideTable(names("plan"), numbers("value"))
    table.add_row("one_more_counter_at_immigration", "1.0")
    table.add_row("one_more_counter_at_the_bank", "2.0")
    assert at(30, table) == ["plan                     value", "one_more_counter_at_im…    1.0", "one_more_counter_at_th…    2.0"]
    assert at(24, table) == ["plan               value", "one_more…igration    1.0", "one_more…the_bank    2.0"]


def test_words_fold_after_names_and_labels_stand_whole() -> None:
    """22 + 21 + 3 + 28 and three gaps are 80: 75 shortens the name by 5, and 71 folds 4 of the words as well."""
    table = WideTable(labels("measure") + names("plan"), numbers("in %") + words("verdict"))
    table.add_row("hours on duty, h a day", "two_more_at_the_bank.", "−16", "= no difference that matters")
    assert at(81, table)[1] == "hours on duty, h a day  two_more_at_the_bank.   −16  = no difference that matters"
    assert at(76, table)[1] == "hours on duty, h a day  two_more_at_the…   −16  = no difference that matters"
    assert at(72, table)[1:] == [
        "hours on duty, h a day  two_more_at_the…   −16  = no difference that",
        "                                                matters",
    ]


def test_brackets_and_colons_of_a_name_are_only_letters() -> None:
    table = WideTable(names("unit"), numbers("tickets"))
    table.add_row("[bold]A:smile:", "3")
    assert at(80, table)[1] == "[bold]A:smile:        3"


def test_wide_letters_take_two_places() -> None:
    """Each of these names takes 20 places, and they differ in the 7th letter, which a name of 16 places still shows."""
    table = WideTable(names("unit"), numbers("tickets"))
    table.add_row("住民票や戸籍謄本交付", "3")
    table.add_row("住民票や戸籍抄本交付", "4")
    assert at(40, table)[1:] == ["住民票や戸籍謄本交付        3", "住民票や戸籍抄本交付        4"]
    assert at(26, table) == ["unit               tickets", "住民票や戸籍謄本…        3", "住民票や戸籍抄本…        4"]
    assert at(25, table) == ["unit              tickets", "住民票や戸籍謄 …        3", "住民票や戸籍抄 …        4"]


def test_words_that_begin_alike_are_folded_all_the_same() -> None:
    table = WideTable(numbers("n"), words("matters most"))
    table.add_row("1", "units.passport.service_time.mean")
    table.add_row("2", "units.passport.service_time.cv")
    assert at(27, table)[1:] == ["1  units.passport.", "   service_time.mean", "2  units.passport.", "   service_time.cv"]


def test_a_name_is_cut_in_the_same_way_in_every_block() -> None:
    """On a page of 40 the third column of numbers goes below: there alone, the name would have room; it stands there as it does above."""
    table = WideTable(names("unit"), numbers("tickets", "mean wait", "median"))
    table.add_row("Population and civil registry", "60.5", "1.4", "0.0")
    lines = at(40, table)
    assert [line.split("  ")[0].strip() for line in lines if line.startswith("Pop")] == ["Population and civi…"] * 2 and len(lines) == 5
